"""Paths that a collection remembers and never gives back name no files."""

from __future__ import annotations

import pytest

from .scan_notation import scanned


@pytest.mark.parametrize(
    "source",
    [
        "const seen = new Set(); seen.add(__filename); if (seen.has(x)) f()",
        "const seen = new Set([__dirname, __filename]); f(seen.size)",
        "const seen = new WeakMap(); seen.set(__dirname, 1); f(seen.get(x))",
        "const seen = new Map(); function once(x) { seen.set(x, 1); seen.delete(__dirname); }",
        "const here = __dirname, seen = new Set(); seen.add(here)",
    ],
)
def test_a_remembered_path_refers_to_nothing(source: str) -> None:
    assert scanned(source) == []


def test_the_path_of_a_file_is_a_reference_even_if_it_is_only_remembered() -> None:
    assert scanned("const seen = new Set(); seen.add(__dirname + '/a.txt')") == ["path a.txt"]


@pytest.mark.parametrize(
    "source",
    [
        "const seen = new Set(); seen.add(__dirname); for (const x of seen) f(x)",
        "const seen = new Set(); seen.add(__dirname); f([...seen])",
        "const seen = new Set([__dirname]); f(seen)",
        "export const seen = new Set([__dirname]);",
        "const seen = new Map(); seen.set(1, __dirname); f(seen.get(1))",
        "const seen = new Map(); seen.set(__dirname, 1); f(seen.keys())",
        "const seen = new Set(); f(seen.add(__dirname))",
        "let seen = new Set(); seen.add(__dirname)",
        "class Set {} const seen = new Set(); seen.add(__dirname)",
        "const seen = f(); seen.add(__dirname)",
    ],
)
def test_a_path_that_a_collection_gives_back_is_unproven(source: str) -> None:
    assert scanned(source) == ["unproven path"]
