"""The two runs that are compared: with files on a disk, and with the same files packaged."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import rigs
from rigs.capability import lacking
from runtime.fs.outcomes import Outcomes, parse
from runtime.fs.tree import make_program
from support.equipment import FindMachine
from support.executables import package_folder
from support.releases import RELEASES


@pytest.fixture(scope="session", params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    """Each Node release in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program's main script on the disk."""
    return make_program(tmp_path_factory.mktemp("fs") / "program")


@pytest.fixture(scope="session")
def packaged(
    release: str,
    program: Path,
    node_binary: Callable[[str, str, str], Path],
    machine: FindMachine,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The program as an executable for this machine."""
    machine("linux-x64")
    node = node_binary(release, "linux", "x64")
    output = tmp_path_factory.mktemp("executable") / "program"
    return package_folder(program.parent, program.name, node, output)


@pytest.fixture
def compare(
    release: str,
    program: Path,
    packaged: Path,
    run_node: Callable[..., rigs.Completed],
    tmp_path: Path,
) -> Callable[[str], tuple[Outcomes, Outcomes]]:
    """Callable: a group's outcomes (on the disk, packaged)."""

    def run(group: str) -> tuple[Outcomes, Outcomes]:
        found = []
        for execute in (
            lambda cwd: run_node(release, str(program), group, cwd=cwd),
            lambda cwd: rigs.linux_x64.run(packaged, group, cwd=cwd),
        ):
            shutil.rmtree(tmp_path / "out", ignore_errors=True)
            (tmp_path / "out").mkdir()
            found.append(parse(execute(tmp_path / "out")))
        return found[0], found[1]

    return run


@pytest.fixture
def read_only_disk(
    release: str, program: Path, node_binary: Callable[[str, str, str], Path], tmp_path: Path
) -> Callable[[str], Outcomes]:
    """Callable: a group's outcomes with the program's directory mounted read-only."""
    if shutil.which("unshare") is None:
        lacking("unshare, to mount a directory read-only")
    node = node_binary(release, "linux", "x64")
    tree = program.parent

    def run(group: str) -> Outcomes:
        out = tmp_path / "out"
        out.mkdir(exist_ok=True)
        # Private, so that nothing stays mounted. In a chroot, / is not a mount point.
        script = "mount --make-rprivate / 2>/dev/null;"
        script += ' mount --bind "$1" "$1" && mount --make-private "$1"'
        script += ' && mount -o remount,ro,bind "$1" && cd "$2" && shift 2'
        script += ' && exec "$@"'
        # Root needs no user namespace, and some containers refuse one.
        user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        private = ["--mount", "--propagation=unchanged", *user]
        command = ["unshare", *private, "sh", "-c", script, "sh"]
        done = subprocess.run(
            [*command, tree, out, node, program, group], capture_output=True, text=True, check=False
        )
        if "unshare: " in done.stderr or "mount: " in done.stderr:
            lacking(f"a mount of one's own ({done.stderr.strip()})")
        return parse(rigs.Completed(done.stdout, done.stderr, done.returncode))

    return run
