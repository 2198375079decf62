"""Open the payload of a finished executable: its tables, and the place of each content.

Shares no code with the writers; docs/payload-format.md has the layout.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from msgspec import Struct

from sealift.errors import FormatError
from sealift.payload.bytecode_reader import BytecodeRecord, read_bytecode
from sealift.payload.messages import NOT_A_PAYLOAD, PAYLOAD_DAMAGED
from sealift.payload.stored_content import DamagedContentError, read_content
from sealift.payload.table_reader import WRAPPER, Record, read_table

FILES, BYTECODE = "sealift/files", "sealift/bytecode"
RUNTIME = "sealift/runtime/"

_FORMAT = 3
_LARGEST_IN_MEMORY = 1 << 30
_STREAMED = (FILES, BYTECODE)  # their parts have checksums of their own
_SUMS = "sealift/checksums"
_REQUIRED = ("sealift/config", "sealift/table", "sealift/links", FILES, _SUMS)


class PayloadPlaces(Struct, frozen=True):
    """Where the payload is in an executable.

    Attributes:
        assets: offset and length of each asset in the file, by its key.
        main: the main script.
        exec_argv: the embedded Node options.
    """

    assets: Mapping[str, tuple[int, int]]
    main: bytes
    exec_argv: Sequence[str]


class OpenedPayload(Struct, frozen=True):
    """The tables of a payload, which have their checksums.

    Attributes:
        places: where its parts are.
        config: ``sealift/config``.
        records: of ``sealift/table``, in order.
        caches: the code caches; empty for source alone.
    """

    places: PayloadPlaces
    config: Mapping[str, object]
    records: tuple[Record, ...]
    caches: tuple[BytecodeRecord, ...]

    def content(self, file: BinaryIO, record: Record) -> Iterator[bytes]:
        """Yield a file's content in bounded pieces.

        Raises:
            FormatError: ``payload-damaged``, after or instead of the last piece.
        """
        place = self.places.assets[FILES][0] + record.offset
        size = 0 if record.source_left_out else record.size
        try:
            yield from read_content(
                file, place, record.stored_size, record.codec, size, record.crc32
            )
        except DamagedContentError:
            raise damaged(record.location) from None

    def check_wrapper(self, file: BinaryIO, record: Record) -> None:
        """Check the text around a wrapped script, which no checksum covers.

        Raises:
            FormatError: ``payload-damaged``.
        """
        place = self.places.assets[FILES][0] + record.offset
        before, after = WRAPPER
        for text, at in ((before, place - len(before)), (after, place + record.stored_size)):
            file.seek(at)
            if file.read(len(text)) != text:
                raise damaged(record.location)

    def cache(self, file: BinaryIO, cache: BytecodeRecord) -> Iterator[bytes]:
        """Yield a code cache in bounded pieces.

        Raises:
            FormatError: ``payload-damaged``, after or instead of the last piece.
        """
        place = self.places.assets[BYTECODE][0] + cache.offset
        try:
            yield from read_content(
                file, place, cache.stored_length, cache.codec, cache.length, cache.crc32
            )
        except DamagedContentError:
            script = self.records[cache.record].location
            raise damaged(f"the bytecode of {script}") from None


def open_payload(file: BinaryIO, places: PayloadPlaces, name: str) -> OpenedPayload:
    """Read the tables of a payload and check all but the contents.

    Args:
        name: of the executable, for errors.

    Raises:
        FormatError: ``not-a-payload``: sealift did not write it, or another version did; or
            ``payload-damaged``, ``bad-table``, ``bad-bytecode``: a part is damaged.
    """
    if missing := [key for key in _REQUIRED if key not in places.assets]:
        raise NOT_A_PAYLOAD.error(name=name, what=missing[0])
    parts = {
        key: _read(file, key, *place)
        for key, place in places.assets.items()
        if key not in _STREAMED
    }
    _check_sums(_json(parts, _SUMS), parts, places)
    config = _json(parts, "sealift/config")
    if config.get("format") != _FORMAT:
        raise NOT_A_PAYLOAD.error(name=name, what=f"payload of format {_FORMAT}")
    records = read_table(parts["sealift/table"], parts["sealift/links"], places.assets[FILES][1])
    return OpenedPayload(places, config, records, _read_caches(parts, places, len(records)))


def damaged(part: str) -> FormatError:
    """Return the error about a part whose checksum is wrong."""
    return PAYLOAD_DAMAGED.error(part=part)


def _read_caches(
    parts: Mapping[str, bytes], places: PayloadPlaces, records: int
) -> tuple[BytecodeRecord, ...]:
    if BYTECODE not in places.assets:
        return ()
    tables = [parts.get(f"{BYTECODE}-{name}", b"") for name in ("index", "lines", "names")]
    return read_bytecode(tables[0], tables[1], tables[2], records, places.assets[BYTECODE][1])


def _read(file: BinaryIO, key: str, offset: int, size: int) -> bytes:
    if size > _LARGEST_IN_MEMORY:
        raise damaged(key)
    file.seek(offset)
    data = file.read(size)
    if len(data) != size:
        raise damaged(key)
    return data


def _json(parts: Mapping[str, bytes], key: str) -> dict[str, object]:
    try:
        value = json.loads(parts[key])
    except (ValueError, RecursionError) as error:
        raise damaged(key) from error
    if not isinstance(value, dict):
        raise damaged(key)
    return value


def _check_sums(
    sums: Mapping[str, object], parts: Mapping[str, bytes], places: PayloadPlaces
) -> None:
    covered = {key: data for key, data in parts.items() if key != _SUMS}
    covered["main.js"] = places.main
    covered["options"] = "\0".join(places.exec_argv).encode()
    for key in sorted(covered.keys() | sums.keys()):
        if key not in covered or sums.get(key) != zlib.crc32(covered[key]):
            raise damaged(key)
