"""Small projects, one kind of project each, do in an executable what plain Node does with them.

A project is a file of ``planted/`` (see `support.project_trees`). Its head has ``key: value``
lines: the entry that sealift gets, the script that Node gets, and the arguments of each run.

CI builds each project in one form, in turn, and that of odd syntax in both.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import rigs
from support.command_line import Build
from support.equipment import FindMachine
from support.project_trees import plant
from support.samples import pairs

PLANTED = Path(__file__).parent / "planted"
NAMES = sorted(path.stem for path in PLANTED.iterdir())
FORMS = {"bytecode": (), "source": ("--sea", "--public", "--public-packages", "*")}
VERSION, TARGET = "24", "node24-linux-x64"


@pytest.mark.parametrize(("name", "form"), pairs(NAMES, tuple(FORMS), whole=["odd-syntax"]))
def test_planted_project(
    name: str,
    form: str,
    run_node: Callable[..., rigs.Completed],
    machine: FindMachine,
    build: Build,
    tmp_path: Path,
) -> None:
    tree = (PLANTED / f"{name}.txt").read_text(encoding="utf-8")
    head = [line.split(": ", 1) for line in tree.partition("\n== ")[0].splitlines()]
    values = {key: value for key, value in head if key != "run"}
    runs = [value.split() for key, value in head if key == "run"] or [[]]
    sources, cwd = tmp_path / "sources", tmp_path / "elsewhere"
    cwd.mkdir()
    plant(tree, sources)
    script = sources / values["script"]
    expected = [run_node(VERSION, str(script), *arguments, cwd=cwd, env={}) for arguments in runs]
    assert all(done.code == 0 and done.stdout for done in expected), expected
    executable = build(sources / values["entry"], TARGET, options=FORMS[form])[TARGET]
    shutil.rmtree(sources)

    runner = machine("linux-x64")
    for arguments, wanted in zip(runs, expected, strict=True):
        got = runner.run(executable, *arguments, cwd=cwd, env={})
        assert (got.stdout, got.stderr, got.code) == (wanted.stdout, wanted.stderr, wanted.code)
