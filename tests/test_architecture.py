"""What ARCHITECTURE.md and the other pages state about the code is true."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "sealift"
LONGEST = 400
_RECORDS = {"sealift.model", "sealift.identity"}
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_the_verifiers_use_the_facts_of_a_node_binary_only() -> None:
    used = {
        module
        for path in (SOURCE / "verify").rglob("*.py")
        for module in imports(path)
        if module.startswith("sealift.") and not module.startswith("sealift.verify")
    }
    assert used <= {*_RECORDS, "sealift.errors", "sealift.formats.node_facts"}


def test_build_is_short() -> None:
    text = (SOURCE / "build.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 70
    (function,) = (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
    docstring = function.body[0]
    assert function.end_lineno is not None and docstring.end_lineno is not None
    assert function.end_lineno - docstring.end_lineno <= 42


def test_no_file_is_long() -> None:
    long = [
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*")
        if path.suffix in (".py", ".js")
        and len(path.read_text(encoding="utf-8").splitlines()) > LONGEST
    ]
    assert long == []


def test_long_tests_say_why() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= LONGEST or f"More than {LONGEST} lines, because" in "".join(
            lines[:5]
        ), path


def test_only_the_command_line_prints() -> None:
    # A program of its own, started in pip's Python; sealift reads what it prints.
    own_program = "tools/pip_process.py"
    printing = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if path.relative_to(SOURCE).parts[0] != "cli"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "sys.stdout.write")
    }
    assert printing == {own_program}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_and_paths_of_a_page_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text)
    broken = [link for link in links if not (page.parent / link).exists()]
    paths = re.findall(r"`([\w./-]+/[\w.-]*\.(?:py|js|md)|[\w./-]+/)`", text)
    broken += [path for path in paths if _is_ours(path) and not _exists(path)]
    assert broken == []


def _is_ours(path: str) -> bool:
    """Return True unless a path begins in a directory that sealift does not have."""
    first = path.split("/")[0]
    return first != ".." and ((ROOT / first).exists() or (SOURCE / first).exists())


def _exists(path: str) -> bool:
    return any((base / path).exists() for base in (ROOT, SOURCE, SOURCE / "runtime" / "js"))
