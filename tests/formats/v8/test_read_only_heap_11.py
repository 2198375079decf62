"""V8 11's read-only heap: anything that V8 does not write is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.errors import FormatError
from sealift.formats.v8.read_only_heap import read_only_heap
from sealift.formats.v8.snapshot import Snapshot, read_snapshot
from sealift.record import replace

# A new object of 9 words, whose map is the map of maps, which is new itself.
BEGINNING = b"\x00\x24\x1d"


@pytest.fixture(scope="module")
def snapshot(node_binary: Callable[[str, str, str], Path]) -> Snapshot:
    return read_snapshot(node_binary("20", "linux", "x64"))


def test_where_it_begins(snapshot: Snapshot) -> None:
    heap = read_only_heap(snapshot)
    assert list(heap.areas) == [0]
    # Maps come before objects, so the first of all is the map of maps.
    first = heap.name(0, 12 * 8)
    assert heap.slots[first] == heap.slots[heap.slots[heap.roots[0]]] == first


@pytest.mark.parametrize(
    "what, change",
    [
        ("no padding", lambda data: data.rstrip(b"\x0a")),
        ("too much padding", lambda data: data + b"\x0a" * 8),
        ("something behind it", lambda data: data + b"\x00"),
        ("nothing", lambda _: b""),
        ("an object of another space", lambda data: b"\x01" + data[1:]),
        ("an object that is too small for what is in it", lambda data: b"\x00\x20" + data[2:]),
        ("an object that is larger than the page", lambda data: b"\x00\xfe\xff\x0f" + data[2:]),
        ("an object without a map", lambda data: b"\x00\x00" + data[2:]),
        ("a map that is not there yet", lambda data: b"\x00\x24\x44" + data[3:]),
        ("a back reference to nowhere", lambda data: b"\x03\x00" + data),
        ("a forward reference that nobody made", lambda data: BEGINNING + b"\x1c\x00" + data[3:]),
        ("a forward reference that is left", lambda data: BEGINNING + b"\x1b" + data[3:]),
        ("a place in the read-only heap", lambda data: b"\x04\x00\x00" + data),
        ("an external reference", lambda data: b"\x12\x00" + data),
    ],
)
def test_other_forms_are_refused(
    what: str, change: Callable[[bytes], bytes], snapshot: Snapshot
) -> None:
    assert snapshot.read_only.startswith(BEGINNING)
    with pytest.raises(FormatError) as raised:
        read_only_heap(replace(snapshot, read_only=change(snapshot.read_only)))
        pytest.fail(what)
    assert raised.value.code == "v8-read-only-heap"


@pytest.mark.parametrize("number, is_map", [(1, True), (4, False)])
def test_maps_are_maps(number: int, is_map: bool, snapshot: Snapshot) -> None:
    data = snapshot.read_only.rstrip(b"\x0a")
    end = b"\x44\x0b"  # the root undefined, synchronize
    assert data.endswith(end)
    # One more object, of one word: its map is an object by its number.
    more = data.removesuffix(end) + bytes([0, 4, 3, number << 2]) + end + b"\x0a" * 3
    changed = replace(snapshot, read_only=more)
    if is_map:
        assert len(read_only_heap(changed).cache) == len(read_only_heap(snapshot).cache) + 1
        return
    with pytest.raises(FormatError, match="valid in 0 layouts") as raised:
        read_only_heap(changed)
    assert raised.value.code == "v8-read-only-heap"
