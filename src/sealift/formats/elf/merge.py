r"""The plan of a merged ELF: a musl Node, its shared libraries, musl and a blob in one file.

The kernel maps the complete result: it names no interpreter, and its entry point is that of musl's
dynamic loader. The file's contents, in the same order as in memory; each segment is on pages of its
own::

    node's segments     at their own addresses, zero-filled to the end of the page; nothing else of
                        its file (symbols, section headers); changed in the ELF header, the fuse,
                        and DT_RPATH
    headers             the kernel's program header table: PT_PHDR, every PT_LOAD, PT_GNU_STACK,
                        PT_NOTE with the blob, for tools; then node's table, which musl reads
    libraries, musl     each as it is in memory, zeros included: one PT_LOAD a segment
    note                as in `sealift.formats.elf.plan`: u32 14, u32 size of the blob, u32 0,
                        "NODE_SEA_BLOB\0", two zero bytes, the blob, zeros to a multiple of 4

Node's table is that of its file, except for: offsets; PT_PHDR, with the table's new place (from
which musl computes the load address); 8 MiB in PT_GNU_STACK (from which musl takes the size of
threads' stacks; the default is 128 KiB); one more PT_NOTE, last, with the blob (which Node finds
there). With one table only, ``dladdr`` and the unwinder would take the libraries for node.

musl reads a structure in itself before it is relocated; so each address in it is relative to the
structure's own address, modulo 2^64 (`sealift.musl` describes it too)::

    "LSTATIC-EMBED\1\2\3", u64 address of musl, u64 address of node's table, u64 entries in
    it, u64 node's entry, u64 libraries; 6 x {u64 address, char name[56], char alias[24]}

A library is found by its own name (DT_SONAME) and by the name that others use for it, its alias.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from msgspec import Struct

from sealift.errors import FormatError
from sealift.formats import messages
from sealift.formats.elf.headers import (
    PF_R,
    PF_X,
    PT_GNU_STACK,
    PT_LOAD,
    PT_NOTE,
    PT_PHDR,
    ProgramHeader,
    interpreter,
    pack_entry,
)
from sealift.formats.elf.merge_input import Part, embedded_names, read_part
from sealift.formats.elf.plan import BEFORE_NOTE, blob_note, changed_header
from sealift.formats.node_facts import NodeFacts, scan
from sealift.formats.pieces import BlobHere, Copy, Literal, Piece, Plan, Zeros
from sealift.record import replace

MAGIC = b"LSTATIC-EMBED\x01\x02\x03"
_MOST_LIBRARIES = 6
_ENTRY_SIZE = 56
_LIBRARY = struct.Struct("<Q56s24s")
_BLOCK_SIZE = len(MAGIC) + 5 * 8 + _MOST_LIBRARIES * _LIBRARY.size
_THREAD_STACK = 8 << 20
_LARGEST_LIBRARY = 64 << 20
_DT_CHECKSUM = 0x6FFFFDF8  # a tag that loaders ignore

Changes = dict[int, bytes]
"""Bytes that replace a part's own, by file offset."""


class _Placed(Struct, frozen=True):
    """A part at its address, ``base``; ``loads`` are its PT_LOADs in the result, in order."""

    part: Part
    base: int
    loads: tuple[ProgramHeader, ...]


def plan_merged(
    node: BinaryIO,
    libraries: Sequence[tuple[str, BinaryIO]],
    musl_file: BinaryIO,
    facts: NodeFacts,
    blob_size: int,
) -> Plan:
    """Return the plan of one executable with all of the files and a blob of ``blob_size`` bytes.

    Args:
        node: a Node binary for musl, dynamically linked.
        libraries: name that others use (DT_NEEDED), and file, of each.
        musl_file: musl, changed for merging (`sealift.musl`).
        facts: of ``node``.

    Raises:
        FormatError: ``elf-broken``; ``elf-layout``: a part is not as a linker makes it;
            ``library-missing``; ``musl-unusable``; ``blob-too-large``.
    """
    around = blob_note("<", blob_size)
    program = read_part("Node", 0, node)
    machine = program.elf.machine
    shared = [
        read_part(name, number, file, machine) for number, (name, file) in enumerate(libraries, 1)
    ]
    musl = read_part("musl", 1 + len(shared), musl_file, machine)
    names = embedded_names(program, [name for name, _ in libraries], shared, musl)
    if "ld-musl" not in interpreter(program.elf):
        raise program.layout("its dynamic loader is not musl's")

    # The order in file and memory: node, the two tables, the other parts, and the note.
    page = program.elf.page_size
    placed = [_place_program(program)]
    headers_at, position = program.end, _up(_file_end(placed[0]), page)
    count = len(program.elf.loads) + sum(len(part.elf.loads) for part in [*shared, musl])
    kernel_size = (count + 5) * _ENTRY_SIZE
    node_size = (len(program.elf.segments) + 1) * _ENTRY_SIZE
    headers = _segment(PT_LOAD, position, headers_at, _up(kernel_size + node_size, page), page)
    position, address = headers.offset + headers.filesz, headers.vaddr + headers.filesz
    for part in [*shared, musl]:
        base = _up(address, part.alignment)
        placed.append(_place_image(part, base, position))
        position, address = position + part.end, base + part.end
    note_size = around.size - BEFORE_NOTE
    note = _segment(PT_NOTE, position + BEFORE_NOTE, address + BEFORE_NOTE, note_size, 4)

    loads = [*placed[0].loads, headers, *(load for one in placed[1:] for load in one.loads)]
    loads.append(_segment(PT_LOAD, position, address, around.size, page))
    own = _segment(PT_PHDR, headers.offset, headers.vaddr, kernel_size, 8)
    kernel = [own, *loads, program.only(PT_GNU_STACK), note]
    own = _segment(PT_PHDR, own.offset + kernel_size, own.vaddr + kernel_size, node_size, 8)
    table = [*(_as_musl_reads_it(one, placed[0].loads, own) for one in program.elf.segments), note]
    tables = b"".join(pack_entry(64, "<", segment) for segment in kernel + table)
    assert len(tables) == kernel_size + node_size

    changes = [_without_search_path(part) for part in (program, *shared, musl)]
    entry = placed[-1].base + _entry(musl)
    changes[0][0] = changed_header(program.elf, headers.offset, len(kernel), entry)
    program.address(facts.fuse_offset, 1)
    changes[0][facts.fuse_offset] = b"1"
    changes[-1] |= _block(placed, own.vaddr, len(table), names)
    output = _Output()
    output.put(placed[0], changes[0])
    output.literal(headers.offset, tables)
    for one, changed in zip(placed[1:], changes[1:], strict=True):
        output.put(one, changed)
    output.literal(position, around.head)
    output.add(BlobHere(blob_size))
    output.add(Zeros(around.padding))
    return Plan(tuple(output.pieces))


def _place_program(part: Part) -> _Placed:
    """Return Node's own segments at new places in the file and their own addresses."""
    page = part.elf.page_size
    position = 0
    loads = []
    for load in part.elf.loads:
        position += (load.vaddr - position) % max(page, load.align)
        # musl gives the rest of the last page to its allocator: it must exist on every machine,
        # even if it takes several of the machine's pages.
        end = _up(load.vaddr + load.memsz, page) if load.memsz > load.filesz else 0
        loads.append(replace(load, offset=position, memsz=max(load.memsz, end - load.vaddr)))
        position = _up(position + load.filesz, page)
    return _Placed(part, 0, tuple(loads))


def _place_image(part: Part, base: int, position: int) -> _Placed:
    """Return a library's segments, laid out in the file as in memory, in whole pages."""
    page = part.elf.page_size
    if part.end > _LARGEST_LIBRARY:
        raise part.layout("it is larger than any library of Node's")
    loads = []
    for load in part.elf.loads:
        start = load.vaddr - load.vaddr % page
        size = _up(load.vaddr + load.memsz, page) - start
        loads.append(
            replace(_segment(PT_LOAD, position + start, base + start, size, page), flags=load.flags)
        )
    return _Placed(part, base, tuple(loads))


def _file_end(placed: _Placed) -> int:
    return max(load.offset + load.filesz for load in placed.loads)


def _as_musl_reads_it(
    segment: ProgramHeader, loads: Sequence[ProgramHeader], own: ProgramHeader
) -> ProgramHeader:
    """Return an entry of Node's table as it is in the table that musl reads."""
    if segment.type == PT_PHDR:
        return own
    if segment.type == PT_GNU_STACK:
        return replace(segment, memsz=max(segment.memsz, _THREAD_STACK))
    end = segment.vaddr + segment.filesz
    load = next(one for one in loads if one.vaddr <= segment.vaddr and end <= one.vaddr + one.memsz)
    return replace(segment, offset=load.offset + segment.vaddr - load.vaddr)


def _without_search_path(part: Part) -> Changes:
    """Return the changes that remove DT_RPATH, so that no library on the disk is loaded by it."""
    return {offset: struct.pack("<QQ", _DT_CHECKSUM, 0) for offset in part.search_path_entries()}


def _entry(musl: Part) -> int:
    (entry,) = struct.unpack_from("<Q", musl.elf.header, 24)
    for load in musl.elf.loads:
        if load.flags & PF_X and load.vaddr <= entry < load.vaddr + load.filesz:
            return int(entry)
    raise _unusable("its entry is not in its code")


def _block(
    placed: Sequence[_Placed], table_at: int, entries: int, names: Sequence[tuple[str, str]]
) -> Changes:
    """Return the change that fills in musl's structure, which lists what is merged with it."""
    if len(names) > _MOST_LIBRARIES:
        raise _unusable(f"it supports {_MOST_LIBRARIES} libraries, and Node needs {len(names)}")
    program, musl = placed[0].part, placed[-1].part
    found = [offset for _, offset, _, _ in scan(musl.file, (MAGIC,))]
    if len(found) != 1:
        raise _unusable(f"it has {len(found)} structures for merged files instead of 1")
    here = placed[-1].base + musl.address(found[0], _BLOCK_SIZE)
    musl.file.seek(found[0] + len(MAGIC))
    if here % 8 or any(musl.file.read(_BLOCK_SIZE - len(MAGIC))):
        raise _unusable("it is merged with another program already")

    def relative(address: int) -> int:
        return (address - here) % (1 << 64)

    (start,) = struct.unpack_from("<Q", program.elf.header, 24)
    addresses = relative(placed[-1].base), relative(table_at), entries, relative(start)
    block = MAGIC + struct.pack("<QQQQQ", *addresses, len(names))
    for one, both in zip(placed[1:-1], names, strict=True):
        name, alias = (text.encode() for text in both)
        if len(name) >= 56 or len(alias) >= 24:
            raise _unusable(f"it has no room for the name {both[0]}")
        block += _LIBRARY.pack(relative(one.base), name, alias)
    return {found[0]: block}


class _Output:
    """Collect the pieces of a file, in order; gaps are filled with zeros."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self._position = 0

    def literal(self, position: int, data: bytes) -> None:
        """Put bytes at a position in the file."""
        self._pad(position)
        self.add(Literal(data))

    def put(self, placed: _Placed, changes: Changes) -> None:
        """Put the bytes of a part's segments where they have been placed."""
        for load, mapped in zip(placed.part.elf.loads, placed.loads, strict=True):
            self._pad(mapped.offset + placed.base + load.vaddr - mapped.vaddr)
            end = load.offset + load.filesz
            for piece in _changed(placed.part.source, load.offset, end, changes):
                self.add(piece)

    def add(self, piece: Piece) -> None:
        """Append a piece, unless it is empty."""
        self._position += piece.size
        if piece.size:
            self.pieces.append(piece)

    def _pad(self, position: int) -> None:
        assert position >= self._position
        self.add(Zeros(position - self._position))


def _changed(source: int, start: int, end: int, changes: Changes) -> Iterator[Piece]:
    """Yield pieces with a part's bytes from ``start`` to ``end``, and the changes among them."""
    for offset in sorted(changes):
        if start <= offset < end:
            yield Copy(start, offset - start, source)
            yield Literal(changes[offset])
            start = offset + len(changes[offset])
    yield Copy(start, end - start, source)


def _segment(kind: int, offset: int, address: int, size: int, align: int) -> ProgramHeader:
    return ProgramHeader(kind, PF_R, offset, address, address, size, size, align)


def _up(number: int, to: int) -> int:
    return -(-number // to) * to


def _unusable(why: str) -> FormatError:
    return messages.MUSL_UNUSABLE.error(why=why)
