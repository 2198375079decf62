"""Records of cached files, so that their digests are not computed in every build.

A record is JSON and is decoded into a typed structure; a record that does not fit is a missing one.
`FileRecord` holds a file's digest and the state of the file (size, times, inode number) when the
digest was last computed. While the state is the same, the digest is trusted.

The last field of a record, ``seal``, is a SHA-256 over all others. So a record that was changed by
hand, or damaged, counts as missing. It is no signature: against other users, `trust` protects.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path
from typing import TypeVar

import msgspec

from sealift.cache.files import write_file
from sealift.cache.trust import is_trusted, read_trusted

_CHUNK = 1 << 20
_SEAL = re.compile(rb',?"seal":"([0-9a-f]{64})"}\Z')
_SEALED = b"sealift record\n"
_INODE = (1 << 64) - 1  # some file systems have longer numbers, which JSON's decoder refuses

FileState = tuple[int, int, int, int]
"""Size in bytes, modification and change times in nanoseconds, inode number."""


class FileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is recorded of one file.

    Attributes:
        sha256: digest, in hex.
        size: in bytes.
        checked_as: the file's state when it last had that digest.
    """

    sha256: str
    size: int
    checked_as: FileState


Record = TypeVar("Record", bound=msgspec.Struct)
AnyFileRecord = TypeVar("AnyFileRecord", bound=FileRecord)


class DigestMismatchError(Exception):
    """A cached file has another content than the recorded one. Users never see this error."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


def digest_of(path: Path) -> str:
    """Return a file's SHA-256 digest, in hex."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def state_of(status: os.stat_result) -> FileState:
    """Return the state of a file, which differs after every change to it."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino & _INODE


def record_of(path: Path) -> FileRecord:
    """Return the record of a file, whose digest is computed.

    Raises:
        OSError: it cannot be read.
    """
    status = path.stat()
    return FileRecord(sha256=digest_of(path), size=status.st_size, checked_as=state_of(status))


def verified(path: Path, record: AnyFileRecord) -> AnyFileRecord:
    """Return ``record`` itself, or with the file's new state if only that has changed.

    Raises:
        DigestMismatchError: the file has another content, or other users can change it.
        OSError: it cannot be read.
    """
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode) or not is_trusted(status):
        raise DigestMismatchError(path)
    state = state_of(status)
    if record.checked_as == state:
        return record
    if status.st_size != record.size or digest_of(path) != record.sha256:
        raise DigestMismatchError(path)
    return msgspec.structs.replace(record, checked_as=state)


def read_record(path: Path, kind: type[Record]) -> Record | None:
    """Return the record in a file; None if there is none, or one that does not fit ``kind``."""
    try:
        return msgspec.json.decode(_unsealed(read_trusted(path, path.parent)), type=kind)
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError):
        return None


def write_record(path: Path, record: msgspec.Struct) -> None:
    """Write a record as JSON with a seal, complete or not at all.

    Raises:
        OSError: it cannot be written.
    """
    body = msgspec.json.encode(record)
    sealed = b'%s%s"seal":"%s"}' % (body[:-1], b"," if body != b"{}" else b"", _seal_of(body))
    write_file(path, msgspec.json.format(sealed, indent=1))


def _unsealed(data: bytes) -> bytes:
    """Return a record without its seal; raise ValueError if the seal is missing or wrong."""
    compact = msgspec.json.format(data, indent=-1)
    seal = _SEAL.search(compact)
    if seal is None:
        raise ValueError("no seal")
    body = compact[: seal.start()] + b"}"
    if _seal_of(body) != seal[1]:
        raise ValueError("wrong seal")
    return body


def _seal_of(body: bytes) -> bytes:
    return hashlib.sha256(_SEALED + body).hexdigest().encode()
