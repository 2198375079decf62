"""Check the payload of a finished executable: every part against its checksum."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import BinaryIO

from sealift.payload.opened import PayloadPlaces, open_payload
from sealift.payload.table_reader import Kind


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
        FormatError: as `open_payload`.
    """
    opened = open_payload(file, places)
    records = [record for record in opened.records if record.kind == Kind.FILE]
    for record in records:
        deque(opened.content(file, record), maxlen=0)
    for cache in opened.caches:
        deque(opened.cache(file, cache), maxlen=0)
    return CheckedPayload(
        sealift=str(opened.config.get("sealift", "")),
        project=str(opened.config.get("project", "")),
        files=len(records),
        scripts=len(opened.caches),
    )
