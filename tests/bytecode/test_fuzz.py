"""Random bytes: every reader ends soon, and only in sealift's own errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sealift.errors import FormatError
from sealift.formats.v8.code_cache import find_references
from sealift.formats.v8.code_cache_header import CacheHeader
from sealift.formats.v8.read_only_heap import read_only_heap
from sealift.formats.v8.snapshot import Snapshot, read_snapshot
from sealift.formats.v8.startup_snapshot import describe_mutable_roots
from sealift.formats.v8.tokens import TOKENS
from sealift.record import replace

MAGICS = st.sampled_from(sorted(TOKENS))
SNAPSHOTS = ("20", "22", "26")
CODES = {"v8-cache", "v8-read-only-heap", "v8-startup-snapshot"}


def with_header(magic: int, tokens: bytes) -> bytes:
    tokens += b"\x0b\x0a\x0a\x0a"
    tokens = tokens.ljust(len(tokens) + -len(tokens) % 8, b"\x0a")
    return header_of(magic, len(tokens)).pack() + tokens


def header_of(magic: int, length: int) -> CacheHeader:
    carried = TOKENS[magic].checksum
    return CacheHeader(magic, 1, 2, 3, 4 if carried else 0, length, 32 if carried else 24)


@settings(max_examples=1000)
@given(MAGICS, st.lists(st.integers(0, 0x97) | st.integers(0, 0xFF), max_size=60).map(bytes))
def test_any_tokens(magic: int, tokens: bytes) -> None:
    cache = with_header(magic, tokens)
    try:
        found = find_references(cache)
    except FormatError as error:
        assert error.code == "v8-cache"
    else:
        # Positions are inside, behind a reference's token; what is used exists.
        reference, start = TOKENS[magic].read_only_reference, header_of(magic, 0).size
        assert all(cache[position - 1] == reference for position in found.positions)
        assert all(start < position < found.end for position in found.positions)
        assert all(use < len(found.places) for use in found.uses)


# One object of `size` words: token, size, root 0 as its map, and slots.
OBJECT = st.integers(1, 40).map(lambda size: bytes([0, size << 2, 0x40]) + b"\x41" * (size - 1))


@given(MAGICS, st.lists(OBJECT, min_size=1, max_size=5))
def test_objects_filled_to_their_sizes(magic: int, objects: list[bytes]) -> None:
    assert find_references(with_header(magic, b"".join(objects))).roots == ()
    for tokens in (b"".join(objects) + b"\x41", b"".join(objects)[:-1], b""):
        with pytest.raises(FormatError):
            find_references(with_header(magic, tokens))


@pytest.mark.parametrize("magic", sorted(TOKENS))
def test_tokens_in_the_wrong_place(magic: int) -> None:
    table = TOKENS[magic]
    repeat = b"\x81\x41"  # root 1 or root 65
    # An object of 5 words: its map, a repeat of 3 and the last slot.
    assert find_references(with_header(magic, b"\x00\x14\x40" + repeat + b"\x42")).end
    wrong = {
        "a map that is no root": bytes([0, 4, table.back_reference, 0]),
        "a map that is raw data": b"\x00\x04\x60" + bytes(8),
        "a hot object that is no root as a map": b"\x00\x08\x40\x00\x04\x90",
        "a reference to a later object": bytes([0, 8, 0x40, table.back_reference, 4]),
        "a forward reference that leads nowhere": bytes([table.register_pending]),
        "a forward reference that nobody made": bytes([table.resolve_pending, 0, 0x41]),
        "an object of no size": b"\x00\x00\x40",
        "a second slot": b"\x41\x42",
        "too many repeats": b"\x00\x10\x40" + repeat + b"\x42",
        "a start-up object": bytes([table.startup_cache, 0]),
        "an object of the read-only cache": bytes([table.read_only_cache or 0x3F, 0]),
        "an object of the shared heap": bytes([table.shared_heap_cache, 0]),
        "another attached object than the source": bytes([table.attached_reference, 4]),
        "a map of maps": bytes([table.new_map_of_maps or 0x3F, 0x41]),
        "off-heap data": b"\x0d\x00",
        "a token that no format has": b"\x3f",
        "an external reference": bytes([table.external_reference, 0]),
    }
    for what, tokens in wrong.items():
        with pytest.raises(FormatError) as raised:
            find_references(with_header(magic, tokens))
            pytest.fail(what)
        assert raised.value.code == "v8-cache"


def test_an_empty_cache() -> None:
    with pytest.raises(FormatError, match=r"asm\.js") as raised:
        find_references(b"")
    assert raised.value.code == "v8-cache"


@pytest.fixture(scope="module")
def snapshots(node_binary: Callable[[str, str, str], Path]) -> Mapping[str, Snapshot]:
    return {major: read_snapshot(node_binary(major, "linux", "x64")) for major in SNAPSHOTS}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    major=st.sampled_from(SNAPSHOTS),
    part=st.sampled_from(["read_only", "startup"]),
    place=st.floats(0, 1, exclude_max=True),
    change=st.binary(min_size=1, max_size=9),
    cut=st.booleans(),
)
def test_changed_snapshots(
    snapshots: Mapping[str, Snapshot],
    major: str,
    part: str,
    place: float,
    change: bytes,
    cut: bool,
) -> None:
    """Checksums find these; here, that the readers behind them do not rely on it."""
    snapshot = snapshots[major]
    whole = getattr(snapshot, part)[: 1 << 14] if part == "startup" else getattr(snapshot, part)
    at = int(place * len(whole))
    changed = whole[:at] + (b"" if cut else change + whole[at + len(change) :])
    try:
        if part == "startup":
            describe_mutable_roots(replace(snapshot, startup=changed), read_only_heap(snapshot))
        else:
            read_only_heap(replace(snapshot, read_only=changed))
    except FormatError as error:
        assert error.code in CODES
