"""What was compiled from C: a file, and a record of what it was compiled from."""

from __future__ import annotations

from pathlib import Path

import msgspec

from sealift.cache import digest_of, read_record, write_record

_RECORD = "built.json"


class _Record(msgspec.Struct, frozen=True):
    identity: str
    sha256: str


def record_built(path: Path, identity: str) -> None:
    """Write the record of a compiled file beside it."""
    write_record(path.with_name(_RECORD), _Record(identity, digest_of(path)))


def digest_of_built(path: Path, identity: str) -> str | None:
    """Return the SHA-256 of a compiled file, unless it is missing, changed or of other inputs."""
    record = read_record(path.with_name(_RECORD), _Record)
    try:
        sha256 = digest_of(path)
    except OSError:
        return None
    return sha256 if record == _Record(identity, sha256) else None
