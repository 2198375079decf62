#!/usr/bin/env python3
"""The development commands of sealift; needs Python 3.11 and nothing else.

demo   set up, package the examples for six targets, run the host's executables
test   set up everything, emulators included, and run every check and test except the long
       corpora, which `-m corpus` runs
check  format the code, check it, and run the unit tests; --all runs the integration tests and
       the rigs too, with what is set up already
generate  write the pages that are made from the code, in docs/: references, schemas, the man page
rigs   set up the emulators that run executables built for other machines
bench  measure sealift beside its peers; writes tables, figures and charts
corpus run popular npm tools and servers as executables beside plain Node and the peers; writes
       benchmarks/CORPUS.md. `corpus NAME... --targets LIST --builders LIST` runs a part
gate   what takes too long for every change and runs before a release: `gate win-arm64` runs
       executables for Windows on arm64 in an emulated machine
picture  record a real run as docs/first-run.svg
docs   build the documentation site in out/docs; links within it are checked
wheel  make a wheel that carries what is compiled from C, so that its users compile nothing
npm    make the npm packages of sealift for this host, in dist/npm, and build a program with them

Further arguments of test and check go to pytest.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent
BIN = "Scripts" if os.name == "nt" else "bin"
VENV = ROOT / ".venv"
PYTHON = VENV / BIN / ("python.exe" if os.name == "nt" else "python")

# `tests/rigs` is importable with this, from any directory.
TESTS_ENV = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}

EXAMPLES = (("express-views", ("--selftest",)), ("esm-cli", ("where",)))
TARGETS = tuple(
    f"{system}-{arch}" for system in ("linux", "macos", "win") for arch in ("x64", "arm64")
)

# A registry or an emulator that stalls is no fault of the code; pytest lists what ran again.
ONCE_MORE = ("--reruns=1", "--only-rerun=Timeout .*pytest-timeout", "--only-rerun=TimeoutExpired")

# Debian packages that the tests need: an emulator with its libraries, what makes Wine's root, the
# library that Node 26's official builds ask of the system, signatures of mirrors, what compiles a
# stand-in for Node, a browser, another maker of macOS signatures, and what reads packages and
# Authenticode signatures, and a container engine.
RIG_PACKAGES = (
    "qemu-user-static",
    "libc6-arm64-cross",
    "libstdc++6-arm64-cross",
    "libatomic1-arm64-cross",
    "debootstrap",
    "debian-archive-keyring",
    "libatomic1",
    "gpg",
    "gpgv",
    "g++",
    "make",
    "patch",
    "chromium",
    "llvm",
    "rpm",
    "skopeo",
    "umoci",
    "podman",
    "crun",
    "osslsigncode",
    "softhsm2",
)

# An emulated machine for executables of win-arm64.
WIN_ARM64_PACKAGES = ("qemu-system-arm", "debootstrap", "debian-archive-keyring", "e2fsprogs")


def say(text: str) -> None:
    """Print what happens now."""
    print(f"\n== {text}", flush=True)


def run(command: Sequence[str | Path], cwd: Path = ROOT, env: dict[str, str] | None = None) -> int:
    """Run a command, output shown, and return its exit code."""
    return subprocess.run(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, check=False
    ).returncode


def must(
    command: Sequence[str | Path], cwd: Path = ROOT, env: dict[str, str] | None = None
) -> None:
    """Run a command; exit with a message if it fails."""
    code = run(command, cwd, env)
    if code:
        sys.exit(f"failed with exit code {code}: {' '.join(map(str, command))}")


def apt_install(packages: Sequence[str]) -> str:
    """Install missing Debian packages; return "" or what the user must do."""
    if not shutil.which("dpkg-query") or not shutil.which("apt-get"):
        return f"no apt-get here; these Debian packages are wanted: {' '.join(packages)}"
    missing = [name for name in packages if not installed(name)]
    if not missing:
        return ""
    command = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *missing]
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and not shutil.which("sudo"):
        return f"as root: {' '.join(command)}"
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if run([*prefix, *command], env=env) == 0:
        return ""
    run([*prefix, "apt-get", "update", "--quiet"], env=env)
    return "" if run([*prefix, *command], env=env) == 0 else f"as root: {' '.join(command)}"


def installed(package: str) -> bool:
    """Return True if a Debian package is installed."""
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    return subprocess.run(query, capture_output=True, text=True, check=False).stdout == "installed"


def set_up(extra: str = "") -> None:
    """Make the virtual environment and install sealift into it, unless it is up to date."""
    wanted = f"{extra} {hashlib.sha256((ROOT / 'pyproject.toml').read_bytes()).hexdigest()}"
    stamp = VENV / "sealift-installed"
    if stamp.exists() and wanted in stamp.read_text().splitlines():
        return
    say("Setting up the virtual environment")
    if not PYTHON.exists():
        make_venv()
    what = f"{ROOT}[{extra}]" if extra else str(ROOT)
    must([PYTHON, "-m", "pip", "install", "--quiet", "--editable", what])
    before = stamp.read_text() if stamp.exists() else ""
    stamp.write_text(f"{before}{wanted}\n")


def make_venv() -> None:
    """Make the virtual environment; Debian has Python's venv in a package of its own."""
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        remedy = apt_install([package])
        if remedy:
            sys.exit(f"Python's venv is missing; {remedy}")
    must([sys.executable, "-m", "venv", VENV])


def set_up_rigs() -> int:
    """Set up the emulators; return the number of those that are missing, each named."""
    set_up("dev")
    say("Setting up the rigs")
    if sys.platform == "linux":
        remedy = apt_install(RIG_PACKAGES)
        if remedy:
            print(f"rig packages are missing; {remedy}")
    return run([PYTHON, "-m", "rigs"], env=TESTS_ENV)


def demo() -> int:
    """Package the examples for six targets and run the host's executables."""
    set_up()
    out = ROOT / "out"
    with tempfile.TemporaryDirectory(prefix="sealift-demo-") as temporary:
        for name, arguments in EXAMPLES:
            say(f"Example {name}: installing its dependencies")
            sources = Path(temporary) / name
            ignored = shutil.ignore_patterns("node_modules", "out")
            shutil.copytree(ROOT / "examples" / name, sources, ignore=ignored)
            must([PYTHON, "-m", "rigs.npm", "ci", "--ignore-scripts"], sources, TESTS_ENV)
            say(f"Example {name}: packaging it for {len(TARGETS)} targets")
            sealift = VENV / BIN / "sealift"
            must([sealift, sources, "--target", ",".join(TARGETS), "--out-path", out / name])
            sources.rename(sources.with_name(f"{name}-moved-away"))
            run_host_executable(out / name, name, arguments)
    print(f"\nThe executables are in {out}")
    return 0


def run_host_executable(folder: Path, name: str, arguments: Sequence[str]) -> None:
    """Run the host's executable from another directory, its sources moved away."""
    system = {"linux": "linux", "darwin": "macos", "win32": "win"}[sys.platform]
    arch = {"x86_64": "x64", "amd64": "x64"}.get(platform.machine().lower(), "arm64")
    suffix = ".exe" if system == "win" else ""
    executable = folder / f"{name}-{system}-{arch}{suffix}"
    say(f"Running {executable.name} {' '.join(arguments)} (its sources are moved away)")
    with tempfile.TemporaryDirectory() as elsewhere:
        must([executable, *arguments], cwd=Path(elsewhere))


def run_checks(*, everything: bool, pytest_arguments: Sequence[str]) -> int:
    """Run every check and then the tests; return 1 if any of them failed.

    Without ``everything``, nothing is run that needs the network or a rig.
    """
    tools = VENV / BIN
    checks: dict[str, list[str | Path]] = {
        "format": [tools / "ruff", "format", "--check", "--quiet", "."],
        "lint": [tools / "ruff", "check", "--quiet", "."],
        "types": [tools / "mypy"],
        "layers": [tools / "lint-imports"],
    }
    offline = [] if everything else ["--if-installed"]
    checks["JavaScript"] = [PYTHON, "-m", "rigs.javascript", *offline]
    tier = "not corpus" if everything else "unit"
    # By file, so that what the tests of a file share is made once.
    parallel = ("--numprocesses=2", "--dist=loadfile")
    pytest: list[str | Path] = [PYTHON, "-m", "pytest", *parallel, "-m", tier]
    checks["tests"] = [*pytest, *ONCE_MORE, *pytest_arguments]
    failed = []
    for name, command in checks.items():
        say(name)
        if run(command, env=TESTS_ENV):
            failed.append(name)
    if failed:
        print(f"\nfailed: {', '.join(failed)}")
    return 1 if failed else 0


def test(pytest_arguments: Sequence[str]) -> int:
    """Set up everything, rigs included, and run everything."""
    set_up("dev")
    set_up_rigs()
    return run_checks(everything=True, pytest_arguments=pytest_arguments)


def check(arguments: Sequence[str]) -> int:
    """Format the code in place, then check it and run the unit tests, or with --all every test."""
    everything = "--all" in arguments
    set_up("dev")
    must([VENV / BIN / "ruff", "format", "."])
    rest = [argument for argument in arguments if argument != "--all"]
    return run_checks(everything=everything, pytest_arguments=rest)


def generate() -> int:
    """Write the pages that are made from the code."""
    set_up("dev")
    return run([PYTHON, "-m", "support.generate"], env=TESTS_ENV)


def bench(arguments: Sequence[str]) -> int:
    """Measure; the arguments go to benchmarks/run.py."""
    set_up("dev")
    return run([PYTHON, ROOT / "benchmarks" / "run.py", *arguments], env=TESTS_ENV)


def corpus(arguments: Sequence[str]) -> int:
    """Run the corpus of npm packages; the arguments go to tests/corpus/__main__.py."""
    set_up("dev")
    return run([PYTHON, "-m", "corpus", *arguments], env=TESTS_ENV)


def gate(arguments: Sequence[str]) -> int:
    """Run a release gate, which the first argument names."""
    if arguments[:1] != ["win-arm64"]:
        sys.exit("usage: dev.py gate win-arm64 [--majors 22,24,26]")
    set_up("dev")
    if remedy := apt_install(WIN_ARM64_PACKAGES):
        sys.exit(f"packages are missing; {remedy}")
    return run([PYTHON, "-m", "gate.win_arm64", *arguments[1:]], env=TESTS_ENV)


def docs() -> int:
    """Build the documentation site; a broken link within it is an error."""
    set_up("dev")
    out = ROOT / "out" / "docs"
    checked = ("--quiet", "--fail-on-warning", "--keep-going")
    code = run([PYTHON, "-m", "sphinx", *checked, "--builder", "html", ROOT / "docs", out])
    if code == 0:
        print(f"The site is in {out}")
    return code


def picture() -> int:
    """Record a real run in a terminal."""
    set_up("dev")
    return run([PYTHON, "-m", "support.terminal_picture"], env=TESTS_ENV)


def wheel() -> int:
    """Make a wheel in dist/ with what is compiled from C."""
    set_up()
    with compiled_parts():
        say("Making the wheel")
        must([PYTHON, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", ROOT / "dist", ROOT])
    return 0


def npm() -> int:
    """Make the npm packages of sealift for this host."""
    set_up("dev")
    with compiled_parts():
        say("Making the npm packages")
        standalone, packages = ROOT / "packages" / "standalone", ROOT / "dist" / "npm"
        must([PYTHON, standalone / "build.py", packages], env=TESTS_ENV)
    say("Trying the npm packages")
    must([PYTHON, standalone / "try_packages.py", packages], env=TESTS_ENV)
    return 0


@contextmanager
def compiled_parts() -> Iterator[None]:
    """Have what is compiled from C among the sources: built first, or taken from the cache."""
    say("Building musl and the front of compact files (minutes, unless they are cached)")
    package = ROOT / "src" / "sealift"
    code = (
        "from sealift import cache, model; from sealift.musl.obtain import package_musl;"
        "from sealift.compact.fronts import package_fronts;"
        "root, observer = cache.cache_root(None), model.SilentObserver();"
        "package_musl(cache=root, observer=observer);"
        "package_fronts(cache=root, observer=observer)"
    )
    try:
        must([PYTHON, "-c", code])
        yield
    finally:
        for folder in ("musl", "compact"):
            shutil.rmtree(package / folder / "built", ignore_errors=True)


def main() -> int:
    """Run the command that the arguments name."""
    if sys.version_info < (3, 11):  # noqa: UP036 - whatever Python a person has starts this
        sys.exit("sealift needs Python 3.11 or newer")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "command",
        choices=[
            "demo",
            "test",
            "check",
            "generate",
            "rigs",
            "bench",
            "corpus",
            "docs",
            "gate",
            "picture",
            "wheel",
            "npm",
        ],
    )
    command, rest = parser.parse_known_args()
    # Tests and rigs share files between users, whatever the umask of the shell.
    os.umask(0o022)
    commands: dict[str, Callable[[], int]] = {
        "demo": demo,
        "test": lambda: test(rest),
        "check": lambda: check(rest),
        "generate": generate,
        "rigs": set_up_rigs,
        "bench": lambda: bench(rest),
        "corpus": lambda: corpus(rest),
        "docs": docs,
        "gate": lambda: gate(rest),
        "picture": picture,
        "wheel": wheel,
        "npm": npm,
    }
    return commands[command.command]()


if __name__ == "__main__":
    sys.exit(main())
