"""`module.register`: packaged hooks are ignored and do not end the program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from support.equipment import FindMachine
from support.executables import build, node_at, project_of
from support.releases import RELEASES

PROGRAM = """
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';
register('./hooks.mjs', import.meta.url);
register('tracer/hook.mjs', pathToFileURL('./'));
register('./on-the-disk.mjs', pathToFileURL(process.cwd() + '/'));
"""
WORDS = ("./hooks.mjs", "tracer/hook.mjs", "./on-the-disk.mjs")


def test_register(
    node_binary: Callable[[str, str, str], Path],
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    elsewhere.mkdir()
    project.mkdir()
    (project / "app.mjs").write_text(PROGRAM)
    (project / "hooks.mjs").write_text("")
    (elsewhere / "on-the-disk.mjs").write_text("console.log('hooks run');")
    nodes = {r: node_at(node_binary(r, "linux", "x64")) for r in RELEASES}
    executables = build(project_of(project, "app.mjs"), nodes, tmp_path / "out")
    for release, executable in executables.items():
        ran = machine("linux-x64").run(executable, cwd=elsewhere)
        assert (ran.code, ran.stdout) == (0, "hooks run\n"), release
        assert [word for word in WORDS if f"The hooks of {word} are not used" in ran.stderr] == [
            "./hooks.mjs",
            "tracer/hook.mjs",
        ], release
