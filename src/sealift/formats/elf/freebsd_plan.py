r"""The plan of an executable for FreeBSD: an ELF whose program header table stays in place.

FreeBSD's kernel starts a program only if its program header table is in the file's first page
(``exec_elf_imgact`` in ``sys/kern/imgact_elf.c``), where there is no room for more entries. So the
last PT_LOAD grows over its zeros, and one dispensable entry becomes the PT_NOTE: one that takes no
memory (PT_RISCV_ATTRIBUTES), or else PT_GNU_RELRO, by which the C library only makes some pages
read-only. New file::

    all bytes up to the end of the last PT_LOAD's file part, changed only in the ELF header (no
    section headers), in the two entries, and in the fuse
    zeros that were only in memory, to a multiple of 8 bytes
    four zero bytes, and the note, as in `sealift.formats.elf.plan`
"""

from __future__ import annotations

from typing import BinaryIO

from sealift.formats.elf.headers import (
    PF_R,
    PT_LOAD,
    PT_NOTE,
    Elf,
    ProgramHeader,
    pack_entry,
    read_elf,
)
from sealift.formats.elf.plan import (
    BEFORE_NOTE,
    LARGEST_GAP,
    align_up,
    blob_note,
    changed_header,
    copy_with_fuse,
    layout_error,
    loaded_extent,
)
from sealift.formats.node_facts import NodeFacts
from sealift.formats.pieces import BlobHere, Literal, Piece, Plan, Zeros
from sealift.record import replace

_PT_GNU_RELRO = 0x6474E552


def plan_in_place(file: BinaryIO, facts: NodeFacts, blob_size: int) -> Plan:
    """Return the plan of the ELF ``file`` with a blob of ``blob_size`` bytes.

    Raises:
        FormatError: as `plan_elf`.
    """
    elf = read_elf(file)
    note = blob_note(elf.order, blob_size)
    given_away = _dispensable(elf)
    kept = tuple(segment for at, segment in enumerate(elf.segments) if at != given_away)
    _, file_end, _ = loaded_extent(replace(elf, segments=kept))
    last = max(at for at, segment in enumerate(elf.segments) if segment.type == PT_LOAD)
    load = elf.segments[last]
    if load.offset + load.filesz != file_end or elf.phoff != len(elf.header):
        raise layout_error("its last segment is not last in the file")
    start = align_up(load.offset + load.memsz, 8)
    if start - file_end > LARGEST_GAP:
        raise layout_error("its zero-filled data is larger than any Node's")
    size = start + note.size - load.offset
    if load.vaddr + size > 1 << elf.bits:
        raise layout_error("there is no room left in its address space")
    note_at, note_size = start + BEFORE_NOTE, note.size - BEFORE_NOTE
    address = load.vaddr + note_at - load.offset
    segments = list(elf.segments)
    segments[last] = replace(load, filesz=size, memsz=size)
    segments[given_away] = ProgramHeader(
        PT_NOTE, PF_R, note_at, address, address, note_size, note_size, 4
    )
    table = b"".join(pack_entry(elf.bits, elf.order, segment) for segment in segments)
    head = changed_header(elf, elf.phoff, len(segments)) + table
    pieces: list[Piece] = [Literal(head), *copy_with_fuse(len(head), file_end, facts.fuse_offset)]
    pieces += [Zeros(start - file_end)] if start > file_end else []
    pieces += [Literal(note.head), BlobHere(blob_size)]
    pieces += [Zeros(note.padding)] if note.padding else []
    return Plan(tuple(pieces))


def _dispensable(elf: Elf) -> int:
    """Return the index of the entry that becomes the PT_NOTE."""
    no_memory = [at for at, one in enumerate(elf.segments) if one.filesz and not one.memsz]
    relro = [at for at, one in enumerate(elf.segments) if one.type == _PT_GNU_RELRO]
    for index in (*no_memory, *relro):
        return index
    raise layout_error("every entry of its program header table is needed")
