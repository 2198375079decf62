"""Read the index, lines and names of bytecode; docs/payload-format.md has the layout."""

from __future__ import annotations

from itertools import pairwise

from msgspec import Struct

from sealift.errors import FormatError
from sealift.payload.messages import BYTECODE_DAMAGED
from sealift.payload.stored_content import MAX_CODEC, has_right_length

_RECORD_SIZE = 32
_KINDS = (1, 2)
_CALLS = (0, 1, 2, 3)
_ALIGNMENT = 8


class BytecodeRecord(Struct, frozen=True):
    """The code cache of one script.

    Attributes:
        record: index of the script's record in the table.
        offset, stored_length: place of its stored bytes in ``sealift/bytecode``.
        codec: how they are compressed.
        length: of its cache, in bytes.
        source_length: in UTF-16 code units.
        crc32: of its stored bytes.
        kind: 1 CommonJS, 2 ES module.
        lines: where its lines end, and where its classes are.
        names: JSON of the names that a CommonJS module exports, or empty.
        calls: what it may call: 1 ``import()``, 2 what evaluates text.
    """

    record: int
    offset: int
    stored_length: int
    codec: int
    length: int
    source_length: int
    crc32: int
    kind: int
    lines: bytes
    names: bytes
    calls: int


def read_bytecode(
    index: bytes, lines: bytes, names: bytes, table_length: int, size: int
) -> tuple[BytecodeRecord, ...]:
    """Return every record, after checking that all parts are in range.

    Args:
        index: content of ``sealift/bytecode-index``.
        lines: content of ``sealift/bytecode-lines``.
        names: content of ``sealift/bytecode-names``.
        table_length: number of records in ``sealift/table``.
        size: length of ``sealift/bytecode`` in bytes.

    Raises:
        FormatError: the bytes are not of that format.
    """
    count, rest = divmod(len(index), _RECORD_SIZE)
    if rest:
        raise _bad("its index is cut off")
    records = []
    previous = 0
    for number, (line_ends, exported) in enumerate(
        zip(_read_pool(lines, count), _read_pool(names, count), strict=True)
    ):
        at = number * _RECORD_SIZE
        record, length = _number(index, at, 4), _number(index, at + 4, 4)
        offset, kind, codec = _number(index, at + 8, 8), index[at + 28], index[at + 29]
        stored_length = _number(index, at + 24, 4)
        if (
            not previous < record < table_length
            or kind not in _KINDS
            or codec > MAX_CODEC
            or index[at + 30] not in _CALLS
            or index[at + 31]
        ):
            raise _bad(f"record {number} of its index is wrong")
        if offset % _ALIGNMENT or not stored_length or offset + stored_length > size:
            raise _bad(f"the code cache of record {number} is out of place")
        if not has_right_length(codec, stored_length, length):
            raise _bad(f"the code cache of record {number} has two lengths")
        previous = record
        records.append(
            BytecodeRecord(
                record=record,
                offset=offset,
                stored_length=stored_length,
                codec=codec,
                length=length,
                source_length=_number(index, at + 16, 4),
                crc32=_number(index, at + 20, 4),
                kind=kind,
                lines=line_ends,
                names=exported,
                calls=index[at + 30],
            )
        )
    by_place = sorted(records, key=lambda record: record.offset)
    if any(a.offset + a.stored_length > b.offset for a, b in pairwise(by_place)):
        raise _bad("two code caches overlap")
    return tuple(records)


def _read_pool(pool: bytes, count: int) -> list[bytes]:
    start = (count + 1) * 4
    ends = [start + _number(pool, at, 4) for at in range(0, start, 4)]
    if len(pool) < start or ends != sorted(ends) or ends[0] != start or ends[-1] != len(pool):
        raise _bad("lines or names are out of place")
    return [pool[ends[i] : ends[i + 1]] for i in range(count)]


def _number(data: bytes, offset: int, size: int) -> int:
    return int.from_bytes(data[offset : offset + size], "little")


def _bad(what: str) -> FormatError:
    return BYTECODE_DAMAGED.error(problem=what)
