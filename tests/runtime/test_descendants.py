"""A program that its own descendants start runs as the program, not as ``node``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rigs.machine import Completed
from support.bytecode_executables import build_bytecode
from support.equipment import FindMachine
from support.executables import build, node_at, project_of
from support.releases import RELEASES

APP = Path(__file__).parent / "descendants" / "app"


@pytest.mark.parametrize(
    ("release", "form"), zip(RELEASES, ["source", "bytecode", "bytecode", "source"], strict=True)
)
def test_same_as_installed(
    release: str,
    form: str,
    node_binary: Callable[[str, str, str], Path],
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    """Plain Node runs the program through a script in PATH, as npm installs it."""
    here = machine("linux-x64")
    binary = node_binary(release, "linux", "x64")
    app = shutil.copytree(APP, tmp_path / "app")
    if form == "bytecode":
        executable = build_bytecode(app, "index.js", binary, tmp_path / "out")
    else:
        nodes = {"it": node_at(binary)}
        executable = build(project_of(app, "index.js"), nodes, tmp_path / "out")["it"]
    tools = tmp_path / "tools"
    (tools / "bin").mkdir(parents=True)
    (tools / "hook").write_text("prog inner from-hook\necho done\n")
    (tools / "bin" / "node").symlink_to(binary)
    prog = tools / "bin" / "prog"
    prog.write_text(f'#!/bin/sh\nexec node {app / "index.js"} "$@"\n')
    prog.chmod(0o755)
    env = {"PATH": f"{tools / 'bin'}{os.pathsep}{os.defpath}"}
    expected = here.run(prog, str(tools), env=env, cwd=tmp_path)
    prog.unlink()
    prog.symlink_to(executable)
    shutil.rmtree(app)
    got = here.run(prog, str(tools), env=env, cwd=tmp_path)
    assert _lines(got) == _lines(expected)


def _lines(completed: Completed) -> tuple[int, list[str], str]:
    return completed.code, completed.stdout.splitlines(), completed.stderr
