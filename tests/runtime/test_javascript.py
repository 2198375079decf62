"""Checks of the runtime's own modules: style, types, and unit tests by Node's test runner."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rigs.javascript import ROOT, style_commands, type_commands
from rigs.machine import Completed
from sealift.runtime import modules
from support.releases import RELEASES

RunNode = Callable[..., Completed]
NodeBinary = Callable[[str, str, str], Path]
NpmProject = Callable[[str], Path]


@pytest.mark.parametrize("release", RELEASES)
def test_units(release: str, run_node: RunNode) -> None:
    scripts = sorted((ROOT / "tests" / "runtime" / "js").glob("*.test.js"))
    assert scripts
    completed = run_node(release, "--test", "--test-reporter=spec", *map(str, scripts), cwd=ROOT)
    assert completed.code == 0, completed.stdout + completed.stderr


@pytest.mark.registry
@pytest.mark.parametrize("commands", [style_commands, type_commands])
def test_style_and_types(
    commands: Callable[..., list[list[str | Path]]],
    node_binary: NodeBinary,
    npm_project: NpmProject,
) -> None:
    node = node_binary(RELEASES[-1], "linux", "x64")
    for command in commands(node, npm_project("javascript") / "node_modules"):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_only_ascii() -> None:
    for file in (ROOT / "src" / "sealift" / "runtime" / "js").rglob("*.js"):
        assert file.read_bytes().isascii(), file.name


def test_packaged_modules_lack_only_comments() -> None:
    for name, text in modules():
        original = (ROOT / "src" / "sealift" / "runtime" / "js" / name).read_bytes()
        lines, kept = original.split(b"\n"), text.split(b"\n")
        assert len(lines) == len(kept), name
        removed = [line.strip() for line, left in zip(lines, kept, strict=True) if left != line]
        assert all(line.startswith((b"/**", b"*")) for line in removed), name
        assert removed, name
        assert not any(
            left.strip().startswith(b"/**") and left.strip().endswith(b"*/") for left in kept
        )
