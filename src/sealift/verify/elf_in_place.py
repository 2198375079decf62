"""Check an ELF executable for FreeBSD, whose program header table stays in place.

FreeBSD's kernel demands the table in the first page. All entries are the base's except two: the
last PT_LOAD, which has grown over its zeros to the end of the file, and a PT_NOTE with the blob in
place of a dispensable segment.
"""

from __future__ import annotations

import os
from typing import BinaryIO

from sealift.formats.node_facts import NodeFacts
from sealift.verify.comparing import read_exactly, wrong
from sealift.verify.elf import (
    NOTE,
    READ_ONLY,
    Program,
    Segment,
    find_note,
    must_equal_but_for_fuse,
    read_both,
)

_GNU_RELRO = 0x6474E552
_FIRST_PAGE = 0x1000


def verify_in_place(file: BinaryIO, base: BinaryIO, facts: NodeFacts) -> tuple[int, int]:
    """Check ``file`` against ``base`` and return the file offset and size of the blob.

    Raises:
        FormatError: ``verification-failed``.
    """
    size = file.seek(0, os.SEEK_END)
    program, original = read_both(file, base)
    table_end = program.table_at + program.table_size
    if (program.table_at, program.count) != (original.table_at, original.count):
        raise wrong("its program header table has moved or grown")
    if program.table_at != len(program.header) or table_end > _FIRST_PAGE:
        raise wrong("its program header table is not in the first page")
    load, note = _changed(program, original)
    was = original.loads[-1]
    if load != was._replace(file_size=size - was.offset, memory_size=size - was.offset):
        raise wrong("its last PT_LOAD has changed in more than its size, or does not end the file")
    in_memory_alone = was.offset + was.memory_size
    if was.file_end > in_memory_alone:
        raise wrong("its fuse is not in a segment")
    must_equal_but_for_fuse(file, base, table_end, was.file_end, facts.fuse_offset)
    if any(read_exactly(file, was.file_end, note.offset - was.file_end)):
        raise wrong("memory that was zero is not")
    if note.offset != in_memory_alone + -in_memory_alone % 8 + 4 or note.file_end != size:
        raise wrong("the new PT_NOTE is not all that was added")
    address = load.address + note.offset - load.offset
    fields = (READ_ONLY, note.offset, address, address, note.file_size, note.file_size, 4)
    if note != Segment(NOTE, *fields):
        raise wrong("the new PT_NOTE has odd fields")
    blob_at, blob_size = find_note(file, program)
    end = blob_at + blob_size
    if blob_at < note.offset or end + -end % 4 != size or any(read_exactly(file, end, size - end)):
        raise wrong("its blob does not end where its segment and the file end")
    return blob_at, blob_size


def _changed(program: Program, original: Program) -> tuple[Segment, Segment]:
    """Return the last PT_LOAD and the PT_NOTE, if nothing else in the table has changed."""
    load = program.loads[-1] if program.loads else None
    note = None
    for now, before in zip(program.segments, original.segments, strict=True):
        if before == original.loads[-1]:
            if now != load:
                raise wrong("the last PT_LOAD is not in its place")
        elif now != before:
            dispensable = before.kind == _GNU_RELRO or not before.memory_size
            if now.kind != NOTE or note is not None or not dispensable:
                raise wrong(f"segment {before.offset:#x} of the base is missing or changed")
            note = now
    if load is None or note is None:
        raise wrong("it has no new PT_NOTE")
    return load, note
