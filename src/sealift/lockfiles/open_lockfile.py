"""Find and read the lockfile of a project."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from sealift.lockfiles import messages
from sealift.lockfiles.lockfile import Lockfile
from sealift.lockfiles.npm import read_npm_lockfile
from sealift.lockfiles.pnpm import read_pnpm_lockfile
from sealift.lockfiles.yarn import read_yarn_lockfile
from sealift.tools.input_files import NotRegularError, read_regular

MOST_BYTES = 64 << 20
_CONFLICT = re.compile(rb"^(?:<{7}|={7}|>{7})(?:[ \r\n]|\Z)", re.MULTILINE)


def open_lockfile(root: Path) -> Lockfile | None:
    """Return the lockfile of the project at ``root``; None if it has none.

    It is in the directory of the project or in the nearest one above that has a lockfile. In one
    directory npm's comes first, then pnpm's, then Yarn's.

    Raises:
        ProjectError: ``lockfile-unreadable``.
    """
    for directory in (root, *root.parents):
        for name in _READERS:
            path = directory / name
            if path.exists() and not path.is_dir():
                return read_lockfile(path, _read(path))
    return None


def read_lockfile(path: Path, data: bytes) -> Lockfile:
    """Return the lockfile with the content ``data``; its name decides the format.

    Raises:
        ProjectError: ``lockfile-unreadable``.
    """
    if (conflict := _CONFLICT.search(data)) is not None:
        line = data.count(b"\n", 0, conflict.start()) + 1
        raise messages.MERGE_CONFLICT.error(path=path, line=line)
    return _READERS[path.name](path, data)


def _text_reader(read: Callable[[Path, str], Lockfile]) -> Callable[[Path, bytes], Lockfile]:
    def reader(path: Path, data: bytes) -> Lockfile:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise messages.NOT_UTF8.error(path=path) from error
        return read(path, text)

    return reader


_READERS: dict[str, Callable[[Path, bytes], Lockfile]] = {
    "npm-shrinkwrap.json": read_npm_lockfile,
    "package-lock.json": read_npm_lockfile,
    "pnpm-lock.yaml": _text_reader(read_pnpm_lockfile),
    "yarn.lock": _text_reader(read_yarn_lockfile),
}


def _read(path: Path) -> bytes:
    try:
        data = read_regular(path, MOST_BYTES)
    except NotRegularError as error:
        reason = "it is not a regular file"
        raise messages.CANNOT_OPEN.error(path=path, reason=reason) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise messages.CANNOT_OPEN.error(path=path, reason=reason) from error
    if len(data) > MOST_BYTES:
        raise messages.TOO_LARGE.error(path=path, limit=MOST_BYTES >> 20)
    return data
