"""win-x64 by Wine 10 inside a Debian 13 root, which debootstrap makes (about a minute, 1.4 GB).

Debian 12's own Wine 8 runs Node 22 but not 24, hence the newer root. Programs are copied into
the root, since Wine's server opens files on their behalf and sees only its own mounts.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from rigs.cache import RigError, dev_cache, make_once
from rigs.fetching import run_fetching
from rigs.machine import Completed, bare_environment, complete, copied

_SUITE = "trixie"
_WINE = "/usr/lib/wine/wine64"
_PREFIX = "/root/wp"

# Sometimes a thread of Wine itself faults after a program has ended with exit code 0. A fault of
# the program itself happens each time.
_FAULT = "wine: Unhandled page fault"
_TRIES = 3

# The program needs /proc; a mount namespace of its own takes the mount away with the program.
# Where / is itself the root of a chroot, it cannot be made private and the mount stays.
_ENTER = (
    "mount --make-rprivate / 2>/dev/null;"
    ' mountpoint -q "$1/proc" || mount -t proc proc "$1/proc" || exit;'
    ' root="$1"; shift; exec chroot "$root" "$@"'
)


def _root() -> Path:
    return dev_cache() / "rigs" / "wine"


class WinX64:
    """An emulated win-x64 machine; its paths are ``Z:\\work\\...``."""

    platform = "win"
    arch = "x64"

    def set_up(self) -> None:
        """Make Wine's Debian root and its prefix, once."""
        _set_up()

    def missing(self) -> str:
        """Return the name of what is missing, or ""."""
        if platform.machine() != "x86_64" or not hasattr(os, "geteuid"):
            return "a linux-x64 machine for Wine"
        if os.geteuid():
            return "root, to enter Wine's Debian root"
        if not _root().is_dir():
            return "Wine's Debian root (python3 dev.py rigs)"
        return ""

    def run(
        self,
        executable: Path,
        *args: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 240,
    ) -> Completed:
        """Run a copy inside the root; copy back what it writes into ``cwd``."""
        work = _root() / "work"
        work.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=work) as name:
            scratch = Path(name)
            program = scratch / "bin" / executable.name
            program.parent.mkdir()
            shutil.copyfile(executable, program)
            program.chmod(0o755)
            inside = scratch / "cwd"
            windows = "Z:" + _inside(program).replace("/", "\\")
            command = ["env", "-C", _inside(inside), _WINE, windows, *args]
            with copied(cwd, inside):
                for _ in range(_TRIES):
                    done = _enter(_root(), command, env={**(env or {})}, timeout=timeout)
                    if done.code or _FAULT not in done.stderr:
                        break
        return done


@contextlib.contextmanager
def in_wine(directory: Path) -> Iterator[str]:
    """Hold a directory inside Wine's root, by hard links; yield its path for Windows programs."""
    work = _root() / "work"
    work.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as name:
        copy = Path(name, "project")
        shutil.copytree(directory, copy, symlinks=True, copy_function=os.link)
        yield "Z:" + _inside(copy).replace("/", "\\")


def _inside(path: Path) -> str:
    return f"/{path.relative_to(_root()).as_posix()}"


def _enter(root: Path, command: list[str], *, env: Mapping[str, str], timeout: float) -> Completed:
    # Wine writes to standard error if it has a display driver or no runtime directory.
    wine = {"WINEPREFIX": _PREFIX, "WINEDEBUG": "-all", "XDG_RUNTIME_DIR": "/root"}
    base = bare_environment({"HOME": "/root", **wine, **env})
    enter = ["unshare", "--mount", "--propagation=unchanged", "sh", "-c", _ENTER, "sh", str(root)]
    return complete([*enter, *command], cwd=None, env=base, timeout=timeout)


def debian_mirror() -> str:
    """Return the package mirror that the host's apt uses."""
    codename = "".join(
        line.partition("=")[2].strip()
        for line in Path("/etc/os-release").read_text().splitlines()
        if line.startswith("VERSION_CODENAME=")
    )
    wanted = ["Created-By: Packages", f"Codename: {codename}", "Component: main"]
    listed = run_fetching(["apt-get", "indextargets", "--format", "$(REPO_URI)", *wanted])
    mirrors = listed.split()
    if not mirrors:
        raise RigError("apt names no Debian mirror to make Wine's root from")
    return mirrors[0]


def _set_up() -> None:
    if os.geteuid():
        raise RigError("Wine's Debian root needs root to set up")

    def make(into: Path) -> None:
        done = subprocess.run(
            [
                "debootstrap",
                "--variant=minbase",
                "--include=wine64,wine",
                _SUITE,
                into,
                debian_mirror(),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=1200,
            check=False,
        )
        if done.returncode:
            raise RigError(f"debootstrap failed: {done.stdout[-400:]}{done.stderr[-400:]}")
        for path in (into / "var/cache/apt/archives").glob("*.deb"):
            path.unlink()
        started = _enter(into, [_WINE, "wineboot", "--init"], env={}, timeout=300)
        # The server writes the prefix to the disk after the last program has ended.
        _enter(into, ["/usr/lib/wine/wineserver64", "--wait"], env={}, timeout=120)
        if not (into / _PREFIX.lstrip("/") / "system.reg").exists():
            raise RigError(f"Wine does not start: {started.stderr[-400:]}")

    make_once(_root(), make)
