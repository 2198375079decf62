"""Check the payload of a finished executable: every part against its checksum.

Shares no code with the writers; docs/payload-format.md has the layout.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from sealift.errors import FormatError
from sealift.payload.bytecode_reader import read_bytecode
from sealift.payload.messages import NOT_A_PAYLOAD, PAYLOAD_DAMAGED
from sealift.payload.stored_content import decompresses_to
from sealift.payload.table_reader import Kind, Record, read_table

_FORMAT = 3
_CHUNK = 1 << 20
_LARGEST_IN_MEMORY = 1 << 30
_STREAMED = ("sealift/files", "sealift/bytecode")  # their parts have checksums of their own
_SUMS = "sealift/checksums"
_REQUIRED = ("sealift/config", "sealift/table", "sealift/links", "sealift/files", _SUMS)


@dataclass(frozen=True, slots=True)
class PayloadPlaces:
    """Where the payload is in an executable.

    Attributes:
        assets: offset and length of each asset in the file, by its key.
        main: the main script.
        exec_argv: the embedded Node options.
    """

    assets: Mapping[str, tuple[int, int]]
    main: bytes
    exec_argv: Sequence[str]


@dataclass(frozen=True, slots=True)
class CheckedPayload:
    """What a payload contains.

    Attributes:
        sealift: the version that wrote it.
        project: the project's name.
        files: number of packaged files.
        scripts: number of scripts that ship as bytecode.
    """

    sealift: str
    project: str
    files: int
    scripts: int


def check_payload(file: BinaryIO, places: PayloadPlaces) -> CheckedPayload:
    """Check every byte of a payload.

    Raises:
        FormatError: ``not-a-payload``: sealift did not write it, or an earlier version did; or
            ``payload-damaged``, ``bad-table``, ``bad-bytecode``: a part is damaged.
    """
    if missing := [key for key in _REQUIRED if key not in places.assets]:
        raise NOT_A_PAYLOAD.error(what=missing[0])
    parts = {
        key: _read(file, key, *place)
        for key, place in places.assets.items()
        if key not in _STREAMED
    }
    _check_sums(_json(parts, _SUMS), parts, places)
    config = _json(parts, "sealift/config")
    if config.get("format") != _FORMAT:
        raise NOT_A_PAYLOAD.error(what=f"payload of format {_FORMAT}")
    start, size = places.assets["sealift/files"]
    records = read_table(parts["sealift/table"], parts["sealift/links"], size)
    for record in records:
        if record.kind == Kind.FILE:
            _check_file(file, start, record)
    return CheckedPayload(
        sealift=str(config.get("sealift", "")),
        project=str(config.get("project", "")),
        files=sum(record.kind == Kind.FILE for record in records),
        scripts=_check_bytecode(file, parts, places, records),
    )


def _read(file: BinaryIO, key: str, offset: int, size: int) -> bytes:
    if size > _LARGEST_IN_MEMORY:
        raise _damaged(key)
    file.seek(offset)
    data = file.read(size)
    if len(data) != size:
        raise _damaged(key)
    return data


def _json(parts: Mapping[str, bytes], key: str) -> dict[str, object]:
    try:
        value = json.loads(parts[key])
    except (ValueError, RecursionError) as error:
        raise _damaged(key) from error
    if not isinstance(value, dict):
        raise _damaged(key)
    return value


def _check_sums(
    sums: Mapping[str, object], parts: Mapping[str, bytes], places: PayloadPlaces
) -> None:
    covered = {key: data for key, data in parts.items() if key != _SUMS}
    covered["main.js"] = places.main
    covered["options"] = "\0".join(places.exec_argv).encode()
    for key in sorted(covered.keys() | sums.keys()):
        if key not in covered or sums.get(key) != zlib.crc32(covered[key]):
            raise _damaged(key)


def _check_file(file: BinaryIO, start: int, record: Record) -> None:
    place = start + record.offset
    if _crc32(file, place, record.stored_size) != record.crc32 or not (
        record.codec == 0
        or decompresses_to(file, place, record.stored_size, record.codec, record.size)
    ):
        raise _damaged(record.location)


def _check_bytecode(
    file: BinaryIO,
    parts: Mapping[str, bytes],
    places: PayloadPlaces,
    records: Sequence[Record],
) -> int:
    if "sealift/bytecode" not in places.assets:
        return 0
    start, size = places.assets["sealift/bytecode"]
    names = ("index", "lines", "names")
    tables = [parts.get(f"sealift/bytecode-{name}", b"") for name in names]
    caches = read_bytecode(tables[0], tables[1], tables[2], len(records), size)
    for cache in caches:
        place = start + cache.offset
        if _crc32(file, place, cache.stored_length) != cache.crc32 or not (
            cache.codec == 0
            or decompresses_to(file, place, cache.stored_length, cache.codec, cache.length)
        ):
            raise _damaged(f"the bytecode of {records[cache.record].location}")
    return len(caches)


def _crc32(file: BinaryIO, offset: int, size: int) -> int:
    file.seek(offset)
    result = 0
    while size:
        data = file.read(min(size, _CHUNK))
        if not data:
            return -1
        result = zlib.crc32(data, result)
        size -= len(data)
    return result


def _damaged(part: str) -> FormatError:
    return PAYLOAD_DAMAGED.error(part=part)
