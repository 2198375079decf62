"""Check ``__LINKEDIT`` of a macOS executable against that of its base.

Its tables (``mach-o/loader.h``, ``nlist.h``, ``fixup-chains.h``) follow one another, aligned, in
the segment, and mean the same as the base's:

- symbols: the base's, or the base's without the local ones; then the numbers in the indirect symbol
  table are smaller by as many, and the string table is the beginning of the base's and contains
  every name;
- chained fixups: the same starts, imports and names, and one more segment in the count;
- all others: the same bytes.

The blob's segment and ``__LINKEDIT`` have no fixups, because their indices differ from the base's.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO, NamedTuple

from sealift.verify import macho_image as image_of
from sealift.verify.comparing import must_equal, read_exactly, wrong
from sealift.verify.macho_image import MachImage, u32s
from sealift.verify.macho_opcodes import check_opcodes

# Name, positions of offset and count in the command, item size, alignment.
_References = tuple[tuple[str, int, int, int, int], ...]
_DATA: _References = (("data", 8, 12, 1, 8),)
_INFO: _References = tuple(
    (name, 8 + 8 * index, 12 + 8 * index, 1, 8)
    for index, name in enumerate(("rebase", "bind", "weak bind", "lazy bind", "exports"))
)
_REFERENCES: dict[int, _References] = {
    image_of.SYMTAB: (("symbols", 8, 12, 16, 8), ("names", 16, 20, 1, 1)),
    image_of.DYSYMTAB: (
        ("contents", 32, 36, 8, 8),
        ("modules", 40, 44, 56, 8),
        ("references", 48, 52, 4, 4),
        ("indirect", 56, 60, 4, 4),
        ("external relocations", 64, 68, 8, 8),
        ("local relocations", 72, 76, 8, 8),
    ),
    image_of.DYLD_INFO: _INFO,
    image_of.DYLD_INFO_ONLY: _INFO,
    image_of.CHAINED_FIXUPS: _DATA,
    image_of.EXPORTS_TRIE: _DATA,
    image_of.FUNCTION_STARTS: _DATA,
    image_of.DATA_IN_CODE: _DATA,
    0x1E: _DATA,  # segment split info
    0x2B: _DATA,  # signing requirements of libraries
    0x2E: _DATA,  # linker optimisation hints
    0x36: _DATA,  # atoms
    0x37: _DATA,  # function variants
    0x38: _DATA,  # function variant fixups
}
# Counts that may differ from the base's: those of symbols, names and chained fixups.
_COUNTS = {
    image_of.SYMTAB: ((12, 4), (20, 4)),
    image_of.DYSYMTAB: ((8, 24),),
    image_of.CHAINED_FIXUPS: ((12, 4),),
}
_CHUNK = 1 << 18
_LONGEST_GAP = 16
_SPECIAL = 0xC0000000


class _Table(NamedTuple):
    offset: int
    size: int
    alignment: int

    @property
    def end(self) -> int:
        return self.offset + self.size


class _SymbolCounts(NamedTuple):
    total: int
    first_local: int
    locals: int
    first_defined: int
    defined: int
    first_undefined: int
    undefined: int


_Tables = dict[tuple[int, str], _Table]


def same_but_for_references(kind: int, ours: bytes, theirs: bytes) -> bool:
    """Return True if a load command equals the base's except for ``__LINKEDIT``'s offsets."""
    if len(ours) != len(theirs):
        return False
    masked = [bytearray(ours), bytearray(theirs)]
    fields = [(offset, 4) for _, offset, _, _, _ in _REFERENCES.get(kind, ())]
    for data in masked:
        for at, size in (*fields, *_COUNTS.get(kind, ())):
            data[at : at + size] = bytes(size)
    return masked[0] == masked[1]


def check_linkedit(file: BinaryIO, base: BinaryIO, image: MachImage, original: MachImage) -> None:
    """Check all tables of ``image`` except the code signature.

    Raises:
        FormatError: ``verification-failed``.
    """
    tables, originals = _tables(image), _tables(original)
    _check_order(file, image, tables)
    special = {(image_of.CHAINED_FIXUPS, "data")}
    if dropped := _check_symbol_counts(image, original):
        special |= {
            (image_of.SYMTAB, "symbols"),
            (image_of.SYMTAB, "names"),
            (image_of.DYSYMTAB, "indirect"),
        }
    for key, table in tables.items():
        theirs = originals.get(key, _Table(0, 0, 1))
        if key in special:
            continue
        if table.size != theirs.size:
            raise wrong(
                f"its {key[1]} (load command {key[0]:#x}) have another size than the base's"
            )
        must_equal(file, table.offset, base, theirs.offset, table.size, f"its {key[1]}")
    if dropped:
        _check_symbols(file, base, tables, originals, dropped)
    for kind in (image_of.DYLD_INFO, image_of.DYLD_INFO_ONLY):
        for name in ("rebase", "bind", "weak bind", "lazy bind"):
            if found := tables.get((kind, name)):
                data = read_exactly(file, found.offset, found.size)
                sizes = [segment.size for segment in original.segments[:-1]]
                check_opcodes(data, name == "rebase", sizes)
    fixups = (image_of.CHAINED_FIXUPS, "data")
    if fixups in tables:
        _check_fixups(file, base, tables[fixups], originals[fixups], image)


def _tables(image: MachImage) -> _Tables:
    tables: _Tables = {}
    for kind, data in image.commands:
        for name, offset_at, count_at, unit, alignment in _REFERENCES.get(kind, ()):
            offset, count = u32s(data, offset_at)[0], u32s(data, count_at)[0]
            if (kind, name) in tables:
                raise wrong(f"load command {kind:#x} occurs twice")
            if offset or count:
                tables[kind, name] = _Table(offset, count * unit, alignment)
    return tables


def _check_order(file: BinaryIO, image: MachImage, tables: _Tables) -> None:
    """Check that tables are aligned, do not overlap, and have only padding between them."""
    command = image.find(image_of.CODE_SIGNATURE, 16)
    if command is None:
        raise wrong("it has no code signature")
    signature, size = u32s(command, 8, 2)
    start = image.linkedit.offset
    if signature % 16 or signature + size != image.linkedit.file_end or not size:
        raise wrong("its code signature is not at the end of __LINKEDIT, aligned")
    spans = sorted((table.offset, table.end) for table in tables.values())
    if any(table.offset % table.alignment for table in tables.values()):
        raise wrong("a table in __LINKEDIT is not aligned")
    for (_, end), (offset, _) in pairwise([(start, start), *spans, (signature, signature)]):
        if not 0 <= offset - end < _LONGEST_GAP:
            raise wrong("tables in __LINKEDIT overlap or leave a gap")
        if any(read_exactly(file, end, offset - end)):
            raise wrong("the padding in __LINKEDIT is not of zeros")


def _check_symbol_counts(image: MachImage, original: MachImage) -> int:
    """Check the counts in both load commands; return how many local symbols were left out."""
    ours, theirs = _symbol_counts(image), _symbol_counts(original)
    if ours == theirs:
        return 0
    dropped = theirs.locals
    expected = _SymbolCounts(
        theirs.total - dropped,
        *(0, 0),
        *(theirs.first_defined - dropped, theirs.defined),
        *(theirs.first_undefined - dropped, theirs.undefined),
    )
    if theirs.first_local or ours != expected or ours.first_defined:
        raise wrong("its symbols are not the base's without the local ones")
    if ours.first_undefined != ours.defined or ours.total != ours.defined + ours.undefined:
        raise wrong("its symbols are not in the order that dyld expects")
    return dropped


def _symbol_counts(image: MachImage) -> _SymbolCounts:
    symtab, dysymtab = image.find(image_of.SYMTAB, 24), image.find(image_of.DYSYMTAB, 80)
    if symtab is None or dysymtab is None:
        raise wrong("it has no symbol tables")
    return _SymbolCounts(*u32s(symtab, 12), *u32s(dysymtab, 8, 6))


def _check_symbols(
    file: BinaryIO, base: BinaryIO, tables: _Tables, originals: _Tables, dropped: int
) -> None:
    symbols, names = tables[image_of.SYMTAB, "symbols"], tables[image_of.SYMTAB, "names"]
    their_symbols = originals[image_of.SYMTAB, "symbols"]
    their_names = originals[image_of.SYMTAB, "names"]
    offset = their_symbols.offset + 16 * dropped
    must_equal(file, symbols.offset, base, offset, symbols.size, "its symbols")
    if names.size > their_names.size:
        raise wrong("its string table is longer than the base's")
    must_equal(file, names.offset, base, their_names.offset, names.size, "its string table")
    if names.size == 0 or read_exactly(file, names.end - 1, 1) != b"\0":
        raise wrong("its string table ends inside a name")
    for data in _chunks(file, symbols):
        if any(name >= names.size for name, _ in struct.iter_unpack("<I12s", data)):
            raise wrong("a symbol's name is not in its string table")
    indirect = tables.get((image_of.DYSYMTAB, "indirect"))
    if indirect is None:
        return
    theirs = originals[image_of.DYSYMTAB, "indirect"]
    if theirs.size != indirect.size:
        raise wrong("its indirect symbols are not as many as the base's")
    for ours, original in zip(_chunks(file, indirect), _chunks(base, theirs), strict=True):
        numbers = struct.iter_unpack("<I", original)
        expected = [n if n & _SPECIAL else n - dropped for (n,) in numbers]
        if min(expected, default=0) < 0 or ours != struct.pack(f"<{len(expected)}I", *expected):
            raise wrong("its indirect symbols are not the base's")


def _chunks(file: BinaryIO, table: _Table) -> Iterator[bytes]:
    for at in range(table.offset, table.end, _CHUNK):
        yield read_exactly(file, at, min(_CHUNK, table.end - at))


def _check_fixups(
    file: BinaryIO, base: BinaryIO, table: _Table, original: _Table, image: MachImage
) -> None:
    ours, our_starts = _fixups(file, table)
    theirs, their_starts = _fixups(base, original)
    count = len(image.segments)
    if ours[:2] != (0, theirs[1]) or ours[4:] != theirs[4:]:
        raise wrong("its chained fixups have another header than the base's")
    must_equal(file, table.offset + 28, base, original.offset + 28, ours[1] - 28, "their header")
    if len(our_starts) != count:
        raise wrong(f"its chained fixups are for {len(our_starts)} segments of {count}")
    wanted = [*their_starts[: count - 2], *[0] * (count - len(their_starts[: count - 2]))]
    if any(their_starts[count - 2 :]):
        raise wrong("there are fixups in __LINKEDIT")
    text = image.segment(b"__TEXT").address
    for index, (mine, its) in enumerate(zip(our_starts, wanted, strict=True)):
        if bool(mine) != bool(its):
            raise wrong(f"the fixups of segment {index} are not the base's")
        if mine:
            place = table.offset + ours[1] + mine
            size = u32s(read_exactly(file, place, 4), 0)[0]
            if size < 22 or place + size > table.offset + ours[2]:
                raise wrong(f"the fixups of segment {index} reach into the imports")
            must_equal(file, place, base, original.offset + theirs[1] + its, size, "its fixups")
            (address,) = struct.unpack("<Q", read_exactly(file, place + 8, 8))
            if address != image.segments[index].address - text:
                raise wrong(f"the fixups of segment {index} are of another segment")
    for field, end, their_end in (
        (2, ours[3], theirs[3]),
        (3, table.size, original.size),
    ):
        size = end - ours[field]
        if size < 0 or size != their_end - theirs[field] or ours[field] % 4:
            raise wrong("its imports have another size than the base's")
        at = table.offset + ours[field]
        must_equal(file, at, base, original.offset + theirs[field], size, "its imports")


def _fixups(file: BinaryIO, table: _Table) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the header of chained fixups and the offsets of the segments' starts."""
    header = u32s(read_exactly(file, table.offset, min(table.size, 28)), 0, 7)
    starts = header[1]
    if not 28 <= starts <= table.size - 4 or starts % 4:
        raise wrong("its chained fixups have no starts")
    count = u32s(read_exactly(file, table.offset + starts, 4), 0)[0]
    if count > 256 or starts + 4 + 4 * count > min(header[2], header[3], table.size):
        raise wrong("the starts of its chained fixups overlap its imports")
    return header, u32s(read_exactly(file, table.offset + starts + 4, 4 * count), 0, count)
