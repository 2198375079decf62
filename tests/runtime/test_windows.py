"""Programs behave on an emulated Windows machine as on Linux, apart from paths."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from support.equipment import FindMachine
from support.executables import build, node_at, project_of
from support.releases import RELEASES

PROGRAMS = Path(__file__).parent / "programs"
RELEASE = RELEASES[2]


@pytest.mark.rigs
@pytest.mark.parametrize("name", ["cjs", "workers"])
def test_program(
    name: str,
    node_binary: Callable[[str, str, str], Path],
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    printed = []
    project = project_of(shutil.copytree(PROGRAMS / name, tmp_path / name), "index.js")
    for platform, suffix in (("linux", ""), ("win", ".exe")):
        here = machine(f"{platform}-x64")
        node = node_at(node_binary(RELEASE, platform, "x64"))
        built = build(project, {"it": node}, tmp_path / f"out-{platform}")["it"]
        executable = built.rename(built.with_name(f"program{suffix}"))
        cwd = tmp_path / f"cwd-{platform}"
        cwd.mkdir()
        (cwd / "plugin.js").write_text("module.exports = 'from the disk: ' + __filename;")
        completed = here.run(executable, "--version", "-x", "two words", cwd=cwd)
        assert completed.code == 0, completed.stderr
        printed.append(_with_slashes(completed.stdout))
    linux, windows = printed
    assert windows == linux


def _with_slashes(text: str) -> list[str]:
    text = re.sub(r"\\\\(?=[\w@.\"])", "/", text.replace("\r\n", "\n"))
    return text.replace("/C:/snapshot", "/snapshot").replace("C:/snapshot", "/snapshot").split("\n")
