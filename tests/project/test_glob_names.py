"""Patterns for one name: what they match, and that no name takes many steps."""

from __future__ import annotations

import pytest

from sealift.project.glob_names import NamePattern


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("*.js", ["a.js", ".js", "a.b.js"], ["a.ts", "js"]),
        ("a?c", ["abc", "a.c"], ["ac", "abbc"]),
        ("[a-c]x", ["ax", "cx"], ["dx", "x"]),
        ("[!a-c]x", ["dx", "]x"], ["ax"]),
        ("[]-]", ["]", "-"], ["a"]),
        ("[[:digit:]_]", ["7", "_"], ["a"]),
        ("[a", ["[a"], ["a"]),
        ("@(a|b)c", ["ac", "bc"], ["c", "abc"]),
        ("?(a|b)c", ["ac", "c"], ["aac"]),
        ("+(a|bc)", ["a", "abc", "bcbc"], ["", "b"]),
        ("*(ab)c", ["c", "ababc"], ["abac"]),
        ("!(a)", ["b", "aa", ".x"], ["a"]),
        ("!(*.test).js", ["a.js", "test.js"], []),
        ("!(*.js)", ["a.ts"], ["a.js"]),
        ("@(a|@(b|c)d)", ["a", "bd", "cd"], ["b", "d"]),
        ("plain", ["plain"], ["plains"]),
        ("*", ["x"], [".."]),
    ],
)
def test_what_a_pattern_matches(pattern: str, matching: list[str], others: list[str]) -> None:
    test = NamePattern(pattern)
    assert [name for name in matching if not test.matches(name)] == []
    assert [name for name in others if test.matches(name)] == []


@pytest.mark.parametrize("pattern", ["*a" * 200, "?*" * 200, "[a-z]*" * 100, "a" * 400])
def test_steps_are_at_most_the_parts_of_a_pattern(pattern: str) -> None:
    for length in (10, 100, 255):
        test = NamePattern(pattern)
        test.matches("a" * length + "!")
        assert test.steps <= len(pattern)


@pytest.mark.parametrize(
    "pattern",
    ["+(a|aa)" * 20, "+(+(+(+(a))))", "*(*(*(a|b)c)d)e", "!(!(!(a*)b*)c*)", "+(a*)+(a*)+(a*)b"],
)
def test_steps_of_nested_groups_are_limited(pattern: str) -> None:
    for length in (10, 40, 160):
        test = NamePattern(pattern)
        test.matches("a" * length + "!")
        assert test.steps <= len(pattern) * (length + 2) ** 2
