"""V8's read-only heap, read from the read-only part of a snapshot.

Opcodes (``ro::Bytecode`` in src/snapshot/read-only-serializer-deserializer.h; n: Uint30)::

    0  allocate page            n page, n size of its area in bytes
    1  allocate page at address (from V8 13 on; only with static roots, so never in Node)
    2  segment                  n page, n offset in the area, n size, the bytes
    3  relocate segment         a bit for each word of the segment, lowest first: 1 = tagged slot
    4  roots table              u32 for each read-only root
    5  end                      from V8 14 on followed by n and 3 or more 0A bytes

Before V8 13, opcode 1 does not exist and those after it are one less. V8 11 has tokens instead of
opcodes: `sealift.formats.v8.read_only_heap_11`.

Tagged slots and roots are u32s, see `sealift.formats.v8.pointer_layout`.

Objects used here (64 bits, no pointer compression; src/objects/map.h, string.h, name.h)::

    map      0 map, 8 u8 size of its objects in words (0: variable), 9 u8, 10 u8, 11 u8 visitor,
             12 u16 instance type, 14 u8, 15 u8, 16 u32 bit fields, ...
    string   0 map, 8 u32 hash, 12 u32 length, 16 characters of 1 or 2 bytes, zeros up to a word

Instance types below 0x80 are strings; bits 0-2: 0 = the characters are in place; bit 3: one byte
per character (src/objects/instance-type.h).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping

from msgspec import Struct

from sealift.formats import messages
from sealift.formats.v8.pointer_layout import Layout, Words, solve
from sealift.formats.v8.read_only_heap_11 import LAYOUT, allocate
from sealift.formats.v8.snapshot import Snapshot
from sealift.formats.v8.tokens import NOTHING, WORD, token_table
from sealift.formats.v8.uint30 import read_uint30

_broken = messages.V8_READ_ONLY_HEAP_BROKEN.error
_LARGEST_PAGE = 1 << 20
_MOST_PAGES = 64
_LARGEST_PADDING = 10  # 3, and then up to a multiple of 8 (Serializer::Pad)
_FIRST_NON_STRING = 0x80
_NOT_IN_PLACE = 0x07
_ONE_BYTE = 0x08


class HeapString(Struct, frozen=True, order=True):
    """A string whose characters are in place: instance type and characters as stored."""

    instance_type: int
    characters: bytes

    def __str__(self) -> str:
        encoding = "latin-1" if self.instance_type & _ONE_BYTE else "utf-16-le"
        return self.characters.decode(encoding, "replace")


class ReadOnlyHeap(Struct, frozen=True):
    """The objects of a read-only heap. An object is named by its u32, as in the snapshot.

    Attributes:
        slots: what every tagged slot points at, by the slot's own u32.
        areas: bytes of the pages.
        maps: bytes 8 to 20 of every map: size, visitor, instance type, bit fields.
        strings: every string that has its characters in place.
        roots: the read-only roots in V8's order.
        root_numbers: the first index in ``roots`` of every root.
        cache: objects that the start-up part names by index, in V8 11.
    """

    layout: Layout
    areas: Mapping[int, bytes]
    slots: Mapping[int, int]
    maps: Mapping[int, bytes]
    strings: Mapping[int, HeapString]
    roots: tuple[int, ...]
    root_numbers: Mapping[int, int]
    cache: tuple[int, ...]

    def place(self, name: int) -> tuple[int, int]:
        """Return an object's page, and its offset in the chunk, as code caches name it."""
        return name & (1 << self.layout.page_bits) - 1, (name >> self.layout.page_bits) * WORD

    def name(self, page: int, offset: int) -> int:
        """Return the u32 of the object at an offset in a page's chunk."""
        return page | offset // WORD << self.layout.page_bits

    def word(self, name: int, index: int) -> int | bytes:
        """Return word ``index`` of an object: the object that it points at, or its 8 bytes."""
        name += index << self.layout.page_bits
        if (target := self.slots.get(name)) is not None:
            return target
        page, offset = self.place(name)
        offset -= self.layout.area_start * WORD
        return self.areas[page][offset : offset + WORD]

    def shape(self, name: int) -> bytes:
        """Return the fields of an object's map, as in ``maps``."""
        return self.maps[self.slots[name]]

    def describe(self, name: int) -> str:
        """Return a description of an object that is the same in every heap with an equal object.

        Objects that it points at are described by their first root, a string's characters, or
        otherwise only their shape. Objects whose size is not in their map are described by their
        map alone, strings by their characters too.
        """
        if (string := self.strings.get(name)) is not None:
            return f"string {string.instance_type:#x} {string}"
        words = [self._reference(self.slots[name])]
        for index in range(1, self.shape(name)[0]):
            word = self.word(name, index)
            words.append(word.hex() if isinstance(word, bytes) else self._reference(word))
        if (own := self.maps.get(name)) is not None:
            words.append(f"map {own.hex()}")
        return ", ".join([self.shape(name).hex(), *words])

    def _reference(self, name: int) -> str:
        if (number := self.root_numbers.get(name)) is not None:
            return f"root {number}"
        if (string := self.strings.get(name)) is not None:
            return f"string {string.instance_type:#x} {string}"
        return f"shape {self.shape(name).hex()}"


def read_only_heap(snapshot: Snapshot) -> ReadOnlyHeap:
    """Return the read-only heap of a snapshot.

    Raises:
        FormatError: ``v8-format-unknown``, or ``v8-read-only-heap``: it does not follow the layout
            above.
    """
    cache: tuple[int, ...] = ()
    if token_table(snapshot.magic).read_only_tokens:
        areas, words, root_words, cache = allocate(snapshot)
        layout, meta_map = solve(words, (*root_words, *cache), LAYOUT)
    else:
        areas, words, root_words = _read_parts(snapshot)
        layout, meta_map = solve(words, root_words)
    bits = layout.page_bits
    slots = {
        page | index + layout.area_start << bits: value
        for page, tagged in words.items()
        for index, value in tagged.items()
    }
    maps = {}
    for page, tagged in words.items():
        for index, value in tagged.items():
            if value == meta_map:
                shape = areas[page][index * WORD + 8 : index * WORD + 20]
                if len(shape) != 12:
                    raise _broken(why="a map reaches out of its page")
                maps[page | index + layout.area_start << bits] = shape
    strings = dict(_strings(areas, words, maps, layout))
    root_numbers: dict[int, int] = {}
    for number, name in enumerate(root_words):
        root_numbers.setdefault(name, number)
    return ReadOnlyHeap(layout, areas, slots, maps, strings, root_words, root_numbers, cache)


def _read_parts(snapshot: Snapshot) -> tuple[dict[int, bytes], Words, tuple[int, ...]]:
    """Return the areas, the tagged words in each (index to value), and the roots."""
    data = snapshot.read_only
    segment = 2 if token_table(snapshot.magic).allocates_at_addresses else 1
    relocate, roots = segment + 1, segment + 2
    areas: dict[int, bytearray] = {}
    words: Words = {}
    at = 0
    try:
        while True:
            opcode = data[at]
            at += 1
            if opcode == 0:
                page, at = read_uint30(data, at)
                size, at = read_uint30(data, at)
                if size % WORD or size > _LARGEST_PAGE or len(areas) == _MOST_PAGES:
                    raise _broken(why=f"page {page} has {size} bytes, or there are too many")
                if page in areas:
                    raise _broken(why=f"page {page} occurs twice")
                areas[page], words[page] = bytearray(size), {}
            elif opcode == segment:
                page, at = read_uint30(data, at)
                offset, at = read_uint30(data, at)
                size, at = read_uint30(data, at)
                bitmap = at + size + 1
                if offset % WORD or size % WORD or offset + size > len(areas[page]):
                    raise _broken(why="a segment lies outside of its page")
                if data[at + size] != relocate:
                    raise _broken(why="a segment is not relocated")
                areas[page][offset : offset + size] = data[at : at + size]
                count = size // WORD
                at = bitmap + (count + 7) // 8
                tagged = _set_bits(data[bitmap:at], count)
                values = struct.unpack_from(f"<{count}Q", areas[page], offset)
                first = offset // WORD
                for index in tagged:
                    # Strong references only have the encoding in the low half.
                    words[page][first + index] = values[index] & 0xFFFF_FFFF
            elif opcode == roots:
                return {p: bytes(a) for p, a in areas.items()}, words, _roots(snapshot, at)
            else:
                raise _broken(why=f"opcode {opcode} is unknown")
    except (IndexError, KeyError, struct.error):
        raise _broken(why="it ends too early, or names a page that it does not have") from None


def _set_bits(bitmap: bytes, count: int) -> list[int]:
    bits = int.from_bytes(bitmap, "little")
    if bits >> count or len(bitmap) != (count + 7) // 8:
        raise _broken(why="a segment has more tagged slots than words")
    text = f"{bits:b}"[::-1]
    return [index for index, bit in enumerate(text) if bit == "1"]


def _roots(snapshot: Snapshot, at: int) -> tuple[int, ...]:
    """Return the roots table at ``at``; the end's opcode and padding follow it."""
    data, table = snapshot.read_only, token_table(snapshot.magic)
    end_opcode = 5 if table.allocates_at_addresses else 4
    counts = []
    most = (len(data) - at - 1) // 4
    for count in range(most, max(most - _LARGEST_PADDING, 0), -1):
        tail = data[at + 4 * count :]
        rest = 1
        if tail[0] != end_opcode:
            continue
        if table.read_only_size:
            try:
                _, rest = read_uint30(tail, 1)
            except IndexError:
                continue
        if not tail[rest:].strip(bytes([NOTHING])) and len(tail) - rest <= _LARGEST_PADDING:
            counts.append(count)
    if len(counts) != 1:
        raise _broken(why="the end of its roots is not clear")
    return struct.unpack_from(f"<{counts[0]}I", data, at)


def _strings(
    areas: Mapping[int, bytes], words: Words, maps: Mapping[int, bytes], layout: Layout
) -> Iterable[tuple[int, HeapString]]:
    for page, tagged in words.items():
        area = areas[page]
        for index, map_name in tagged.items():
            shape = maps.get(map_name)
            if shape is None:
                continue
            kind = int.from_bytes(shape[4:6], "little")
            if kind >= _FIRST_NON_STRING or kind & _NOT_IN_PLACE:
                continue
            begin = index * WORD + 16
            length = int.from_bytes(area[begin - 4 : begin], "little")
            end = begin + (length if kind & _ONE_BYTE else 2 * length)
            after = -(-end // WORD)
            if after * WORD > len(area) or any(area[end : after * WORD]):
                raise _broken(why="a string reaches out of its page, or has no zeros behind it")
            if any(word in tagged for word in range(index + 1, after)):
                raise _broken(why="a string has a pointer in it")
            name = page | index + layout.area_start << layout.page_bits
            yield name, HeapString(kind, area[begin:end])
