"""Real projects, packaged without configuration, do what plain Node does with their sources.

Each is built, its sources are removed, and it runs from another directory; what it prints, its
exit code and the files it writes are compared with those of plain Node of the same release.

CI runs each project on this machine with Node 24 and with one other release, and some of them on
emulated machines, where `test_bytecode` runs others.
"""

from __future__ import annotations

import pytest

from e2e.comparison import Compare
from e2e.real_projects import PROJECTS
from support.samples import pairs

PLAIN = ("--sea",)


@pytest.mark.parametrize(("name", "version"), pairs(tuple(PROJECTS), ("22", "24", "26"), ["24"]))
def test_linux_x64(name: str, version: str, compare: Compare) -> None:
    compare(PROJECTS[name], f"node{version}-linux-x64", PLAIN)


@pytest.mark.rigs
@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("express-views", "22"),
        ("cycle", "26"),
        ("processes", "24"),
        pytest.param("cycle", "22", marks=pytest.mark.corpus),
        pytest.param("esm-cli", "24", marks=pytest.mark.corpus),
        pytest.param("fastify", "24", marks=pytest.mark.corpus),
    ],
)
def test_linux_arm64(name: str, version: str, compare: Compare) -> None:
    compare(PROJECTS[name], f"node{version}-linux-arm64", PLAIN)


@pytest.mark.rigs
@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("express-views", "22"),
        ("esm-cli", "24"),
        ("cycle", "26"),
        ("fastify", "24"),
        pytest.param("express-views", "24", marks=pytest.mark.corpus),
        pytest.param("esm-cli", "22", marks=pytest.mark.corpus),
        pytest.param("cycle", "22", marks=pytest.mark.corpus),
        pytest.param("cycle", "24", marks=pytest.mark.corpus),
    ],
)
def test_win_x64(name: str, version: str, compare: Compare) -> None:
    compare(PROJECTS[name], f"node{version}-win-x64", PLAIN)
