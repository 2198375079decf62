"""The form of pointers in V8's read-only heap, which differs between versions.

A tagged slot, and a root, is a u32 here: page in the low bits, above them the offset in the page's
*chunk* in words (``EncodedTagged``). Neither the number of page bits nor the start of the area in
its chunk is stored. Both are found by trial: every slot must point at the first word of an object.
That word points at the object's map, whose map is the map of maps, which is its own map. Exactly
one solution must remain, which is also a strong check of the format.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from sealift.formats import messages
from sealift.formats.v8.tokens import WORD

_LARGEST_AREA_START = 0x2000
_PAGE_BITS = range(1, 20)

Words = dict[int, dict[int, int]]
"""By page, then by index of the word in the area: the u32 in every tagged slot."""


class Layout(Struct, frozen=True):
    """The form of pointers: bits of the page number, and first word of the area in its chunk."""

    page_bits: int
    area_start: int


def solve(words: Words, roots: Iterable[int], known: Layout | None = None) -> tuple[Layout, int]:
    """Return the layout in which all pointers are valid, and the map of maps.

    Args:
        words: the pointers in tagged slots.
        roots: all other pointers.
        known: the layout, if it is known.

    Raises:
        FormatError: ``v8-read-only-heap``: no layout is valid, or more than one is.
    """
    values = {value for tagged in words.values() for value in tagged.values()} | set(roots)
    found = []
    for layout in [known] if known else _layouts(words, values):
        meta_map = _find_map_of_maps(words, values, layout)
        if meta_map is not None:
            found.append((layout, meta_map))
    if len(found) != 1:
        raise messages.V8_READ_ONLY_HEAP_BROKEN.error(
            why=f"its pointers are valid in {len(found)} layouts instead of one"
        )
    return found[0]


def _layouts(words: Words, values: Collection[int]) -> Iterator[Layout]:
    for bits in _PAGE_BITS:
        mask = (1 << bits) - 1
        if all(value & mask in words for value in values):
            yield from (Layout(bits, start) for start in range(_LARGEST_AREA_START // WORD))


def _find_map_of_maps(words: Words, values: Iterable[int], layout: Layout) -> int | None:
    """Return the map of maps if every value points at an object in this layout."""
    bits, area_start = layout.page_bits, layout.area_start
    mask = (1 << bits) - 1
    meta_map = None
    for value in values:
        map_name = words[value & mask].get((value >> bits) - area_start)
        if map_name is None:
            return None
        map_of_map = words[map_name & mask].get((map_name >> bits) - area_start)
        if map_of_map is None or meta_map not in (None, map_of_map):
            return None
        meta_map = map_of_map
    if meta_map is None:
        return None
    own = words[meta_map & mask].get((meta_map >> bits) - area_start)
    return meta_map if own == meta_map else None
