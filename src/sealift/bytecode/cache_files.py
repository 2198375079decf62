"""Typed records in sealed files (`sealift.cache.write_sealed`), kept from build to build.

The body of each file is MessagePack: an array of the file's name and of the fields of one dataclass
by their names; arrays of u32 are little-endian bytes. A file that is damaged, of another format,
renamed or unreadable counts as missing, so that its content is made again.
"""

from __future__ import annotations

import contextlib
import os
import sys
from array import array
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from sealift.cache import read_sealed, touch, write_sealed

Record = TypeVar("Record")


class CacheFiles(Generic[Record]):
    """Files of one kind below one directory.

    Args:
        directory: it is made when the first file is written.
        kind: four letters at the beginning of each file.
        layout: number of the layout, raised whenever it or the meaning of a field changes.
        record: dataclass of the records.
    """

    def __init__(self, directory: Path, kind: bytes, layout: int, record: type[Record]) -> None:
        self._directory = directory
        self._prefix = f"{directory}{os.sep}"
        self._kind = kind
        self._layout = layout
        self._decoder: msgspec.msgpack.Decoder[tuple[str, Record]] = msgspec.msgpack.Decoder(
            tuple[str, record],  # type: ignore[valid-type]  # a type at run time
            dec_hook=_decode,
        )

    def load(self, name: str) -> Record | None:
        """Return a file's record and note that it was used; None if there is no usable file."""
        if not os.path.exists(self._prefix + name):  # noqa: PTH110 (most are missing)
            return None
        path = self._directory / name
        try:
            body = read_sealed(path, self._directory, self._kind, self._layout)
            kept_as, record = self._decoder.decode(body)
        except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
            return None
        if kept_as != name:
            return None
        touch(path)
        return record

    def store(self, name: str, record: Record) -> None:
        """Write a file, complete or not at all.

        Raises:
            OSError: it cannot be written.
        """
        body = msgspec.msgpack.encode((name, record), enc_hook=_encode)
        write_sealed(self._directory / name, self._kind, self._layout, body)

    def try_store(self, name: str, record: Record) -> None:
        """Write a file if the directory is writable."""
        with contextlib.suppress(OSError):
            self.store(name, record)


def _encode(value: Any) -> bytes:
    if isinstance(value, array):
        return _little_endian(value).tobytes()
    raise NotImplementedError(f"records have no {type(value)}")


def _decode(_: Any, value: Any) -> array[int]:
    if not isinstance(value, bytes):
        raise ValueError(f"not bytes but {type(value)}")
    return _little_endian(array("I", value))


def _little_endian(values: array[int]) -> array[int]:
    if sys.byteorder == "little":
        return values
    swapped = values[:]
    swapped.byteswap()
    return swapped
