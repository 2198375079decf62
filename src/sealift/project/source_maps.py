"""The source maps of packaged scripts, for programs that turn them on.

A script names its map in its last ``sourceMappingURL`` comment: a file, or a ``data:`` URL. Where
the source of the script does not ship, the map must not disclose it either: ``sourcesContent`` is
removed. The runtime looks for the map of such a script beside it, by its name and ``.map``.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes, urlsplit

import msgspec
from msgspec import Struct

from sealift.model import Reason, ReasonKind, Role
from sealift.project.filesystem import FileSystem, PathKind
from sealift.project.needs import Need
from sealift.project.package_owners import Owner
from sealift.project.source_files import NAMES_MAP
from sealift.project.tasks import TracedFile
from sealift.project.trace import Trace
from sealift.tools.input_files import NotRegularError, open_regular

_COMMENT = re.compile(rb"//[#@] ?sourceMappingURL=([^\s'\"]+)")
_MAX_MAP = 256 << 20
"""Bytes of one map; larger ones are left out."""
_MAX_DETAIL = 100
_MAX_SECTIONS = 16 << 20
"""Bytes of the sections of an index map, which are decoded."""
_ABSENT = msgspec.Raw()


def add_source_maps(trace: Trace, discloses: Callable[[Owner], bool], work: Path) -> None:
    """Package the map of every packaged script that names one.

    Args:
        trace: finished but for the maps.
        discloses: whether the maps of an owner's scripts may contain the sources.
        work: existing private directory, for maps that are not packaged unchanged.
    """
    directory = work / "source-maps"
    number = 0
    for script in [file for file in trace.files.values() if file.script and file.names_map]:
        named = _named_map(trace.filesystem, script)
        if named is None:
            continue
        is_inline, ships = named.url.startswith("data:"), discloses(script.owner)
        # An inline map ships in the source of its script.
        if is_inline and ships:
            continue
        reason = Reason(ReasonKind.FILE_REFERENCE, script.path, named.line, named.detail)
        found = (
            _MapFile(f"{script.path}.map", _inline(named.url))
            if is_inline
            else _from_file(trace, script, reason, named.url, unread=ships)
        )
        if found is None or found.path in trace.files or trace.is_ignored(found.path):
            continue
        added = TracedFile(found.path, reason, script.need, script=False, owner=script.owner)
        status = found.status
        if status is None:
            replaced = _without_sources(found.content) if found.content is not None else None
            if replaced is None:
                continue
            if not number:
                directory.mkdir(exist_ok=True)  # another variant's may be there
                number = len(os.listdir(directory))
            added.javascript = directory / f"{number}.map"
            added.javascript.write_bytes(replaced)
            status = added.javascript.stat()
            number += 1
        added.role, added.mode, added.visited = Role.ASSET, 0o644, True
        added.size, added.mtime_ns = status.st_size, status.st_mtime_ns
        trace.files[found.path] = added


class _MapFile(Struct, frozen=True):
    """A map, its content, or the state of a file that is packaged unchanged.

    One without either is not packaged.
    """

    path: str
    content: bytes | None = None
    status: os.stat_result | None = None


class _NamedMap(Struct, frozen=True):
    """What the last comment of a script that names a map says, and its line."""

    url: str
    line: int

    @property
    def detail(self) -> str:
        """The name for messages; a ``data:`` URL is as long as the map."""
        return self.url[:_MAX_DETAIL]


def _named_map(filesystem: FileSystem, script: TracedFile) -> _NamedMap | None:
    javascript = script.javascript
    try:
        with open_regular(javascript) if javascript else filesystem.open_real(script.path) as file:
            source = file.readall()
    except (OSError, NotRegularError):
        return None
    at = source.rfind(NAMES_MAP)
    found = _COMMENT.match(source, max(at - 4, 0)) or _COMMENT.match(source, max(at - 3, 0))
    if at < 0 or found is None:
        return None
    return _NamedMap(found[1].decode("utf-8", "replace"), source.count(b"\n", 0, at) + 1)


def _from_file(
    trace: Trace, script: TracedFile, reason: Reason, url: str, *, unread: bool
) -> _MapFile | None:
    """Return a map that is a file, with its content or, ``unread``, its state.

    Return None if it cannot be read, is too large, or the script's package may not take it.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme or parts.netloc:
            return None
        path = os.path.normpath(os.path.join(os.path.dirname(script.path), unquote(parts.path)))
        found = trace.filesystem.real_path(path)
        # A package that names what it may not take names it in vain: nothing there is opened.
        if trace.filesystem.kind(found.real) is not PathKind.FILE or not trace.may_take(
            found, reason, Need.OPTIONAL, script.owner
        ):
            return None
        with trace.filesystem.open_real(found.real) as stream:
            status = os.fstat(stream.fileno())
            content = None if unread else stream.read(_MAX_MAP + 1)
    except (OSError, ValueError, NotRegularError):
        return None
    if (status.st_size if content is None else len(content)) > _MAX_MAP:
        return None
    trace.add_symlinks(found.symlinks)
    return _MapFile(found.real, content, status if unread else None)


def _inline(url: str) -> bytes | None:
    """Return the content of a ``data:`` URL; None if it is malformed."""
    head, comma, body = url.partition(",")
    if not comma:
        return None
    try:
        return base64.b64decode(body) if head.endswith(";base64") else unquote_to_bytes(body)
    except (binascii.Error, ValueError):
        return None


class _Map(msgspec.Struct, omit_defaults=True):
    """The fields of a map that disclose no source; their values are not decoded.

    A small text can become very many objects. Unknown fields may contain anything.
    """

    version: msgspec.Raw = _ABSENT
    file: msgspec.Raw = _ABSENT
    sourceRoot: msgspec.Raw = _ABSENT  # noqa: N815 (the specification's names)
    sources: msgspec.Raw = _ABSENT
    names: msgspec.Raw = _ABSENT
    mappings: msgspec.Raw = _ABSENT
    ignoreList: msgspec.Raw = _ABSENT  # noqa: N815
    x_google_ignoreList: msgspec.Raw = _ABSENT  # noqa: N815
    debugId: msgspec.Raw = _ABSENT  # noqa: N815
    sections: msgspec.Raw = _ABSENT


class _Section(msgspec.Struct):
    """A part of an index map."""

    offset: msgspec.Raw
    map: _Map


def _without_sources(content: bytes) -> bytes | None:
    """Return a map without the text of its sources; None if it is not a map."""
    try:
        data = msgspec.json.decode(content, type=_Map)
        if data.sections is not _ABSENT:
            if len(bytes(data.sections)) > _MAX_SECTIONS:
                return None
            sections = msgspec.json.decode(data.sections, type=list[_Section])
            for section in sections:
                section.map.sections = _ABSENT  # the specification allows one level
            data.sections = msgspec.Raw(msgspec.json.encode(sections))
        return msgspec.json.encode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
