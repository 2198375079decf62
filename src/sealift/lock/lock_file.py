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
from typing import Annotated, Any, Literal

import msgspec

from sealift.formats.json_nesting import is_nested_deeper
from sealift.lock import messages
from sealift.target import NodeVersion
from sealift.target_build import LockedTarget
from sealift.tools.input_files import NotRegularError, read_regular
from sealift.tools.private_files import replace_file

LOCK_NAME = "sealift.lock"
FORMAT = 1
_LARGEST = 4 << 20
_MOST_LEVELS = 10
_LONGEST = 100
"""How many characters a version of sealift and a target have at most: messages show them."""

_Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
_Version = Annotated[str, msgspec.Meta(pattern=r"^\d{1,4}\.\d{1,4}\.\d{1,4}\Z")]
_Integrity = Annotated[str, msgspec.Meta(pattern=r"^sha(1|256|384|512)-[A-Za-z0-9+/]+=*\Z")]


class _Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    node: _Version
    provider: Annotated[str, msgspec.Meta(pattern=r"^[a-z]+\Z")]
    sha256: _Sha256
    musl: _Sha256 | Literal[""] = ""
    libraries: dict[str, _Sha256] = {}
    addons: dict[str, _Integrity] = {}


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: Literal[1]
    sealift: Annotated[str, msgspec.Meta(max_length=_LONGEST)]
    targets: dict[Annotated[str, msgspec.Meta(max_length=_LONGEST)], _Target]


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
    return Lock(
        path,
        content.sealift,
        {
            name: LockedTarget(
                version=NodeVersion.parse(one.node),
                provider=one.provider,
                sha256=one.sha256,
                musl=one.musl,
                libraries=one.libraries,
                addons=one.addons,
            )
            for name, one in content.targets.items()
        },
    )


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


def _decode(path: Path, data: bytes) -> _File:
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
        content = msgspec.json.decode(data)
        number = content.get("format") if isinstance(content, dict) else None
        if isinstance(number, int) and number > FORMAT:
            raise messages.NEWER.error(path=path, format=number, known=FORMAT)
        return msgspec.convert(content, _File)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        reason = str(error).rstrip(".")
        raise messages.UNREADABLE.error(path=path, reason=reason) from error
