"""Unwind tables are made again from less than they were; other tables are left as they are."""

from __future__ import annotations

import struct
from collections.abc import Callable

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compact.unwinding import FUNCTIONS, Function, tables
from sealift.compact.unwind_tables import end_of_tables, filtered_tables
from sealift.errors import FormatError
from sealift.formats.elf.headers import PT_GNU_EH_FRAME, read_elf
from sealift.verify.compact_filters import undo_unwind
from support.equipment import FindNode

SOME: list[Function] = [(-5000 + 48 * n, 40, bytes([n])) for n in range(8)]


@given(FUNCTIONS, st.integers(0, 8), st.binary(max_size=20))
def test_tables_come_back(functions: list[Function], gap: int, behind: bytes) -> None:
    whole = tables(functions, gap)
    assert end_of_tables(whole + behind) == len(whole)
    changed = filtered_tables(whole)
    assert changed is not None and len(changed) == len(whole)
    assert undo_unwind(changed) == whole


def test_functions_of_one_kind_become_equal() -> None:
    changed = filtered_tables(tables([(-9000 + 48 * n, 40, b"") for n in range(8)]))
    assert changed is not None
    assert changed[12:76] == bytes(64)
    assert changed.count(struct.pack("<III", 12, 80, 8)) == 4  # refers to 80, begins 8 behind


def changed_at(place: int, value: int) -> Callable[[bytes], bytes]:
    def change(whole: bytes) -> bytes:
        return whole[:place] + bytes([value]) + whole[place + 1 :]

    return change


OTHERS: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda whole: b"",
    "a header alone": lambda whole: whole[:12],
    "other encodings": changed_at(1, 0x1C),
    "one function fewer in the list": changed_at(8, 7),
    "one function more in the list": changed_at(8, 9),
    "another address in the list": changed_at(12, 1),
    "entries elsewhere": changed_at(4, 1),
    "no end": lambda whole: whole[:-4],
    "more behind the end": lambda whole: whole + bytes(4),
    "a short entry": lambda whole: whole[:-4] + b"\x02\0\0\0\0\0" + bytes(4),
    "a short function": lambda whole: whole[:-4] + b"\x04\0\0\0\x01\0\0\0" + bytes(4),
    "an entry that goes on": lambda whole: whole[:-4] + b"\xff\xff\xff\xff" + bytes(4),
}


@pytest.mark.parametrize("name", OTHERS)
def test_others_are_left(name: str) -> None:
    other = OTHERS[name](tables(SOME))
    assert filtered_tables(other) is None


def test_a_function_that_refers_to_the_start_is_left() -> None:
    whole = bytearray(tables([(0, 4, b"")]))
    place = len(whole) - 20
    struct.pack_into("<I", whole, place + 4, place + 4)
    assert filtered_tables(bytes(whole)) is None


@given(st.integers(0, 200), st.binary(min_size=1, max_size=4))
def test_damage_is_found_or_harmless(place: int, bits: bytes) -> None:
    changed = filtered_tables(tables(SOME))
    assert changed is not None
    damaged = changed[:place] + bits + changed[place + len(bits) :]
    try:
        made = undo_unwind(damaged)
    except FormatError:
        return
    assert len(made) == len(changed)


def test_tables_of_node(node_binary: FindNode) -> None:
    with node_binary("24.19.0", "linux", "x64").open("rb") as file:
        (found,) = (one for one in read_elf(file).segments if one.type == PT_GNU_EH_FRAME)
        file.seek(found.offset)
        content = file.read(8 << 20)
    whole = content[: end_of_tables(content)]
    changed = filtered_tables(whole)
    assert changed is not None and undo_unwind(changed) == whole
    assert len(brotli.compress(changed, quality=5)) < 0.6 * len(brotli.compress(whole, quality=5))
