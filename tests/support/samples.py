"""The part of a matrix that CI runs; the rest has the marker ``corpus``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pytest


def some(values: Sequence[Any], in_ci: Collection[Any]) -> list[Any]:
    """Return the parameters of a test; those that are not ``in_ci`` are marked."""
    assert set(in_ci) <= set(values)
    return [
        pytest.param(value, marks=[] if value in in_ci else [pytest.mark.corpus])
        for value in values
    ]


def pairs(
    rows: Sequence[Any],
    columns: Sequence[Any],
    always: Collection[Any] = (),
    whole: Collection[Any] = (),
) -> list[Any]:
    """Return the parameters ``(row, column)`` of a test; those that CI leaves out are marked.

    CI runs the rows of ``whole`` with all columns, and each other row with the columns of
    ``always`` and with one more, in turn. It is for programs and releases, where a row finds what
    is wrong with one kind of program and a column what is wrong with a release, and a pair hardly
    ever what no other pair finds.
    """
    assert set(always) <= set(columns)
    assert all(row in rows for row in whole)
    others = [column for column in columns if column not in always]
    parameters = []
    for number, row in enumerate(rows):
        chosen = set(columns) if row in whole else {*always, others[number % len(others)]}
        for column in columns:
            marks = [] if column in chosen else [pytest.mark.corpus]
            parameters.append(pytest.param(row, column, marks=marks))
    return parameters
