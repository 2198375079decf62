r"""The plan of an ELF executable: a Node binary with the blob in a new note.

Node asks ``dl_iterate_phdr`` for the main program's PT_NOTE segments and uses the note with the
name ``NODE_SEA_BLOB`` (``postject-api.h``). So the file needs a note in memory: a new PT_LOAD, and
a PT_NOTE that points at it. The program header table has no room for two more entries, so it moves
to the new segment. New file::

    all bytes up to the end of the last PT_LOAD's file part, changed only in the ELF header
    (e_phoff, e_phnum, no section headers) and in the fuse
    zeros up to the next page
    program header table      one more PT_LOAD, after the others; one more PT_NOTE, last
    four zero bytes           so that the blob begins at a multiple of 8
    note header               u32 namesz = 14, u32 descsz = size of the blob, u32 type = 0,
                              "NODE_SEA_BLOB\0", two zero bytes
    blob                      and zeros to a multiple of 4 bytes

Bytes after the last PT_LOAD of the Node binary (debug information, symbol table, section headers)
are never loaded and are left out; so are segments that take no memory.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct

from sealift.errors import FormatError
from sealift.formats import messages
from sealift.formats.elf.headers import (
    NOTE_NAME,
    PF_R,
    PT_LOAD,
    PT_NOTE,
    PT_PHDR,
    Elf,
    ProgramHeader,
    entry_format,
    pack_entry,
    read_elf,
)
from sealift.formats.node_facts import NodeFacts
from sealift.formats.pieces import BlobHere, Copy, Literal, Piece, Plan, Zeros
from sealift.record import replace

LARGEST_GAP = 64 << 20
BEFORE_NOTE = 4
"""Zero bytes between a multiple of 8 and the note, whose blob is 28 bytes behind its start."""


class BlobNote(Struct, frozen=True):
    """The bytes around a blob, from a multiple of 8 on.

    Attributes:
        head: zeros, the note's header and its name.
        padding: number of zero bytes behind the blob.
        size: of all, with the blob.
    """

    head: bytes
    padding: int
    size: int


def plan_elf(file: BinaryIO, facts: NodeFacts, blob_size: int) -> Plan:
    """Return the plan of the ELF ``file`` with a blob of ``blob_size`` bytes.

    Raises:
        FormatError: ``elf-broken``; ``elf-layout``: the file is not laid out as linkers do;
            ``blob-too-large``: a note holds less than 4 GiB.
    """
    elf = _without_unloaded_segments(read_elf(file))
    note = blob_note(elf.order, blob_size)
    page = elf.page_size
    base, file_end, memory_end = loaded_extent(elf)
    # AT_PHDR is load address + e_phoff in kernels before 5.18 and in qemu-user, so the new
    # segment keeps `address - base == file offset`; the file is padded to make it so. It starts
    # on a page of its own: kernels before 5.4 refuse PT_LOADs that share one.
    start = align_up(max(memory_end - base, file_end), page)
    if start - file_end > LARGEST_GAP:
        raise layout_error("its zero-filled data is larger than any Node's")
    table_size = entry_format(elf.bits, elf.order).size * (len(elf.segments) + 2)
    added = _segment(PT_LOAD, base, start, table_size + note.size, page)
    note_at = start + table_size + BEFORE_NOTE
    added_note = _segment(PT_NOTE, base, note_at, note.size - BEFORE_NOTE, 4)
    if added.vaddr + added.memsz > 1 << elf.bits:
        raise layout_error("there is no room left in its address space")

    table = b"".join(
        pack_entry(elf.bits, elf.order, segment)
        for segment in _moved_table(elf, added, added_note, base + start, table_size)
    )
    header = changed_header(elf, start, len(elf.segments) + 2)
    pieces: list[Piece] = [Literal(header)]
    pieces += copy_with_fuse(len(header), file_end, facts.fuse_offset)
    pieces += [Zeros(start - file_end)] if start > file_end else []
    pieces += [Literal(table + note.head), BlobHere(blob_size)]
    pieces += [Zeros(note.padding)] if note.padding else []
    return Plan(tuple(pieces))


def _without_unloaded_segments(elf: Elf) -> Elf:
    """Return the headers without segments that take no memory, such as PT_RISCV_ATTRIBUTES.

    They are for tools. Their bytes are after the last PT_LOAD, and are left out too.
    """
    kept = tuple(segment for segment in elf.segments if segment.memsz or not segment.filesz)
    return replace(elf, segments=kept)


def blob_note(order: str, blob_size: int) -> BlobNote:
    """Return what is around a blob of ``blob_size`` bytes; ``order`` is as `struct` names it.

    Raises:
        FormatError: ``blob-too-large``: it does not fit into a note.
    """
    if blob_size >= 1 << 32:
        raise messages.BLOB_TOO_LARGE.error(size=blob_size)
    header = struct.pack(order + "III", len(NOTE_NAME), blob_size, 0)
    head = bytes(BEFORE_NOTE) + header + NOTE_NAME + b"\0\0"
    padding = -blob_size % 4
    return BlobNote(head, padding, len(head) + blob_size + padding)


def loaded_extent(elf: Elf) -> tuple[int, int, int]:
    """Return the address of file offset 0, and the end of the PT_LOADs in file and memory.

    Raises:
        FormatError: ``elf-layout``.
    """
    loads = elf.loads
    if not loads:
        raise layout_error("it has nothing to load")
    base = loads[0].vaddr - loads[0].offset
    if base < 0 or base % elf.page_size or not loads[0].filesz > elf.phoff >= len(elf.header):
        raise layout_error("its first segment does not hold its headers")
    file_end, memory_end = 0, 0
    for load in loads:
        if load.vaddr < memory_end or (load.filesz and load.offset < file_end):
            raise layout_error("its segments overlap or are not in ascending order")
        memory_end = load.vaddr + load.memsz
        file_end = max(file_end, load.offset + load.filesz)
    for segment in elf.segments:
        if segment.filesz and segment.offset + segment.filesz > file_end:
            raise layout_error("a segment is after everything that is loaded")
    return base, file_end, memory_end


def _moved_table(
    elf: Elf, added: ProgramHeader, note: ProgramHeader, address: int, size: int
) -> Iterator[ProgramHeader]:
    """Yield the entries of the new table, with PT_LOADs in ascending order of address."""
    last_load = max(i for i, segment in enumerate(elf.segments) if segment.type == PT_LOAD)
    for index, segment in enumerate(elf.segments):
        if segment.type == PT_PHDR:
            # The C library takes the load address from AT_PHDR minus this address.
            yield replace(
                segment, offset=added.offset, vaddr=address, paddr=address, filesz=size, memsz=size
            )
        else:
            yield segment
        if index == last_load:
            yield added
    yield note


def changed_header(elf: Elf, phoff: int, phnum: int, entry: int | None = None) -> bytes:
    """Return the ELF header with the table's new place, and without section headers.

    ``entry`` is the address at which the program starts, if it changes.
    """
    header = bytearray(elf.header)
    word, entry_at, phoff_at, shoff_at, phnum_at, shnum_at = (
        ("I", 24, 28, 32, 44, 48) if elf.bits == 32 else ("Q", 24, 32, 40, 56, 60)
    )
    if entry is not None:
        struct.pack_into(elf.order + word, header, entry_at, entry)
    struct.pack_into(elf.order + word, header, phoff_at, phoff)
    struct.pack_into(elf.order + word, header, shoff_at, 0)
    struct.pack_into(elf.order + "H", header, phnum_at, phnum)
    struct.pack_into(elf.order + "HH", header, shnum_at, 0, 0)
    return bytes(header)


def copy_with_fuse(start: int, end: int, fuse: int) -> list[Piece]:
    """Return pieces with the Node binary's bytes from ``start`` to ``end``, and the fuse set."""
    if not start <= fuse < end:
        raise layout_error("its fuse is not in what is loaded")
    pieces: list[Piece] = [Copy(start, fuse - start), Literal(b"1"), Copy(fuse + 1, end - fuse - 1)]
    return [piece for piece in pieces if piece.size]


def _segment(kind: int, base: int, offset: int, size: int, align: int) -> ProgramHeader:
    address = base + offset
    return ProgramHeader(kind, PF_R, offset, address, address, size, size, align)


def align_up(number: int, to: int) -> int:
    """Return the next multiple of ``to``."""
    return -(-number // to) * to


def layout_error(why: str) -> FormatError:
    """Return the error for a file that no blob can be added to; ``why`` is a clause."""
    return messages.ELF_LAYOUT.error(why=why)
