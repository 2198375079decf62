"""The tables in ``__LINKEDIT``: find them, leave out what is never loaded, and place them again.

Load commands point into ``__LINKEDIT`` with u32 file offsets, so all of them change when a new
segment precedes it. Positions in the commands (``mach-o/loader.h``)::

    LC_SYMTAB      8 symoff, 12 nsyms (x16)       16 stroff, 20 strsize
    LC_DYSYMTAB    8 ilocalsym, 12 nlocalsym      32 tocoff, 36 ntoc (x8)
                  16 iextdefsym, 20 nextdefsym    40 modtaboff, 44 nmodtab (x56)
                  24 iundefsym, 28 nundefsym      48 extrefsymoff, 52 nextrefsyms (x4)
                                                  56 indirectsymoff, 60 nindirectsyms (x4)
                                                  64 extreloff, 68 nextrel (x8)
                                                  72 locreloff, 76 nlocrel (x8)
    LC_DYLD_INFO   8, 16, 24, 32, 40: offset and size of rebase, bind, weak bind, lazy bind, export
    linkedit_data  8 dataoff, 12 datasize

    nlist_64, 16 bytes: u32 n_strx, u8 n_type, u8 n_sect, u16 n_desc, u64 n_value

    LC_DYLD_CHAINED_FIXUPS' data (``mach-o/fixup-chains.h``)
       0 u32 fixups_version   8 u32 imports_offset   16 u32 imports_count    24 u32 symbols_format
       4 u32 starts_offset   12 u32 symbols_offset   20 u32 imports_format
      at starts_offset: u32 seg_count, seg_count x u32 seg_info_offset (from starts_offset; 0: none)

**Segment count.** dyld refuses a program whose ``seg_count`` is not its number of segments
("seg_count does not match number of segments"; older releases of dyld accept it, that of macOS 27
does not). So the array grows with the new segment, and what follows it moves by 8 bytes.
The chains themselves refer to segments by index; those before ``__LINKEDIT`` keep theirs, and
``__LINKEDIT`` has no fixups. The opcodes of LC_DYLD_INFO index in the same way.

**Symbols.** Local symbols are for debuggers only: dyld binds by the export trie, the indirect
symbol table names imports, and both refer to the external part of the table. Like ``strip -x``, the
plan leaves out the local ones (a fifth of a Node binary). The linker writes the names of external
symbols first, so the string table is only cut off and no name moves.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Sequence
from itertools import pairwise
from sys import byteorder

from msgspec import Struct

from sealift.formats import messages
from sealift.formats.bounded_reader import BoundedReader
from sealift.formats.macho import headers
from sealift.formats.pieces import Copy, Literal, Piece, Zeros
from sealift.record import replace

_SYMBOL_SIZE = 16
_SYMBOLS_AT_ONCE = 1 << 14
_LONGEST_NAME = 1 << 20
_LARGEST_INDIRECT_TABLE = 1 << 24
_INDIRECT_SPECIAL = 0xC0000000  # INDIRECT_SYMBOL_LOCAL, INDIRECT_SYMBOL_ABS
_TYPE_MASK = 0x0E
_TYPE_INDIRECT = 0x0A  # N_INDR: n_value is an offset of a name too
_ALIGNMENT = 8

# Position of an offset in a command, position of its size or count, and size of an item.
_PAIR = ((8, 12, 1),)
_DYLD_INFO = tuple((at, at + 4, 1) for at in range(8, 48, 8))
_REFERENCES: dict[int, tuple[tuple[int, int, int], ...]] = {
    headers.LC_SYMTAB: ((8, 12, _SYMBOL_SIZE), (16, 20, 1)),
    headers.LC_DYSYMTAB: (
        (32, 36, 8),
        (40, 44, 56),
        (48, 52, 4),
        (56, 60, 4),
        (64, 68, 8),
        (72, 76, 8),
    ),
    headers.LC_DYLD_INFO: _DYLD_INFO,
    headers.LC_DYLD_INFO_ONLY: _DYLD_INFO,
    headers.LC_SEGMENT_SPLIT_INFO: _PAIR,
    headers.LC_FUNCTION_STARTS: _PAIR,
    headers.LC_DATA_IN_CODE: _PAIR,
    headers.LC_DYLIB_CODE_SIGN_DRS: _PAIR,
    headers.LC_LINKER_OPTIMIZATION_HINT: _PAIR,
    headers.LC_DYLD_EXPORTS_TRIE: _PAIR,
    headers.LC_DYLD_CHAINED_FIXUPS: _PAIR,
    headers.LC_ATOM_INFO: _PAIR,
    headers.LC_FUNCTION_VARIANTS: _PAIR,
    headers.LC_FUNCTION_VARIANT_FIXUPS: _PAIR,
}
_WITHOUT_REFERENCES = frozenset(
    {
        headers.LC_SEGMENT_64,
        headers.LC_CODE_SIGNATURE,  # written again
        headers.LC_UNIXTHREAD,
        headers.LC_LOAD_DYLIB,
        headers.LC_LOAD_DYLINKER,
        headers.LC_UUID,
        headers.LC_LAZY_LOAD_DYLIB,
        headers.LC_VERSION_MIN_MACOSX,
        headers.LC_DYLD_ENVIRONMENT,
        headers.LC_MAIN,  # an offset into __TEXT, which does not move
        headers.LC_SOURCE_VERSION,
        headers.LC_BUILD_VERSION,
        headers.LC_LOAD_WEAK_DYLIB,
        headers.LC_RPATH,
        headers.LC_REEXPORT_DYLIB,
        headers.LC_LOAD_UPWARD_DYLIB,
    }
)
_FIXUPS = struct.Struct("<7I")

_malformed = messages.MACHO_MALFORMED.error
_unsupported = messages.MACHO_UNSUPPORTED.error


class Table(Struct, frozen=True):
    """One table in ``__LINKEDIT``.

    Attributes:
        command: index of the load command that points to it.
        field: position of its u32 file offset in that command.
        offset: where it is in the Node binary.
        pieces: what is written for it.
    """

    command: int
    field: int
    offset: int
    pieces: tuple[Piece, ...]

    @property
    def size(self) -> int:
        """Bytes that are written for it."""
        return sum(piece.size for piece in self.pieces)


def find_tables(commands: Sequence[bytearray], start: int, end: int) -> list[Table]:
    """Return the tables that the load commands point to, in file order.

    Args:
        start, end: file offsets of ``__LINKEDIT``.

    Raises:
        FormatError: a table is outside of ``__LINKEDIT``, two overlap, or a load command is
            unknown (it might contain file offsets too).
    """
    tables = []
    for index, command in enumerate(commands):
        kind = _u32(command, 0)
        if kind not in _REFERENCES and kind not in _WITHOUT_REFERENCES:
            raise _unsupported(what=f"load command 0x{kind:x}")
        for field, count_field, unit in _REFERENCES.get(kind, ()):
            if len(command) < count_field + 4:
                raise _malformed(why=f"load command 0x{kind:x} is too short")
            offset = _u32(command, field)
            size = _u32(command, count_field) * unit
            if offset == 0 and size == 0:
                continue
            if not start <= offset <= end or size > end - offset:
                raise _malformed(why=f"load command 0x{kind:x} points outside of __LINKEDIT")
            tables.append(Table(index, field, offset, (Copy(offset, size),)))
    tables.sort(key=lambda table: (table.offset, table.size))
    for before, after in pairwise(tables):
        if before.offset + before.size > after.offset:
            raise _malformed(why="tables in __LINKEDIT overlap")
    return tables


def place(
    tables: Iterable[Table], commands: Sequence[bytearray], offset: int
) -> tuple[list[Piece], int]:
    """Place the tables from file offset ``offset`` on, and write their places into the commands.

    Returns:
        The pieces, and the file offset after them.
    """
    pieces: list[Piece] = []
    for table in tables:
        padding = -offset % _ALIGNMENT
        if padding:
            pieces.append(Zeros(padding))
        offset += padding
        struct.pack_into("<I", commands[table.command], table.field, offset & 0xFFFFFFFF)
        pieces += table.pieces
        offset += table.size
    return pieces, offset


def without_local_symbols(
    reader: BoundedReader, tables: list[Table], commands: Sequence[bytearray]
) -> list[Table]:
    """Leave out the local symbols if nothing else refers to them; adapt the commands' counts."""
    kinds = [_u32(command, 0) for command in commands]
    if kinds.count(headers.LC_SYMTAB) != 1 or kinds.count(headers.LC_DYSYMTAB) != 1:
        return tables
    symtab_index = kinds.index(headers.LC_SYMTAB)
    dysymtab_index = kinds.index(headers.LC_DYSYMTAB)
    symtab, dysymtab = commands[symtab_index], commands[dysymtab_index]
    first_local, locals_, first_defined, defined, first_undefined, undefined = struct.unpack_from(
        "<6I", dysymtab, 8
    )
    in_standard_order = (first_local, first_defined, first_undefined) == (
        0,
        locals_,
        locals_ + defined,
    )
    others = sum(_u32(dysymtab, count) for count in (36, 44, 52, 68, 76))
    if not in_standard_order or others or _u32(symtab, 12) != locals_ + defined + undefined:
        return tables
    by_field = {(table.command, table.field): table for table in tables}
    symbols = by_field.get((symtab_index, 8))
    names = by_field.get((symtab_index, 16))
    indirect = by_field.get((dysymtab_index, 56))
    if locals_ == 0 or symbols is None or names is None:
        return tables

    kept_symbols = Copy(
        symbols.offset + locals_ * _SYMBOL_SIZE, (defined + undefined) * _SYMBOL_SIZE
    )
    names_size = _used_names(reader, kept_symbols, names)
    renumbered = _renumbered(reader, indirect, locals_)
    if names_size is None or renumbered is None:
        return tables
    changed = {
        symbols: replace(symbols, pieces=(kept_symbols,)),
        names: replace(names, pieces=(Copy(names.offset, names_size),)),
    }
    if indirect:
        changed[indirect] = replace(indirect, pieces=(Literal(renumbered),))
    struct.pack_into("<I", symtab, 12, defined + undefined)
    struct.pack_into("<I", symtab, 20, names_size)
    struct.pack_into("<6I", dysymtab, 8, 0, 0, 0, defined, defined, undefined)
    return [changed.get(table, table) for table in tables]


def _used_names(reader: BoundedReader, symbols: Copy, names: Table) -> int | None:
    """Return how much of the string table these symbols need; None if that is not certain."""
    last = 0
    end = symbols.offset + symbols.size
    for offset in range(symbols.offset, end, _SYMBOLS_AT_ONCE * _SYMBOL_SIZE):
        data = reader.read(offset, min(_SYMBOLS_AT_ONCE * _SYMBOL_SIZE, end - offset))
        if any(kind & _TYPE_MASK == _TYPE_INDIRECT for kind in set(data[4::_SYMBOL_SIZE])):
            return None
        last = max(last, max(_words(data)[::4]))
    if last >= names.size:
        raise _malformed(why="a symbol's name is outside of the string table")
    rest = reader.read(names.offset + last, min(_LONGEST_NAME, names.size - last))
    length = rest.find(b"\0")
    return None if length < 0 else last + length + 1


def _renumbered(reader: BoundedReader, indirect: Table | None, dropped: int) -> bytes | None:
    """Return the indirect symbol table for a table without its first ``dropped`` symbols.

    None if it refers to one of these.
    """
    if indirect is None:
        return b""
    if indirect.size > _LARGEST_INDIRECT_TABLE:
        return None
    indices = _words(reader.read(indirect.offset, indirect.size))
    for position, index in enumerate(indices):
        if index & _INDIRECT_SPECIAL:
            continue
        if index < dropped:
            return None
        indices[position] = index - dropped
    if byteorder == "big":
        indices.byteswap()
    return indices.tobytes()


def with_more_segments(
    reader: BoundedReader,
    tables: list[Table],
    commands: Sequence[bytearray],
    segments: int,
    last: int,
) -> list[Table]:
    """Change the segment count of the chained fixups, if there are any, to ``segments``.

    Args:
        last: index that ``__LINKEDIT`` had; it and later segments must have no fixups.

    Raises:
        FormatError: the chained fixups are malformed, or ``__LINKEDIT`` has some.
    """
    return [
        _with_more_segments(reader, table, commands[table.command], segments, last)
        if _u32(commands[table.command], 0) == headers.LC_DYLD_CHAINED_FIXUPS
        else table
        for table in tables
    ]


def _with_more_segments(
    reader: BoundedReader, table: Table, command: bytearray, segments: int, last: int
) -> Table:
    if table.size < _FIXUPS.size + 4:
        raise _malformed(why="the chained fixups are cut off")
    fields = list(_FIXUPS.unpack(reader.read(table.offset, _FIXUPS.size)))
    version, starts = fields[:2]
    if version != 0:
        raise _unsupported(what=f"chained fixups of version {version}")
    if starts < _FIXUPS.size or starts % 4 or starts + 4 > table.size:
        raise _malformed(why="the chained fixups' starts are outside of them")
    (count,) = struct.unpack("<I", reader.read(table.offset + starts, 4))
    array_end = starts + 4 + 4 * count
    if count > segments or array_end > table.size:
        raise _malformed(why="the chained fixups have more segments than the file")
    between = reader.read(table.offset + _FIXUPS.size, starts - _FIXUPS.size)
    infos = list(struct.unpack(f"<{count}I", reader.read(table.offset + starts + 4, 4 * count)))
    if any(infos[last:]):
        raise _unsupported(what="chained fixups in __LINKEDIT")
    grown = -(-4 * (segments - count) // 8) * 8
    if any(info and starts + info < array_end for info in infos):
        raise _malformed(why="a segment's chained fixups overlap their index")
    if min(fields[2], fields[3]) < array_end:
        raise _malformed(why="the chained fixups' imports overlap their index")
    fields[2] += grown
    fields[3] += grown
    infos = [info and info + grown for info in infos] + [0] * (segments - count)
    index = struct.pack(f"<I{segments}I", segments, *infos)
    head = _FIXUPS.pack(*fields) + between + index.ljust(4 + 4 * count + grown, b"\0")
    rest = Copy(table.offset + array_end, table.size - array_end)
    struct.pack_into("<I", command, 12, table.size + grown)
    return replace(table, pieces=(Literal(head), rest))


def _u32(data: bytes | bytearray, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 4], "little")


def _words(data: bytes) -> array[int]:
    words = array("I")
    words.frombytes(data)
    if byteorder == "big":
        words.byteswap()
    return words
