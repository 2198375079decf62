"""FIFOs, sockets, devices, directories and endless files in place of what a build reads.

Each is refused at once: a FIFO would block who opens it, and ``/dev/zero`` never ends.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.errors import ProjectError, SealiftError
from sealift.inspection import inspect_executable
from sealift.lockfiles import open_lockfile
from sealift.model import Project, SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project
from sealift.tools.npm import irregular_settings_file, read_settings
from sealift.tools.subprocesses import CommandError
from sealift.verify_executable import verify_executable
from support.executables import small_node
from support.limited_builds import build
from support.project_trees import plant

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="missing: FIFOs and devices")

PROJECT = """
== proj/package.json
{"name": "proj", "bin": "index.js", "pkg": {"assets": ["data.bin"]}}
== proj/index.js
require('./lib'); require('dep'); require('fs').readFileSync(__dirname + '/named.txt');
== proj/lib.js
== proj/named.txt
== proj/data.bin
== proj/node_modules/dep/package.json
{"name": "dep"}
== proj/node_modules/dep/index.js
"""


def make_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path may have about 100 bytes
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


def link_to_fifo(path: Path) -> None:
    fifo = path.with_name("fifo")
    os.mkfifo(fifo)
    path.symlink_to(fifo)


KINDS: dict[str, Callable[[Path], None]] = {
    "a FIFO": os.mkfifo,
    "a socket": make_socket,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to a FIFO": link_to_fifo,
}


def read(top: Path, place: str, make: Callable[[Path], None], **options: Path) -> Project:
    plant(PROJECT, top)
    path = top / "proj" / place
    path.unlink(missing_ok=True)
    make(path)
    chosen = BuildOptions(top / "proj", **options)
    return read_project(open_manifest(chosen), chosen, SilentObserver())


@pytest.mark.parametrize("make", KINDS.values(), ids=list(KINDS))
@pytest.mark.parametrize("place", ["lib.js", "data.bin", "node_modules/dep/package.json"])
def test_what_the_program_needs_is_an_error(
    place: str, make: Callable[[Path], None], tmp_path: Path
) -> None:
    project = read(tmp_path, place, make)
    errors = [finding for finding in project.findings if finding.severity == "error"]
    assert len(errors) == 1
    assert errors[0].remedy


@pytest.mark.parametrize("make", KINDS.values(), ids=list(KINDS))
def test_what_a_path_names_is_left_out(make: Callable[[Path], None], tmp_path: Path) -> None:
    project = read(tmp_path, "named.txt", make)
    assert "named.txt" not in {file.source.name for file in project.files}
    assert [finding for finding in project.findings if finding.severity == "error"] == []


@pytest.mark.parametrize("make", KINDS.values(), ids=list(KINDS))
@pytest.mark.parametrize("place", ["index.js", "package.json", ".pkgrc", "pkg.config.js"])
def test_what_describes_the_project_ends_the_build(
    place: str, make: Callable[[Path], None], tmp_path: Path
) -> None:
    with pytest.raises(SealiftError) as caught:
        read(tmp_path, place, make)
    assert "not a regular file" in caught.value.message or "No such device" in caught.value.message


@pytest.mark.parametrize("make", KINDS.values(), ids=list(KINDS))
def test_a_configuration_that_an_option_names(make: Callable[[Path], None], tmp_path: Path) -> None:
    with pytest.raises(SealiftError) as caught:
        read(tmp_path, "my.json", make, config=tmp_path / "proj/my.json")
    assert caught.value.code == "config-unreadable"


@pytest.mark.parametrize("make", KINDS.values(), ids=list(KINDS))
@pytest.mark.parametrize("name", ["package-lock.json", "pnpm-lock.yaml", "yarn.lock"])
def test_a_lockfile(name: str, make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / name)
    with pytest.raises(ProjectError) as caught:
        open_lockfile(tmp_path)
    assert caught.value.code == "lockfile-unreadable"


@pytest.mark.parametrize("make", KINDS.values(), ids=list(KINDS))
def test_settings_of_npm(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / ".npmrc")
    below = tmp_path / "packages" / "app"
    below.mkdir(parents=True)
    assert irregular_settings_file(below) == tmp_path / ".npmrc"
    with pytest.raises(CommandError, match="not a regular file"):
        read_settings(["npm"], below)


@pytest.mark.parametrize("make", KINDS.values(), ids=list(KINDS))
def test_what_is_not_an_executable(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "app")
    for read in (verify_executable, inspect_executable):
        with pytest.raises(SealiftError) as caught:
            read(tmp_path / "app")
        assert caught.value.code == "executable-unreadable"


@pytest.mark.parametrize("options", [(), ("--compress", "Zstd")])
def test_an_asset_that_no_executable_can_hold(options: tuple[str, ...], tmp_path: Path) -> None:
    """It is refused before it is copied: no temporary file may have more than 1 MB."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "index.js").write_text("require('fs').readFileSync(__dirname + '/asset.bin');")
    with (project / "asset.bin").open("wb") as stream:
        stream.truncate(4 << 30)
    small_node(tmp_path)
    for name in ("tmp", "out"):
        (tmp_path / name).mkdir()
    done = build(project, 1_000_000, *options)
    assert done.returncode != 0
    assert "GiB; the largest file is" in done.stderr
    assert "Traceback" not in done.stderr
