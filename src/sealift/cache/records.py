"""What the cache records of its files, so that their digests need not be computed each time.

A record is JSON. It holds a file's digest, and its size, times and inode number (``checked_as``) as
they were when the digest was last found right. As long as they are the same the digest is trusted,
else it is computed again.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

_CHUNK = 1 << 20


class DigestMismatchError(Exception):
    """A cached file is not the one that was put there. It is never shown to a user."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


def digest_of(path: Path) -> str:
    """Compute a file's SHA-256 digest, in hex."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def record_of(file: Path) -> dict[str, Any]:
    """Give what is to be recorded of a file."""
    status = file.stat()
    return {
        "sha256": digest_of(file),
        "size": status.st_size,
        "checked_as": appearance_of(status),
    }


def checked(path: Path, record: dict[str, Any]) -> tuple[int, bool]:
    """Give a file's size, and whether its appearance changed, which is noted in ``record``.

    Raises:
        DigestMismatchError: it is not the file that was recorded.
        OSError, KeyError: it, or its record, cannot be read.
    """
    status = path.stat()
    if record["checked_as"] == appearance_of(status):
        return status.st_size, False
    if status.st_size != record.get("size") or digest_of(path) != record["sha256"]:
        raise DigestMismatchError(path)
    record["checked_as"] = appearance_of(status)
    return status.st_size, True


def appearance_of(status: os.stat_result) -> list[int]:
    """Give what changes with a file."""
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def load(file: Path, form: int) -> dict[str, Any]:
    """Read a record; an empty one if there is none, or none of that form."""
    try:
        record = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) and record.get("format") == form else {}


def store(file: Path, record: dict[str, Any]) -> None:
    """Write a record, whole or not at all."""
    temporary = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    temporary.write_text(json.dumps(record, indent=1), encoding="utf-8")
    temporary.replace(file)
