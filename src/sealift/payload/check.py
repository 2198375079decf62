"""Check the contents of a finished executable's payload, each against its checksum."""

from __future__ import annotations

from collections import deque
from typing import BinaryIO

from sealift.payload.opened import OpenedPayload
from sealift.payload.table_reader import Kind


def check_contents(file: BinaryIO, payload: OpenedPayload) -> None:
    """Read every file and code cache of a payload to its end.

    Raises:
        FormatError: ``payload-damaged``.
    """
    contents = {
        record.offset: record
        for record in payload.records
        if record.kind == Kind.FILE and record.stored_size
    }
    for record in contents.values():  # equal contents are stored once
        deque(payload.content(file, record), maxlen=0)
        if record.wrapped:
            payload.check_wrapper(file, record)
    for cache in payload.caches:
        deque(payload.cache(file, cache), maxlen=0)
