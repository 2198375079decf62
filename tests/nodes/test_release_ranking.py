from __future__ import annotations

import pytest

from sealift.model import Release
from sealift.nodes.release_ranking import not_found, preferred
from sealift.target import Arch, NodeRange, NodeVersion, Platform, Target


def release(version: str, source: str) -> Release:
    return Release(NodeVersion.parse(version), Platform.LINUX, Arch.X64, source, "", "")


HELD = [
    release("22.20.0", "pypi"),
    release("22.2.0", "npm"),
    release("22.16.0", "npm"),
    release("22.20.0", "npm"),
    release("20.11.0", "npm"),
    release("24.9.0", "npm"),
    release("24.19.0", "pypi"),
    release("25.9.0", "npm"),
    release("27.0.0", "npm"),
]


@pytest.mark.parametrize(
    ("asked", "version", "source"),
    [
        ((22,), "22.20.0", "npm"),  # both have it: the official build
        ((22, 16), "22.16.0", "npm"),
        ((22, 2, 0), "22.2.0", "npm"),  # too old for executables, but asked for exactly
        ((24,), "24.19.0", "pypi"),  # 19 is newer than 9
        ((22, 20, 0), "22.20.0", "npm"),
        ((25,), "25.9.0", "npm"),  # asked for by name
        ((), "24.19.0", "pypi"),  # latest: of the supported majors
    ],
)
def test_newest_release_then_official_build(
    asked: tuple[int, ...], version: str, source: str
) -> None:
    chosen = preferred(HELD, NodeRange(asked))
    assert chosen is not None
    assert (str(chosen.version), chosen.provider) == (version, source)


def test_order_of_the_releases_does_not_matter() -> None:
    assert preferred(HELD, NodeRange((22,))) == preferred(HELD[::-1], NodeRange((22,)))


def test_nothing_fits() -> None:
    assert preferred(HELD, NodeRange((22, 21))) is None


def test_releases_that_cannot_work_are_not_chosen() -> None:
    assert preferred(HELD, NodeRange((22, 2))) is None  # numbers, not text: 22.20 is no 22.2
    assert preferred(HELD, NodeRange((20,))) is None
    assert preferred([release("20.11.0", "npm")], NodeRange(())) is None


def test_message_names_the_nearest_release_of_each_provider() -> None:
    held = [
        *(release(version, "npm") for version in ("22.0.0", "22.23.0", "22.23.2", "24.1.0")),
        *(release(version, "pypi") for version in ("22.20.0", "24.19.0")),
    ]
    target = Target(NodeRange((22, 99, 0)), Platform.LINUX, Arch.X64)
    assert not_found(target, held) == (
        "No provider has Node 22.99.0 for linux-x64; nearest: 22.23.2 (npm), 22.20.0 (pypi)."
    )


def test_message_names_releases_that_cannot_work_as_such() -> None:
    target = Target(NodeRange((20,)), Platform.LINUX, Arch.X64)
    old = release("20.11.0", "npm")
    begins = "No provider has Node 20 for linux-x64, except releases that are too old for"
    assert not_found(target, [old]) == f"{begins} executables: 20.11.0 (npm)."
    assert not_found(target, [old, release("22.20.0", "pypi")]) == (
        f"{begins} executables: 20.11.0 (npm); nearest: 22.20.0 (pypi)."
    )
    newer = Target(NodeRange((24,)), Platform.LINUX, Arch.X64)
    assert not_found(newer, [old]) == "No provider has Node 24 for linux-x64."


def test_message_without_any_release() -> None:
    target = Target(NodeRange((24,)), Platform.FREEBSD, Arch.X64)
    assert not_found(target, []) == "No provider has Node 24 for freebsd-x64."
