"""How pointers are written in V8's read-only heap, which each of its versions does its own way.

A tagged slot, and a root, is a u32 here: page in the low bits, above them the offset in the page's
*chunk* in words (``EncodedTagged``). Neither the number of page bits nor where in its chunk the
area starts is stored. They are found by trial: every slot must point at the first word of an
object, which points at a map, whose own map is one and the same object, which is its own map. One
solution and no other makes this a strong check of the format as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from sealift.errors import FormatError
from sealift.formats.v8.tokens import WORD

_LARGEST_AREA_START = 0x2000
_PAGE_BITS = range(1, 20)

Words = dict[int, dict[int, int]]
"""By page, then by index of the word in the area: the u32 in every tagged slot."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a u32 names an object: bits of the page number, first word of the area in its chunk."""

    page_bits: int
    area_start: int


def solve(words: Words, roots: Iterable[int], known: Layout | None = None) -> tuple[Layout, int]:
    """Find the one layout in which all slots make sense, and the map of maps.

    Args:
        words: what is in the slots.
        roots: what is named besides.
        known: the layout, if it need not be found.

    Raises:
        FormatError: ``v8-read-only-heap``: there is none, or more than one.
    """
    values = {value for tagged in words.values() for value in tagged.values()} | set(roots)
    found = []
    for layout in [known] if known else _layouts(words, values):
        meta_map = _find_map_of_maps(words, values, layout)
        if meta_map is not None:
            found.append((layout, meta_map))
    if len(found) != 1:
        raise broken_heap(f"its pointers make sense in {len(found)} ways instead of one")
    return found[0]


def _layouts(words: Words, values: Collection[int]) -> Iterator[Layout]:
    for bits in _PAGE_BITS:
        mask = (1 << bits) - 1
        if all(value & mask in words for value in values):
            yield from (Layout(bits, start) for start in range(_LARGEST_AREA_START // WORD))


def _find_map_of_maps(words: Words, values: Iterable[int], layout: Layout) -> int | None:
    """Give the map of maps if every value points at an object in this layout."""
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


def broken_heap(what: str) -> FormatError:
    """Make the error of a read-only heap that is not as it should be."""
    return FormatError(
        "v8-read-only-heap",
        f"V8's read-only heap cannot be read: {what}.",
        "Use a stock Node binary, or ship this target's files as source.",
    )
