"""ICU data of other languages is left out of real Node binaries."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Callable
from itertools import pairwise

import pytest

from sealift.errors import FormatError, SealiftError
from sealift.formats.icu.locales import keep_locales, remaining_languages
from sealift.formats.icu.package import MAGIC
from sealift.formats.pieces import Literal
from sealift.verify.icu_data import with_checked_icu_data
from support.equipment import FindNode
from support.icu_data import reduced

LOCALES = ("de-AT",)


@pytest.fixture(scope="module")
def icu_data(node_binary: FindNode) -> bytes:
    """The ICU data of Node 24, with a few bytes around it."""
    data = node_binary("24", "linux", "x64").read_bytes()
    at = data.index(MAGIC) - 2
    return data[at - 64 : at + (40 << 20)]


@pytest.mark.parametrize(
    ("locales", "expected"),
    [
        (("en",), {"en"}),
        (("de", "de-CH", "de_AT"), {"de", "en"}),
        (("nb",), {"en", "nb", "nn", "no"}),  # nb refers to no, and that to nn
        (("HE-IL",), {"en", "he", "iw"}),  # the old name of he
        (("zh-Hant-TW",), {"en", "zh", "yue"}),  # they refer to each other
    ],
)
def test_languages_that_remain_refer_to_no_others(
    icu_data: bytes, locales: tuple[str, ...], expected: set[str]
) -> None:
    with io.BytesIO(icu_data) as file:
        assert set(keep_locales(file, "node", locales).languages) == expected


@pytest.mark.parametrize(
    ("major", "platform", "arch"),
    [
        ("22", "linux", "x64"),
        ("26", "linux", "arm64"),
        ("24", "macos", "arm64"),
        ("24", "win", "x64"),
        ("24", "alpine", "x64"),
    ],
)
def test_most_of_the_data_becomes_zeros(
    major: str, platform: str, arch: str, node_binary: FindNode
) -> None:
    with node_binary(major, platform, arch).open("rb") as file:
        changes = keep_locales(file, "node", LOCALES).changes
        assert remaining_languages(file, "node") == ()  # nothing is left out yet
    zeros = sum(one.piece.size for one in changes if not isinstance(one.piece, Literal))
    assert 17_000_000 < zeros < 20_000_000
    ends = [one.offset + one.piece.size for one in changes]
    assert all(
        end <= after.offset for end, (_, after) in zip(ends, pairwise(changes), strict=False)
    )


def test_the_remaining_languages_are_found_again(icu_data: bytes) -> None:
    with io.BytesIO(reduced(icu_data, LOCALES)) as file:
        assert remaining_languages(file, "app") == ("de", "en")


@pytest.mark.parametrize(
    ("locale", "change", "code"),
    [
        ("xx", lambda data: data, "locale-unknown"),
        ("root", lambda data: data, "locale-unknown"),
        ("de", lambda data: data.replace(b"CmnD", b"ToCP"), "icu-absent"),
        ("de", lambda data: data + data, "icu-layout"),
        ("de", lambda data: data[:5_000_000], "icu-layout"),
        ("de", lambda data: data.replace(b"res_index.res\0", b"res_other.res\0"), "icu-layout"),
        ("de", lambda data: data.replace(b"ResB\2", b"ResB\4"), "icu-layout"),
    ],
)
def test_what_cannot_be_reduced_is_an_error(
    locale: str, change: Callable[[bytes], bytes], code: str, icu_data: bytes
) -> None:
    with io.BytesIO(change(icu_data)) as file, pytest.raises(SealiftError) as caught:
        keep_locales(file, "node", (locale,))
    assert caught.value.code == code


def test_damaged_data_is_never_a_traceback(icu_data: bytes) -> None:
    chance = random.Random(7)
    start = icu_data.index(b"icudt") - 40_000
    places = [chance.randrange(max(start, 64), start + 2_000_000) for _ in range(8)]
    lists = icu_data.index(b"AliasLocales\0")
    places += range(lists - 40, lists, 4)
    data = bytearray(icu_data)
    for place in places:
        kept = data[place : place + 4]
        data[place : place + 4] = struct.pack("<I", chance.getrandbits(32))
        with io.BytesIO(data) as file:
            try:
                keep_locales(file, "node", LOCALES)
            except SealiftError as error:
                assert error.code in {"icu-layout", "icu-absent"}
        data[place : place + 4] = kept


def test_the_verifier_accepts_what_was_planned_and_no_other_byte(icu_data: bytes) -> None:
    written = bytearray(reduced(icu_data, LOCALES))
    names = icu_data.index(b"icudt")
    last = icu_data.index(b"ResB", icu_data.index(b"icudt78l/zu_ZA.res\0")) + 4000
    lists = icu_data.index(b"AliasLocales\0")

    def refused(data: bytes | bytearray, languages: tuple[str, ...] = ("de", "en")) -> bool:
        with io.BytesIO(icu_data) as base, io.BytesIO(data) as file:
            try:
                found = with_checked_icu_data(file, base, LOCALES, languages)
            except FormatError as error:
                assert error.code == "verification-failed"
                return True
            assert found.read() == data
        return False

    assert not refused(written)
    assert refused(icu_data)  # nothing was left out
    assert refused(reduced(icu_data, ("de", "fr")))
    assert refused(reduced(icu_data, ("en",)))
    assert refused(written, ("en",))
    table = icu_data.index(MAGIC) - 2 + 144
    for place in (table, table + 4, table + 9, names - 4, names + 6, last, lists, lists + 1200):
        written[place] ^= 1
        assert refused(written), place
        written[place] ^= 1
