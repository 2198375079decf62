"""The file ``sealift.lock``: JSON beside the project's package.json, to be committed.

::

    {"format": 1, "sealift": "0.1.0",
     "targets": {"node24-linux-x64": {"node": "24.19.0", "provider": "npm", "sha256": "..."}}}

A target may also have ``musl`` and ``libraries`` (digests of what is merged with Node) and
``addons`` (integrities of packages that are fetched for it).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from sealift.formats.json_nesting import is_nested_deeper
from sealift.lock import messages
from sealift.lock.content import Content, ContentError, read_content
from sealift.target_build import LockedTarget
from sealift.tools.input_files import NotRegularError, read_regular
from sealift.tools.private_files import replace_file

LOCK_NAME = "sealift.lock"
FORMAT = 1
_LARGEST = 4 << 20
_MOST_LEVELS = 10


class Lock(msgspec.Struct, frozen=True):
    """A lock.

    Attributes:
        path: of the file.
        sealift: the version that wrote it.
        targets: by their texts, such as ``node24-linux-x64``.
    """

    path: Path
    sealift: str
    targets: Mapping[str, LockedTarget]


def read_lock(root: Path) -> Lock | None:
    """Return the lock of the project at ``root``; None if it has none.

    Raises:
        ProjectError: ``lock-unreadable``.
    """
    path = root / LOCK_NAME
    try:
        data = read_regular(path, _LARGEST)
    except FileNotFoundError:
        return None
    except (OSError, NotRegularError) as error:
        reason = getattr(error, "strerror", None) or error
        raise messages.UNREADABLE.error(path=path, reason=reason) from error
    content = _decode(path, data)
    return Lock(path, content.sealift, content.targets)


def write_lock_file(path: Path, sealift: str, targets: Mapping[str, LockedTarget]) -> None:
    """Write a lock in one step; the same content gives the same bytes.

    If ``path`` is a symbolic link, the file that it leads to is replaced, and the link stays.

    Raises:
        OutputError: ``lock-unwritable``.
    """
    content = {
        "format": FORMAT,
        "sealift": sealift,
        "targets": {name: _as_json(targets[name]) for name in sorted(targets)},
    }
    data = msgspec.json.format(msgspec.json.encode(content)) + b"\n"
    try:
        place = Path(os.path.realpath(path))
        replace_file(place, lambda unfinished: unfinished.write_bytes(data))
    except OSError as error:
        raise messages.UNWRITABLE.error(path=path, reason=error.strerror) from error


def _as_json(target: LockedTarget) -> dict[str, Any]:
    found: dict[str, Any] = {
        "node": str(target.version),
        "provider": target.provider,
        "sha256": target.sha256,
    }
    if target.musl:
        found["musl"] = target.musl
    for key, values in (("libraries", target.libraries), ("addons", target.addons)):
        if values:
            found[key] = dict(sorted(values.items()))
    return found


def _decode(path: Path, data: bytes) -> Content:
    if len(data) > _LARGEST:
        reason = f"it is larger than {_LARGEST >> 20} MiB"
        raise messages.UNREADABLE.error(path=path, reason=reason)
    if b"<<<<<<<" in data:
        reason = "it has an unresolved merge conflict"
        raise messages.UNREADABLE.error(path=path, reason=reason)
    if is_nested_deeper(data, _MOST_LEVELS):
        reason = f"it is nested more than {_MOST_LEVELS} levels deep"
        raise messages.UNREADABLE.error(path=path, reason=reason)
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        problem = str(error).removeprefix("JSON is malformed: ").rstrip(".")
        reason = f"it is not JSON: {problem[:1].lower()}{problem[1:]}"
        raise messages.UNREADABLE.error(path=path, reason=reason) from error
    number = value.get("format") if isinstance(value, dict) else None
    if isinstance(number, int) and number > FORMAT:
        raise messages.NEWER.error(path=path, format=number, known=FORMAT)
    try:
        return read_content(value, FORMAT)
    except ContentError as error:
        raise messages.UNREADABLE.error(path=path, reason=error) from error
