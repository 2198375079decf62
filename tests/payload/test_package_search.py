"""Addons that look for npm packages are known by the names that they contain."""

from __future__ import annotations

import pytest

from sealift.payload.package_search import PackageSearch

BOTH = b"\x7fELF..package.json..node_modules.."


@pytest.mark.parametrize("size", [1, 5, 16, 100])
def test_names_are_found_across_the_ends_of_chunks(size: int) -> None:
    search = PackageSearch()
    for start in range(0, len(BOTH), size):
        search.feed(BOTH[start : start + size])
    assert search.found


@pytest.mark.parametrize(
    "text", [b"", b"node_modules", b"package.json", b"node_module package.jso"]
)
def test_an_addon_with_fewer_names_does_not_search(text: bytes) -> None:
    search = PackageSearch()
    search.feed(text)
    assert not search.found
