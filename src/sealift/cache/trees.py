"""Installed programs in the cache: directories with thousands of files, which have one record.

A tree is checked before something in it is run. That costs the status of each file; their contents
are read only if one has changed, as after the cache was copied.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

import msgspec

from sealift.cache.files import make_private
from sealift.cache.records import digest_of, read_record, state_of, write_record
from sealift.cache.trust import is_trusted

_RECORD = "entry.json"


class _TreeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is recorded of a directory.

    Attributes:
        sha256: digest of the paths, modes and contents of all files, in hex.
        checked_as: digest of their paths, modes and states when it was last computed.
    """

    sha256: str
    checked_as: str


def seal_tree(tree: Path) -> None:
    """Make a directory private, and record what is in it.

    Raises:
        OSError: a file cannot be read, or the record not be written.
    """
    make_private(tree)
    contents = _digest_of_tree(tree, _content_of)
    write_record(
        tree / _RECORD, _TreeRecord(sha256=contents, checked_as=_digest_of_tree(tree, _state_of))
    )


def is_intact_tree(tree: Path) -> bool:
    """Return True if a directory is there, and is as it was when it was sealed."""
    record = read_record(tree / _RECORD, _TreeRecord)
    if record is None:
        return False
    try:
        state = _digest_of_tree(tree, _state_of)
        if state == record.checked_as:
            return True
        if _digest_of_tree(tree, _content_of) != record.sha256:
            return False
    except OSError:
        return False
    with contextlib.suppress(OSError):
        write_record(tree / _RECORD, msgspec.structs.replace(record, checked_as=state))
    return True


def _content_of(path: str, _: os.stat_result) -> str:
    return digest_of(Path(path))


def _state_of(_: str, status: os.stat_result) -> str:
    return repr(state_of(status))


def _digest_of_tree(tree: Path, of_file: Callable[[str, os.stat_result], str]) -> str:
    """Return the digest of the paths and modes of all files, and of what ``of_file`` returns.

    The record does not count, nor do Python's caches of bytecode, which may appear at any time.

    Raises:
        OSError: a file cannot be read, or another user could change one.
    """
    lines = []
    root = os.fspath(tree)
    # Strings, since building a Path for each of 20,000 files takes a second.
    for folder, directories, names in os.walk(root, onerror=_fail):
        if "__pycache__" in directories:
            directories.remove("__pycache__")
        for name in (*names, *directories):
            path = f"{folder}{os.sep}{name}"
            status = os.lstat(path)
            if not is_trusted(status):
                raise PermissionError(f"{path} is not private")
            what = ""
            if stat.S_ISLNK(status.st_mode):
                what = os.readlink(path)  # noqa: PTH115 - a string
            elif stat.S_ISREG(status.st_mode):
                what = of_file(path, status)
            relative = path[len(root) + 1 :].replace(os.sep, "/")
            if relative != _RECORD:
                lines.append(f"{relative}\0{status.st_mode:o}\0{what}\n")
    return hashlib.sha256("".join(sorted(lines)).encode(errors="surrogateescape")).hexdigest()


def _fail(error: OSError) -> None:
    raise error
