"""How the packages of sealift import one another.

The order of the layers is import-linter's matter (pyproject.toml).
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import sealift

ROOT = Path(sealift.__file__).parent
PACKAGES = {path.parent.name for path in ROOT.glob("*/__init__.py")}

OPEN = {"formats", "tools"}
"""Packages without a public interface of their own: each module is one subject, and public."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield every module's dotted name without ``sealift.``, and its syntax tree."""
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        yield name, ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module, *, of_functions: bool) -> Iterator[tuple[str, str]]:
    """Yield the modules of sealift that a module imports from, and the names; "" for a module."""
    nodes = ast.walk(tree) if of_functions else top_level(tree.body)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from ((node.module or "", alias.name) for alias in node.names)


def top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run when a module is imported."""
    for node in body:
        yield node
        if isinstance(node, ast.Try):
            yield from top_level(node.body)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            yield from top_level([*node.body, *node.orelse])


def public_names(package: str) -> set[str]:
    """Return the names that a package offers: ``__all__``, or what it defines itself."""
    interface = importlib.import_module(f"sealift.{package}")
    own = (
        name for name, value in vars(interface).items() if _defined_in(value) == interface.__name__
    )
    return set(getattr(interface, "__all__", own))


def _defined_in(value: object) -> str:
    return getattr(value, "__module__", "")


def test_packages_import_only_the_public_names_of_others() -> None:
    """``from sealift.nodes import obtain``, and nothing of the modules in `sealift.nodes`."""
    violations = set()
    for name, tree in modules():
        for module, imported in imports(tree, of_functions=True):
            words = module.split(".")
            if words[0] != "sealift" or len(words) < 2 or words[1] not in PACKAGES - OPEN:
                continue
            if words[1] == name.split(".")[0]:
                continue
            if len(words) > 2 or imported not in public_names(words[1]):
                violations.add((name, f"{module}.{imported}"))
    assert violations == set()


def test_every_public_name_exists() -> None:
    for package in sorted(PACKAGES - OPEN):
        interface = importlib.import_module(f"sealift.{package}")
        assert [name for name in public_names(package) if not hasattr(interface, name)] == [], (
            package
        )


def test_private_names_stay_in_their_module() -> None:
    violations = {
        (name, f"{module}.{imported}")
        for name, tree in modules()
        for module, imported in imports(tree, of_functions=True)
        if module.startswith("sealift") and imported.startswith("_")
    }
    assert violations == set()


def test_no_import_circle() -> None:
    """Modules can be imported in any order."""
    trees = dict(modules())
    graph: dict[str, set[str]] = {}
    for name, tree in trees.items():
        graph[name] = set()
        for module, imported in imports(tree, of_functions=False):
            for target in (f"{module}.{imported}", module):
                inner = target.removeprefix("sealift.")
                if target.startswith("sealift.") and inner in trees and inner != name:
                    graph[name].add(inner)
                    break
    while leaves := {name for name, targets in graph.items() if not targets & graph.keys()}:
        for name in leaves:
            del graph[name]
    assert graph == {}, f"in or before a circle: {sorted(graph)}"
