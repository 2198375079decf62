"""Functions of Node besides `fs` that open files get packaged ones."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from rigs.machine import Completed
from support.bytecode_executables import build_bytecode
from support.equipment import FindMachine, FindNode
from support.executables import package_folder
from support.releases import RELEASE, RELEASES

PROGRAM = Path(__file__).parent / "native_paths"
Run = Callable[..., Completed]
# Another `node` runs them from their copies.
ON_DISK = ("elsewhere.js", "beside.js", "preloaded.js")
FORMS = [(release, "bytecode" if release == RELEASE else "source") for release in RELEASES]


@pytest.fixture(scope="module", params=FORMS, ids=lambda form: "-".join(form))
def programs(
    request: pytest.FixtureRequest,
    node_binary: FindNode,
    machine: FindMachine,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[int, Run, Run]:
    """The major release, and callables that run a case on the disk and in an executable."""
    release, form = request.param
    node, here = node_binary(release, "linux", "x64"), machine("linux-x64")
    base = tmp_path_factory.mktemp("native")
    folder = Path(shutil.copytree(PROGRAM, base / "app"))
    database = sqlite3.connect(folder / "data" / "some.db")
    database.executescript("create table t(a); insert into t values (1), (2)")
    database.close()
    if form == "source":
        executable = package_folder(folder, "index.js", node, base / "program")
    else:
        executable = build_bytecode(folder, "index.js", node, base / "out", public=ON_DISK)
    environment = {"HOME": str(base), "PATH": f"{node.parent}{os.pathsep}{os.defpath}"}

    def plain(case: str, options: str = "") -> Completed:
        env = {**environment, "NODE_OPTIONS": f"--no-warnings {options}"}
        return here.run(node, str(folder / "index.js"), case, cwd=base, env=env)

    def packaged(case: str, options: str = "") -> Completed:
        env = {**environment, "NODE_OPTIONS": f"--no-warnings {options}"}
        folder.rename(base / "moved away")
        try:
            return here.run(executable, case, cwd=base, env=env)
        finally:
            (base / "moved away").rename(folder)

    return int(release.split(".")[0]), plain, packaged


CASES = ("database", "wasi", "http2", "tool", "shell", "script")

# What Node 20 does not have.
with_newer = pytest.mark.parametrize(
    "programs", FORMS[1:], ids="-".join, indirect=True, scope="module"
)


def test_environment_files_are_read_as_from_the_disk(programs: tuple[int, Run, Run]) -> None:
    same_as_from_the_disk(programs, "environment")


def test_node_reads_packaged_files_that_its_options_name(programs: tuple[int, Run, Run]) -> None:
    same_as_from_the_disk(programs, "options")


def test_children_read_packaged_descriptors(programs: tuple[int, Run, Run]) -> None:
    same_as_from_the_disk(programs, "stdio")


@with_newer
@pytest.mark.parametrize("case", CASES)
def test_same_as_from_the_disk(programs: tuple[int, Run, Run], case: str) -> None:
    same_as_from_the_disk(programs, case)


def same_as_from_the_disk(programs: tuple[int, Run, Run], case: str) -> None:
    _, plain, packaged = programs
    expected, got = plain(case), packaged(case)
    assert (got.code, got.stdout, got.stderr) == (expected.code, expected.stdout, expected.stderr)
    assert expected.code == 0


def test_the_program_runs_tests(programs: tuple[int, Run, Run]) -> None:
    same_as_from_the_disk(programs, "tests")


def test_another_node_runs_and_preloads_packaged_scripts(programs: tuple[int, Run, Run]) -> None:
    same_as_from_the_disk(programs, "otherNode")


@with_newer
def test_a_packaged_database_rejects_changes(programs: tuple[int, Run, Run]) -> None:
    _, _, packaged = programs
    readonly = 8  # SQLITE_READONLY
    assert packaged("change").stdout == f'[["ERR_SQLITE_ERROR",null,{readonly}],2]\n'


@with_newer
def test_a_missing_program_is_an_error(programs: tuple[int, Run, Run]) -> None:
    """Plain Node ends the process in most releases."""
    _, _, packaged = programs
    assert packaged("missing").stdout == '[["ENOENT","execve",null]]\n'


@with_newer
def test_packaged_files_need_no_permission(programs: tuple[int, Run, Run]) -> None:
    major, plain, packaged = programs
    options = "--permission" if major > 22 else "--experimental-permission"
    assert packaged("permission", options).stdout == plain("permission").stdout


@with_newer
def test_children_read_packaged_files_under_the_permission_model(
    programs: tuple[int, Run, Run],
) -> None:
    major, plain, packaged = programs
    options = "--permission" if major > 22 else "--experimental-permission"
    options += " --allow-child-process --allow-fs-read=* --allow-fs-write=*"
    assert packaged("children", options).stdout == plain("children").stdout != ""


@with_newer
def test_an_addon_names_the_permissions_that_it_needs(programs: tuple[int, Run, Run]) -> None:
    major, _, packaged = programs
    options = "--permission" if major > 22 else "--experimental-permission"
    got = packaged("addon", f"{options} --allow-addons")
    assert "--allow-fs-read=* and --allow-fs-write=" in got.stdout, got.stderr
    assert ".cache/sealift*\n" in got.stdout
