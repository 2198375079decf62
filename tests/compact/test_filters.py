"""The filters of machine code can be undone, by the code of `verify/`, which shares nothing."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sealift.compact.filters import Filter, filtered
from sealift.verify.compact_filters import UNDO

CODE = {
    Filter.X64: some.lists(some.sampled_from([b"\xe8", b"\xe9", b"\0", b"\xff"]) | some.binary()),
    Filter.ARM64: some.lists(
        some.builds(
            lambda top, rest: struct.pack("<I", top << 24 | rest),
            some.sampled_from([0x90, 0x94, 0x97, 0xB0, 0xD0, 0xF0, 0x14, 0x98]),
            some.integers(0, (1 << 24) - 1),
        )
        | some.binary(max_size=3)
    ),
}


@pytest.mark.parametrize("kind", [Filter.X64, Filter.ARM64])
@given(data=some.data())
def test_what_was_filtered_comes_back(kind: Filter, data: some.DataObject) -> None:
    code = b"".join(data.draw(CODE[kind]))
    changed = filtered(code, kind)
    assert changed is not None and UNDO[kind](changed) == code


@pytest.mark.parametrize("kind", [Filter.X64, Filter.ARM64])
def test_large_code_comes_back(kind: Filter) -> None:
    numbers = random.Random(1)
    code = bytes(numbers.choice(b"\xe8\xe9\x94\x90\0\0\xff") for _ in range(100_001))
    changed = filtered(code, kind)
    assert changed is not None and UNDO[kind](changed) == code


def test_calls_of_one_function_become_equal() -> None:
    calls = b"".join(b"\xe8" + struct.pack("<i", 1000 - place) for place in (5, 10, 15))
    assert filtered(calls.ljust(2000, b"\0"), Filter.X64)[:15] == 3 * b"\xe8\xe8\x03\0\0"


def test_branches_of_one_function_become_equal() -> None:
    branches = b"".join(struct.pack("<I", 0x94000000 | 100 - place) for place in range(3))
    assert filtered(branches, Filter.ARM64) == 3 * struct.pack("<I", 0x94000000 | 100)
