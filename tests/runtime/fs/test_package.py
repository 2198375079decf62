"""What packaged files have and a disk does not: advice, mounts, the mount point, boundaries."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rigs
from runtime.fs.outcomes import differences, parse, report
from runtime.fs.tree import make_program
from support.equipment import FindMachine
from support.executables import package_folder
from support.releases import RELEASES

LIBRARIES = {"fs-extra": "11.3.2", "graceful-fs": "4.2.11"}
ADVICE = (
    "It was not included into executable at compilation stage. To package it, add it to "
    "pkg.assets or pkg.scripts in package.json and build again."
)


@pytest.fixture
def facts(
    release: str,
    node_binary: Callable[[str, str, str], Path],
    machine: FindMachine,
    tmp_path: Path,
) -> dict[str, Any]:
    """The output of ``checks/main.cjs``, packaged with links that lead out of the package."""
    runner = machine("linux-x64")
    project = shutil.copytree(Path(__file__).parent / "checks", tmp_path / "checks")
    (project / "a.txt").write_text("a")
    links = project / "links"
    links.mkdir()
    (links / "absolute").symlink_to("/etc/hostname")
    (links / "upwards").symlink_to("../../../../../../../etc/hostname")
    (links / "sideways").symlink_to("../../other/a.txt")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "one.txt").write_text("one")
    (outside / "plain.txt").write_text("plain")
    node = node_binary(release, "linux", "x64")
    executable = package_folder(project, "main.cjs", node, tmp_path / "program")
    shutil.rmtree(project)
    done = runner.run(executable, str(outside), cwd=tmp_path)
    assert done.code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_error_of_a_missing_file_says_how_to_package_it(facts: dict[str, Any]) -> None:
    assert facts["missingFile"] == {
        "message": "ENOENT: no such file or directory, open '/snapshot/checks/no/such.txt'\n"
        + ADVICE,
        "code": "ENOENT",
        "errno": -2,
        "syscall": "open",
        "path": "/snapshot/checks/no/such.txt",
    }
    assert facts["missingStat"]["message"].endswith(f"\n{ADVICE}")
    assert facts["missingDirectory"]["message"].endswith(f"\n{ADVICE}")
    assert facts["missingLater"].endswith(f"\n{ADVICE}")


def test_the_mount_point_exists(facts: dict[str, Any]) -> None:
    assert facts["mountPoint"] == [True, True, ["checks"]]
    assert facts["root"] is True
    assert facts["rootTypes"] is True


def test_links_do_not_leave_the_package(facts: dict[str, Any]) -> None:
    assert facts["escapes"] == ["ENOENT", "ENOENT", "ENOENT"]


def test_other_ways_to_a_file(facts: dict[str, Any]) -> None:
    assert facts["relative"] == "a"
    assert facts["builtin"] == "a"


def test_mounted(facts: dict[str, Any]) -> None:
    path = "/snapshot/checks/plugins/one.txt"
    assert facts["beforeMount"] is False
    assert facts["mounted"] == {
        "read": "one",
        "later": "one",
        "called": "one",
        "listed": True,
        "names": True,
        "real": [path, path, path],
        "missing": "ENOENT",
        "stream": "one",
    }
    assert facts["written"] == ["four.txt", "links", "one.txt", "plain.txt", "three.txt"]


def test_descriptors_are_released(facts: dict[str, Any]) -> None:
    assert facts["unused"] == 2000


# One of the libraries does not support Node 20.
@pytest.mark.parametrize(
    "release", [release for release in RELEASES if not release.startswith("20.")], indirect=True
)
def test_libraries_that_wrap_fs(
    release: str,
    node_binary: Callable[[str, str, str], Path],
    machine: FindMachine,
    npm_project: Callable[[dict[str, str]], Path],
    run_node: Callable[..., rigs.Completed],
    tmp_path: Path,
) -> None:
    runner = machine("linux-x64")
    script = make_program(tmp_path / "program")
    shutil.copytree(
        npm_project(LIBRARIES) / "node_modules", script.parent / "node_modules", symlinks=True
    )
    node = node_binary(release, "linux", "x64")
    executable = package_folder(script.parent, script.name, node, tmp_path / "exe")
    (tmp_path / "out").mkdir()
    disk = parse(run_node(release, str(script), "libraries", cwd=tmp_path / "out"))
    shutil.rmtree(script.parent)
    packaged = parse(runner.run(executable, "libraries", cwd=tmp_path / "out"))
    assert len(disk) > 60
    found = differences(disk, packaged, {})
    assert not found, report(found)


@pytest.mark.rigs
def test_windows_paths(
    node_binary: Callable[[str, str, str], Path],
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    runner = machine("win-x64")
    project = shutil.copytree(Path(__file__).parent / "checks", tmp_path / "checks")
    (project / "a.txt").write_text("a")
    (project / "links").mkdir()
    (project / "links" / "back").symlink_to("../a.txt")
    node = node_binary("24.19.0", "win", "x64")
    output = tmp_path / "program.exe"
    package_folder(project, "windows.cjs", node, output)
    (tmp_path / "cwd").mkdir()
    done = runner.run(output, cwd=tmp_path / "cwd")
    assert done.code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["file"] == "C:\\snapshot\\checks\\a.txt"
    assert found["ways"] == ["a"] * 7
    missing = "C:\\snapshot\\checks\\no.txt"
    assert found["missing"] == [
        "ENOENT",
        -4058,
        "open",
        missing,
        f"ENOENT: no such file or directory, open '{missing}'\n{ADVICE}",
    ]
    assert found["below"] == "ENOENT"
    assert found["written"] == "EROFS"
    assert found["real"] == found["file"]
    assert found["listed"] == ["a.txt", "links", "main.cjs", "windows.cjs", "links\\back"]
    assert found["link"] == ["..\\a.txt", "a"]
    assert found["kind"] == [True, True]
