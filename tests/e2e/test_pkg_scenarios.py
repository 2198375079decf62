"""What pkg's own tests do, written again: ``sealift pkg``, then plain Node and executable agree.

A scenario is a file of ``pkg_scenarios/`` (see `support.project_trees`). Its head has ``like:``,
the tests of pkg that do the same; ``build:``, options; and ``run:``, the arguments of each run.
``pkg_tests.toml`` lists all tests of pkg.

CI builds each scenario in one form, in turn, and those of the language in both.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import rigs
from rigs import host_target
from support.command_line import Sealift
from support.equipment import FindMachine, FindNode
from support.project_trees import plant
from support.samples import pairs

SCENARIOS = Path(__file__).parent / "pkg_scenarios"
NAMES = sorted(path.stem for path in SCENARIOS.iterdir())
FORMS = {"bytecode": [], "sea": ["--sea"]}
VERSION = "24"


@pytest.mark.parametrize(("name", "form"), pairs(NAMES, tuple(FORMS), whole=["esm", "language"]))
def test_the_executable_does_what_node_does(
    name: str,
    form: str,
    sealift: Sealift,
    node_binary: FindNode,
    run_node: Callable[..., rigs.Completed],
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    tree = (SCENARIOS / f"{name}.txt").read_text(encoding="utf-8")
    head = [line.split(": ", 1) for line in tree.partition("\n== ")[0].splitlines()]
    runs = [value.split() for key, value in head if key == "run"] or [[]]
    options = [option for key, value in head if key == "build" for option in value.split()]
    project, cwd = tmp_path / name, tmp_path / "elsewhere"
    cwd.mkdir()
    plant(tree, project)
    script = project / json.loads((project / "package.json").read_text())["bin"]
    expected = [run_node(VERSION, str(script), *arguments, cwd=cwd, env={}) for arguments in runs]
    assert all(done.stdout for done in expected), expected

    environment = {"PKG_NODE_PATH": str(node_binary(VERSION, *host_target()))}
    output = tmp_path / "out" / "app.exe"
    options += ["-t", f"node{VERSION}", "-o", str(output), *FORMS[form]]
    done = sealift("pkg", ".", *options, cwd=project, env=environment)
    assert done.code == 0, done.stdout + done.stderr
    shutil.rmtree(project)

    runner = machine("-".join(host_target()))
    for arguments, wanted in zip(runs, expected, strict=True):
        got = runner.run(output, *arguments, cwd=cwd, env={})
        assert (got.stdout, got.code) == (wanted.stdout, wanted.code), got.stderr
