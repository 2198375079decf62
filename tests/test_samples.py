"""Every value of a matrix runs in CI, and the marked rest makes it whole."""

from __future__ import annotations

from typing import Any

import pytest

from support.samples import pairs, some

ROWS, COLUMNS = ("a", "b", "c", "d"), ("20", "22", "24", "26")


def in_ci(parameters: list[Any]) -> list[Any]:
    return [one.values for one in parameters if not one.marks]


def test_each_row_runs_with_what_is_always_and_with_one_more_in_turn() -> None:
    parameters = pairs(ROWS, COLUMNS, ["24"])
    assert {one.values for one in parameters} == {
        (row, column) for row in ROWS for column in COLUMNS
    }
    ran = in_ci(parameters)
    assert [pair for pair in ran if pair[1] != "24"] == [
        ("a", "20"), ("b", "22"), ("c", "26"), ("d", "20"),
    ]  # fmt: skip
    assert [pair for pair in ran if pair[1] == "24"] == [(row, "24") for row in ROWS]


def test_some_rows_are_whole() -> None:
    ran = in_ci(pairs(ROWS, COLUMNS, ["24"], whole=["b"]))
    assert [column for row, column in ran if row == "b"] == list(COLUMNS)
    assert [column for row, column in ran if row == "c"] == ["24", "26"]


def test_what_is_left_out_is_a_corpus() -> None:
    parameters = some(COLUMNS, ["22"])
    assert in_ci(parameters) == [("22",)]
    left = [one for one in parameters if one.marks]
    assert {mark.name for one in left for mark in one.marks} == {"corpus"}
    assert [one.values for one in left] == [("20",), ("24",), ("26",)]


def test_what_runs_in_ci_is_of_the_matrix() -> None:
    with pytest.raises(AssertionError):
        some(COLUMNS, ["28"])
    with pytest.raises(AssertionError):
        pairs(ROWS, COLUMNS, ["28"])
    with pytest.raises(AssertionError):
        pairs(ROWS, COLUMNS, whole=["e"])
