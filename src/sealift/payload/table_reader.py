"""Read ``sealift/table`` and ``sealift/links``; docs/payload-format.md has the layout.

The reader shares no code with the writer, so that a mistake in either shows.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from enum import IntEnum

from msgspec import Struct

from sealift.errors import FormatError
from sealift.payload.messages import TABLE_DAMAGED
from sealift.payload.stored_content import MAX_CODEC, has_right_length
from sealift.payload.table_limits import TextBudget, TooMuchError, do_overlap

_HEADER = struct.Struct("<4s3I")
_RECORD = struct.Struct("<IHBBIBBxxQQQIIII")
_MAGIC = b"SLT2"
_SCRIPTS = (1, 2)  # roles: CommonJS, ES module
WRAPPER = (b"(function (exports, require, module, __filename, __dirname) { ", b"\n})")
"""What is stored before and after a wrapped script."""


class Kind(IntEnum):
    """The kind of a record."""

    DIRECTORY = 0
    FILE = 1
    SYMLINK = 2


_KINDS = {kind.value: kind for kind in Kind}


class Record(Struct, frozen=True):
    """One packaged directory, file or symbolic link.

    Attributes:
        location: full path below the mount point; "" for the mount point.
        offset, stored_size: a file's place in ``sealift/files``.
        codec: how it is compressed there.
        size: the file's length, in bytes.
        wrapped: `WRAPPER` is around its bytes.
        source_left_out: the file is not in ``sealift/files``; ``size`` is the length of its source.
        crc32: of its bytes in ``sealift/files``; 0 for directories and links.
        target: the text of a symbolic link.
        links: resolutions, from kind and specifier to location (None: does not resolve).
    """

    location: str
    kind: Kind
    role: int
    mode: int
    ascii: bool
    offset: int
    stored_size: int
    codec: int
    size: int
    source_left_out: bool
    wrapped: bool
    crc32: int
    target: str
    links: dict[str, dict[str, str | None]]


class _Raw(Struct):
    name: str
    kind: Kind
    role: int
    mode: int
    ascii: bool
    left_out: bool
    wrapped: bool
    codec: int
    first: int
    second: int
    size: int
    links: bytes
    parent: int
    crc32: int
    location: str = ""


def read_table(table: bytes, links: bytes, files_size: int) -> tuple[Record, ...]:
    """Return every record, after checking that they form one tree with all parts in range.

    Args:
        table: content of ``sealift/table``.
        links: content of ``sealift/links``.
        files_size: length of ``sealift/files`` in bytes.

    Raises:
        FormatError: the bytes are not of that format.
    """
    return tuple(read_records(table, links, files_size))


def read_records(table: bytes, links: bytes, files_size: int) -> Iterator[Record]:
    """Yield every record, as `read_table` returns them; the last check is at the end."""
    budget = TextBudget(len(table))
    known: dict[int, tuple[int, int, int, int]] = {}
    try:
        raw, pool = _read_records(table, links, budget)
        _check_tree(raw, budget)
        for one in raw:
            record = _finish(one, raw, pool, files_size, budget)
            _note_content(record, known)
            yield record
    except TooMuchError:
        raise _bad("its names are longer than their number allows") from None
    if do_overlap((offset, facts[0]) for offset, facts in known.items()):
        raise _bad("two contents overlap")


def _note_content(record: Record, known: dict[int, tuple[int, int, int, int]]) -> None:
    """Raise FormatError unless contents at one place are equal in every way."""
    if record.stored_size:
        facts = (record.stored_size, record.codec, record.size, record.crc32)
        if known.setdefault(record.offset, facts) != facts:
            raise _bad(f"{record.location} shares a part of its content")


def _bad(what: str) -> FormatError:
    return TABLE_DAMAGED.error(problem=what)


def _slice(data: bytes, offset: int, size: int, what: str) -> bytes:
    if offset + size > len(data):
        raise _bad(f"{what} reaches past the end")
    return data[offset : offset + size]


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _bad("a name is not UTF-8") from error


def _read_records(table: bytes, links: bytes, budget: TextBudget) -> tuple[list[_Raw], bytes]:
    if len(table) < _HEADER.size or not table.startswith(_MAGIC):
        raise _bad("no header")
    _, count, pool_offset, pool_size = _HEADER.unpack_from(table)
    is_right = pool_offset == _HEADER.size + count * _RECORD.size
    if not is_right or pool_offset + pool_size != len(table):
        raise _bad("its length does not fit its header")
    pool = table[pool_offset:]
    raw = []
    fragments = 0
    for fields in _RECORD.iter_unpack(memoryview(table)[_HEADER.size : pool_offset]):
        name_offset, name_size, kind, role, mode, codec, flags, *places = fields
        first, second, size, links_offset, links_size, parent, crc32 = places
        if kind not in _KINDS or codec > (MAX_CODEC if kind == Kind.FILE else 0):
            raise _bad("unknown kind or codec")
        name = _slice(pool, name_offset, name_size, "a name")
        fragment = _slice(links, links_offset, links_size, "a fragment")
        budget.spend(len(name))
        fragments += len(fragment)
        if fragments > len(links):
            raise _bad("two fragments overlap")
        raw.append(
            _Raw(
                name=_text(name),
                kind=_KINDS[kind],
                role=role,
                mode=mode,
                ascii=bool(flags & 1),
                left_out=bool(flags & 2),
                wrapped=bool(flags & 4),
                codec=codec,
                first=first,
                second=second,
                size=size,
                links=fragment,
                parent=parent,
                crc32=crc32,
            )
        )
    return raw, pool


def _check_tree(raw: list[_Raw], budget: TextBudget) -> None:
    """Raise FormatError unless each record but the first is the child of one earlier directory."""
    if not raw or raw[0].kind != Kind.DIRECTORY or raw[0].name:
        raise _bad("record 0 is not the mount point")
    expected = 1
    for index, directory in enumerate(raw):
        if directory.kind != Kind.DIRECTORY:
            continue
        if directory.first != expected or expected + directory.second > len(raw):
            raise _bad(f"the children of record {index} are out of place")
        children = raw[expected : expected + directory.second]
        names = [child.name.encode() for child in children]
        if names != sorted(set(names)):
            raise _bad(f"the children of record {index} are not sorted")
        for child in children:
            if child.parent != index or not child.name or "/" in child.name:
                raise _bad(f"a child of record {index} is wrong")
            budget.spend(len(directory.location) + 1)
            child.location = f"{directory.location}/{child.name}" if index else child.name
        expected += directory.second
    if expected != len(raw):
        raise _bad("records without a directory")


def _finish(
    record: _Raw, raw: list[_Raw], pool: bytes, files_size: int, budget: TextBudget
) -> Record:
    target = ""
    if record.kind == Kind.SYMLINK:
        budget.spend(record.second)
        target = _text(_slice(pool, record.first, record.second, "a link's target"))
    is_file = record.kind == Kind.FILE
    if is_file and record.first + record.second > files_size:
        raise _bad(f"{record.location} reaches past the contents")
    if record.left_out and not (is_file and record.role in _SCRIPTS):
        raise _bad(f"{record.location} is not a script, but its source is left out")
    if is_file and not _has_right_length(record):
        raise _bad(f"{record.location} has two lengths")
    if record.wrapped and not (is_file and record.codec == 0 and _has_room(record, files_size)):
        raise _bad(f"{record.location} has no room for the text around it")
    return Record(
        location=record.location,
        kind=record.kind,
        role=record.role,
        mode=record.mode,
        ascii=record.ascii,
        offset=record.first if is_file else 0,
        stored_size=record.second if is_file else 0,
        codec=record.codec,
        size=record.size,
        source_left_out=record.left_out,
        wrapped=record.wrapped,
        crc32=record.crc32,
        target=target,
        links=_read_fragment(record.links, raw),
    )


def _has_room(record: _Raw, files_size: int) -> bool:
    before, after = map(len, WRAPPER)
    return before <= record.first and record.first + record.second + after <= files_size


def _has_right_length(record: _Raw) -> bool:
    if record.left_out:
        return record.second == 0 == record.codec
    return has_right_length(record.codec, record.second, record.size)


def _read_fragment(fragment: bytes, raw: list[_Raw]) -> dict[str, dict[str, str | None]]:
    if not fragment:
        return {}
    try:
        resolutions = json.loads(fragment)
        return {
            kind: {
                specifier: None if target is None else raw[_index(target, raw)].location
                for specifier, target in targets.items()
            }
            for kind, targets in resolutions.items()
        }
    except (ValueError, AttributeError, RecursionError) as error:
        raise _bad("a fragment of links is malformed") from error


def _index(value: object, raw: list[_Raw]) -> int:
    if type(value) is not int or not 0 < value < len(raw):
        raise _bad("a resolution has no such target")
    return value
