"""The runtime's own modules: their unit tests by Node's test runner, their types by TypeScript."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rigs.machine import Completed
from support.releases import RELEASES

ROOT = Path(__file__).parent.parent.parent
RunNode = Callable[..., Completed]


@pytest.mark.parametrize("release", RELEASES)
def test_units(release: str, run_node: RunNode) -> None:
    scripts = sorted((ROOT / "tests" / "runtime" / "js").glob("*.test.js"))
    assert scripts
    completed = run_node(release, "--test", "--test-reporter=spec", *map(str, scripts), cwd=ROOT)
    assert completed.code == 0, completed.stdout + completed.stderr


@pytest.mark.registry
@pytest.mark.parametrize("folder", ["src/sealift/runtime", "tests/runtime/js"])
def test_types(folder: str, run_node: RunNode, npm_project: Callable[[str], Path]) -> None:
    modules = npm_project("types") / "node_modules"
    compiler = modules / "typescript" / "lib" / "tsc.js"
    arguments = ("--typeRoots", str(modules / "@types"), "--project", folder)
    completed = run_node(RELEASES[2], str(compiler), *arguments, cwd=ROOT)
    assert completed.stdout == ""
    assert completed.code == 0


def test_only_ascii() -> None:
    for file in (ROOT / "src" / "sealift" / "runtime" / "js").rglob("*.js"):
        assert file.read_bytes().isascii(), file.name
