"""Run executables for win-arm64 in an emulated machine, and compare them with plain Node.

Too slow for every change, so it runs before a release::

    python3 dev.py gate win-arm64 [--majors 22,24,26]

For each major it runs stock Node, and a program in both code forms: ES modules, packaged files, a
worker, ``fork``, a child process, a server; with 24 native addons too. What it prints must be what
plain Node prints on this machine. The results are a table for docs/targets.md.
"""

from __future__ import annotations

import argparse
import difflib
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rigs import Completed, binaries, host_target, linux_x64, npm
from rigs.machine import complete
from rigs.win_arm64 import WinArm64
from support.command_line import build_environment, command_line

APP = Path(__file__).parent / "win_arm64_app"
ADDONS = {"@node-rs/argon2": "2.2.1", "sharp": "0.35.5"}
ADDONS_MAJOR = "24"
ARGUMENTS = ("one", "an argument")
FORMS = {"source": ["--sea"], "bytecode": []}


@dataclass(frozen=True, slots=True)
class Result:
    """One run: what ran, how it went ("" if well), and the seconds that it took."""

    name: str
    difference: str
    seconds: float

    def row(self) -> str:
        """Return the row of a table."""
        return (
            f"| {self.name} | {'differs' if self.difference else 'runs'} | {self.seconds:.0f} s |"
        )


def main() -> int:
    """Run the gate; return 0 if everything ran as under plain Node."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--majors", default="22,24,26", help="of Node, separated by commas")
    majors = parser.parse_args().majors.split(",")
    machine = WinArm64()
    print("Setting up win-arm64 (about five minutes the first time)", flush=True)
    machine.set_up()
    if missing := machine.missing():
        parser.error(f"missing: {missing}")
    with tempfile.TemporaryDirectory(prefix="win-arm64-") as name, machine.started():
        results = [
            result for major in majors for result in check_major(major, Path(name) / major, machine)
        ]
    print(f"\n{time.strftime('%Y-%m-%d')}\n\n| Node | | |\n|---|---|---|")
    print("\n".join(result.row() for result in results))
    return int(any(result.difference for result in results))


def check_major(major: str, folder: Path, machine: WinArm64) -> list[Result]:
    """Run everything with one major of Node."""
    app = folder / "sources" / "everything"
    shutil.copytree(APP, app)
    if major == ADDONS_MAJOR:
        shutil.copytree(npm.install(ADDONS) / "node_modules", app / "node_modules", symlinks=True)
    plain = binaries.find_binary(major, *host_target())
    expected = linux_x64.run(plain, str(app / "main.js"), *ARGUMENTS)
    node = binaries.find_binary(major, machine.platform, machine.arch)
    version = binaries.pinned(major, machine.platform, machine.arch)
    printed = Completed(f"win32 arm64 v{version}\n", "", 0)
    script = "console.log(process.platform, process.arch, process.version)"
    results = [run(f"stock Node {version}", printed, machine, node, "-e", script)]
    for form, options in FORMS.items():
        executable = folder / form / "everything.exe"
        target = f"node{major}-win-arm64"
        command = command_line(
            *(app, "-t", target, "-o", executable, "--node-binary", f"{target}={node}"), *options
        )
        done = complete(command, cwd=None, env=build_environment(), timeout=1200)
        if done.code:
            results.append(Result(f"{version}, {form}", done.stderr, 0))
            print(done.stderr)
            continue
        addons = " with addons" if major == ADDONS_MAJOR else ""
        results.append(run(f"{version}, {form}{addons}", expected, machine, executable, *ARGUMENTS))
        executable.unlink()
    return results


def run(
    name: str, expected: Completed, machine: WinArm64, executable: Path, *arguments: str
) -> Result:
    """Run an executable, and print how it differs from what is expected."""
    begun = time.monotonic()
    try:
        done = machine.run(executable, *arguments)
    except TimeoutError:
        done = Completed("", "no answer in time", -1)
    seconds = time.monotonic() - begun
    difference = "\n".join(
        difflib.unified_diff(shown(expected), shown(done), "plain Node", name, lineterm="")
    )
    print(f"{name}: {'differs' if difference else 'runs'}, {seconds:.0f} s", flush=True)
    if difference:
        print(difference, done.stderr, sep="\n", flush=True)
    return Result(name, difference, seconds)


def shown(done: Completed) -> list[str]:
    """Return what a program printed to its standard output, and its code, as lines."""
    return [*done.stdout.splitlines(), f"code {done.code}"]


if __name__ == "__main__":
    sys.exit(main())
