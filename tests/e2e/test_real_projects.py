"""Real projects, packaged without configuration, do what plain Node does with their sources.

Each is built, its sources are removed, and it runs from another directory; what it prints, its
exit code and the files it writes are compared with those of plain Node of the same release.
"""

from __future__ import annotations

import pytest

from e2e.comparison import Compare
from e2e.real_projects import PROJECTS

PLAIN = ("--sea",)


@pytest.mark.parametrize("version", ["22", "24", "26"])
@pytest.mark.parametrize("name", PROJECTS)
def test_linux_x64(name: str, version: str, compare: Compare) -> None:
    compare(PROJECTS[name], f"node{version}-linux-x64", PLAIN)


@pytest.mark.rigs
@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("express-views", "22"),
        ("esm-cli", "24"),
        ("cycle", "22"),
        ("cycle", "26"),
        ("fastify", "24"),
        ("processes", "24"),
    ],
)
def test_linux_arm64(name: str, version: str, compare: Compare) -> None:
    compare(PROJECTS[name], f"node{version}-linux-arm64", PLAIN)


@pytest.mark.rigs
@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("express-views", "22"),
        ("express-views", "24"),
        ("esm-cli", "22"),
        ("esm-cli", "24"),
        ("cycle", "22"),
        ("cycle", "24"),
        ("cycle", "26"),
        ("fastify", "24"),
    ],
)
def test_win_x64(name: str, version: str, compare: Compare) -> None:
    compare(PROJECTS[name], f"node{version}-win-x64", PLAIN)
