"""The tests mirror the source, and share code through ``support`` and ``rigs`` alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
SOURCE = TESTS.parent / "src" / "sealift"
SHARED = {"support", "rigs"}
# Folders without a package in the source: tests of the whole program, a check of new releases,
# and programs of others.
WITHOUT_SOURCE = {"corpus", "e2e", "gate", "hostile", "packages", *SHARED}
MODULES = sorted(TESTS.rglob("*.py"))
FOLDERS = {path.name for path in TESTS.iterdir() if (path / "__init__.py").exists()}


def imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(TESTS)))
def test_imports(module: Path) -> None:
    own = module.relative_to(TESTS).parent.as_posix().replace("/", ".")
    for name in imported(module):
        assert name.rpartition(".")[2] != "conftest", "a conftest holds fixtures alone"
        assert not name.rpartition(".")[2].startswith("test_"), "a test module is imported by none"
        top = name.partition(".")[0]
        if top in FOLDERS - SHARED and module.parts[-2] != "gate":
            assert name.startswith(f"{own}."), f"{name} is another folder's"


def test_folders_are_those_of_the_source() -> None:
    folders = {
        init.parent.relative_to(TESTS).as_posix()
        for init in TESTS.rglob("__init__.py")
        if init.parent != TESTS
    }
    mirrored = {folder for folder in folders if folder.partition("/")[0] not in WITHOUT_SOURCE}
    rooms = {folder for folder in mirrored if folder.startswith("runtime/")}
    for folder in mirrored - rooms:
        assert (SOURCE / folder / "__init__.py").exists(), folder
    for folder in rooms:  # the runtime's folders hold JavaScript
        assert (SOURCE / "runtime" / "js" / Path(folder).name).is_dir(), folder
