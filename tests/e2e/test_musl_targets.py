"""Real programs in an empty root, or with only musl and BusyBox, do what plain Node does."""

from __future__ import annotations

import pytest

from e2e.comparison import Compare
from e2e.real_projects import BYTECODE_PROJECTS, PROJECTS


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("express-views", "node24-linuxstatic-x64"),
        ("esm-cli", "node22-alpine-x64"),
        pytest.param("typescript", "node24-alpine-x64", marks=pytest.mark.corpus),
        pytest.param("express-views", "node24-linuxstatic-arm64", marks=pytest.mark.corpus),
    ],
)
def test_plain(name: str, target: str, compare: Compare) -> None:
    compare(PROJECTS[name], target, ("--sea",))


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("features", "node22-linuxstatic-x64"),
        ("lines", "node24-alpine-x64"),
        ("express-views", "node20-linuxstatic-x64"),
        pytest.param("express-views", "node24-linuxstatic-x64", marks=pytest.mark.corpus),
        pytest.param("features", "node24-alpine-arm64", marks=pytest.mark.corpus),
        pytest.param("typescript", "node22-linuxstatic-x64", marks=pytest.mark.corpus),
    ],
)
def test_bytecode(name: str, target: str, compare: Compare) -> None:
    compare(BYTECODE_PROJECTS[name], target)
