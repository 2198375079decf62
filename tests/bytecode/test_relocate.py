"""Relocation of real code caches: the right bytes, and everything that must be refused."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import pytest

from rigs.binaries import SIX_TARGETS
from sealift.bytecode.relocate import RelocationTable, make_relocation_table, relocate
from sealift.errors import FormatError
from sealift.formats.v8.code_cache import find_references
from sealift.formats.v8.code_cache_header import read_cache_header
from sealift.formats.v8.facts import V8Facts
from sealift.formats.v8.uint30 import read_uint30, write_uint30
from sealift.record import replace
from support.code_caches import MAJORS, OTHER_V8

Caches = Callable[[str], Mapping[str, bytes]]
Table = Callable[[str, str, str], RelocationTable]
Facts = Callable[[str, str, str], V8Facts]

PROGRAM = "features.js"


def refusal(cache: bytes, table: RelocationTable) -> str:
    """Return the code of the error that relocating a cache ends with."""
    with pytest.raises(FormatError) as raised:
        relocate(cache, find_references(cache), table)
    assert raised.value.message.endswith(".")
    assert raised.value.remedy
    return raised.value.code


@pytest.mark.parametrize("major", MAJORS)
def test_relocation_to_the_same_binary_changes_nothing(
    major: str, caches: Caches, table: Table
) -> None:
    for cache in caches(major).values():
        assert relocate(cache, find_references(cache), table(major, "linux", "x64")) == cache


@pytest.mark.parametrize("major", MAJORS)
def test_to_every_target_and_back(major: str, caches: Caches, facts: Facts) -> None:
    source = facts(major, "linux", "x64")
    chosen = list(caches(major).values())[::2]
    assert sum(len(find_references(cache).positions) for cache in chosen) > 50
    for platform, arch in SIX_TARGETS:
        if (major, platform, arch) in OTHER_V8:
            continue  # refused, see tests/formats/v8/test_real_binaries.py
        target = facts(major, platform, arch)
        there, back = make_relocation_table(source, target), make_relocation_table(target, source)
        for cache in chosen:
            relocated = relocate(cache, find_references(cache), there)
            assert read_cache_header(relocated).checksum == target.checksum
            assert relocate(relocated, find_references(relocated), back) == cache


def test_other_caches_are_refused(caches: Caches, table: Table) -> None:
    to_arm64 = table("24", "linux", "arm64")
    cache = caches("24")[PROGRAM]
    assert refusal(caches("22")[PROGRAM], to_arm64) == "relocation-refused"
    relocated = relocate(cache, find_references(cache), to_arm64)
    assert refusal(relocated, to_arm64) == "relocation-refused"
    # The checksum alone makes V8 take a cache, and crash. Patched, it is no longer the source's.
    patched = cache[:16] + relocated[16:20] + cache[20:]
    assert refusal(patched, to_arm64) == "relocation-refused"
    unknown = bytes([cache[0] ^ 0x40]) + cache[1:]
    assert refusal(unknown, to_arm64) == "v8-format-unknown"


def test_references_of_another_cache_are_refused(caches: Caches, table: Table) -> None:
    cache, other = caches("24")[PROGRAM], caches("24")["module.mjs"]
    with pytest.raises(FormatError, match="has changed since") as raised:
        relocate(cache, find_references(other), table("24", "linux", "arm64"))
    assert raised.value.code == "relocation-refused"


@pytest.mark.parametrize("major, header, length_at", [("20", 24, 16), ("26", 32, 20)])
def test_a_cache_cut_off_anywhere_is_refused(
    major: str, header: int, length_at: int, caches: Caches, table: Table
) -> None:
    cache, to_windows = caches(major)[PROGRAM], table(major, "win", "x64")
    for length in {*range(64), *range(64, len(cache), 509), len(cache) - 8, len(cache) - 1}:
        cut = cache[:length]
        assert refusal(cut, to_windows) == "v8-cache"
        if length % 8 == 0 and length > header:
            # The same with a header that fits.
            fitting = (length - header).to_bytes(4, "little")
            cut = cut[:length_at] + fitting + cut[length_at + 4 :]
            assert refusal(cut, to_windows) == "v8-cache"


@pytest.mark.parametrize("major", MAJORS)
def test_flipped_bits_are_refused_or_the_only_change(
    major: str, caches: Caches, facts: Facts
) -> None:
    cache = caches(major)["module.mjs"]
    here, there = facts(major, "linux", "x64"), facts(major, "linux", "arm64")
    to_arm64, back = make_relocation_table(here, there), make_relocation_table(there, here)
    known = find_references(cache)
    chosen = random.Random(3)
    for _ in range(1500):
        flipped = bytearray(cache)
        flipped[chosen.randrange(len(cache))] ^= 1 << chosen.randrange(8)
        with pytest.raises(FormatError) as raised:
            relocate(bytes(flipped), known, to_arm64)
        assert raised.value.code == "relocation-refused"
        # With references that fit the flipped cache, a bit of a constant is not noticed, for one.
        try:
            relocated = relocate(bytes(flipped), find_references(bytes(flipped)), to_arm64)
        except FormatError as error:
            assert error.code in ("v8-cache", "v8-format-unknown", "relocation-refused")
        else:
            # Then the bit is all that has changed: the way back ends where it began.
            assert relocate(relocated, find_references(relocated), back) == bytes(flipped)


def reference_changed(cache: bytes, change: Callable[[int, int], tuple[int, int]]) -> bytes:
    """Return a cache whose first reference is changed to another one of the same length."""
    at = find_references(cache).positions[0]
    page, middle = read_uint30(cache, at)
    offset, end = read_uint30(cache, middle)
    page, offset = change(page, offset)
    written = write_uint30(page) + write_uint30(offset)
    assert len(written) == end - at
    return cache[:at] + written + cache[end:]


@pytest.mark.parametrize("major", ["20", "24"])
def test_references_to_nowhere_are_refused(major: str, caches: Caches, table: Table) -> None:
    cache, to_arm64 = caches(major)[PROGRAM], table(major, "linux", "arm64")
    for change in (
        lambda page, offset: (page, offset + 8),
        lambda page, offset: (page + 1, offset),
        lambda page, offset: (page, offset ^ 1),
    ):
        assert refusal(reference_changed(cache, change), to_arm64) == "relocation-refused"


def test_strings_of_one_side_are_refused_only_if_used(
    caches: Caches, facts: Facts, table: Table
) -> None:
    cache, source, target = (
        caches("24")[PROGRAM],
        facts("24", "linux", "x64"),
        facts("24", "win", "x64"),
    )
    used = find_references(cache).places[0]
    string = dict(source.strings)[used]
    place = next(place for place, other in target.strings if other == string)
    gone = tuple((p, other) for p, other in target.strings if other != string)
    twice = (*target.strings, (write_uint30(9) + write_uint30(8), string))
    for strings, words in ((gone, "0 times"), (twice, "2 times")):
        one_sided = make_relocation_table(source, replace(target, strings=strings))
        with pytest.raises(FormatError, match=words) as raised:
            relocate(cache, find_references(cache), one_sided)
        assert raised.value.code == "relocation-refused"
        assert str(string) in raised.value.message
    # The comparison of the result with the original finds a wrong table.
    right = table("24", "win", "x64")
    other = next(
        other
        for other in right.target_places.values()
        if len(other) == len(place) and other != place
    )
    wrong = replace(right, target_places={**right.target_places, used: other})
    with pytest.raises(FormatError, match="differs") as raised:
        relocate(cache, find_references(cache), wrong)
    assert raised.value.code == "relocation-refused"


@pytest.mark.parametrize("major", ["20", "22"])
def test_roots_must_be_equal(major: str, caches: Caches, facts: Facts) -> None:
    cache, source, target = (
        caches(major)[PROGRAM],
        facts(major, "linux", "x64"),
        facts(major, "linux", "arm64"),
    )
    for number in (0, 93, len(target.read_only_roots) - 1):
        changed = list(target.read_only_roots)
        changed[number] += " "
        with pytest.raises(FormatError, match=f"root {number} ") as raised:
            make_relocation_table(source, replace(target, read_only_roots=tuple(changed)))
        assert raised.value.code == "relocation-refused"
    with pytest.raises(FormatError, match="number of read-only roots"):
        make_relocation_table(source, replace(target, read_only_roots=target.read_only_roots[:-1]))
    with pytest.raises(FormatError, match="number of mutable roots"):
        make_relocation_table(
            source, replace(target, mutable_roots=(*target.mutable_roots, "new 1 2 root 3"))
        )
    # Of the mutable ones, those that the cache uses.
    first = len(source.read_only_roots)
    used = [root - first for root in find_references(cache).roots if root >= first]
    assert used
    for number, description in enumerate(target.mutable_roots):
        for other in ("", description + " "):
            roots = (*target.mutable_roots[:number], other, *target.mutable_roots[number + 1 :])
            one_differs = make_relocation_table(source, replace(target, mutable_roots=roots))
            if number in used:
                assert refusal(cache, one_differs) == "relocation-refused"
            else:
                relocate(cache, find_references(cache), one_differs)
