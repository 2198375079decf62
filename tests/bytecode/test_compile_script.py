"""TypeScript checks the types of the scripts that the compiler process runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rigs.machine import Completed

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.registry
def test_types(run_node: Callable[..., Completed], npm_project: Callable[[str], Path]) -> None:
    modules = npm_project("types") / "node_modules"
    compiler = modules / "typescript" / "lib" / "tsc.js"
    arguments = ("--typeRoots", str(modules / "@types"), "--project", "src/sealift/bytecode")
    completed = run_node("24", str(compiler), *arguments, cwd=ROOT)
    assert completed.stdout == ""
    assert completed.code == 0
