"""Payloads as earlier builds have packed them, used again while nothing has changed.

A payload depends on the projects, on the contents of their files, on the targets' Node binaries,
and on how and by what scripts are compiled: all of that is the key. The contents are compared by
size, times and inode number (`sealift.cache.path_states`), those of files that the build has made
by digest.

Layout of the cache: ``payloads/<digest>.payload``, a sealed file with the `_Kept` of the last build
of an entry point for some targets, as MessagePack; and ``.parts`` beside it: the contents of the
assets, end to end.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from sealift.cache import (
    CAN_COMPARE,
    Store,
    code_digest,
    evict,
    places,
    read_sealed,
    state_of_path,
    touch,
    value_digest,
    write_chunks,
    write_sealed,
)
from sealift.findings import Finding
from sealift.host import host_machine
from sealift.model import Asset, PackagedFiles, Payload, Project, ProjectFile, ScriptCounts
from sealift.record import replace
from sealift.target_build import TargetBuild
from sealift.tools.input_files import NotRegularError, open_regular

_KIND, _FORMAT = b"SLPY", 1
_COMPRESSORS = ("brotli", "zstandard")

_LARGEST = 256 << 20
"""Bytes of one payload that is kept."""
_LARGEST_PLACE = 1 << 30
"""Bytes of all of them."""
_CHUNK = 1 << 20


class _KeptAsset(msgspec.Struct, frozen=True, array_like=True):
    """One asset: its name, where its content is among the parts, and whether it is data."""

    key: str
    offset: int
    size: int
    is_data: bool


class _KeptPayload(msgspec.Struct, frozen=True, array_like=True):
    """The payload of one target, and what packing has found out about it."""

    assets: tuple[_KeptAsset, ...]
    file_count: int
    total_size: int
    exec_argv: tuple[str, ...]
    scripts: ScriptCounts
    findings: tuple[Finding, ...]


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """The payloads of all targets of a build, with their key and the digest of the parts."""

    key: str
    sha256: bytes
    payloads: tuple[_KeptPayload, ...]


class PayloadCache:
    """The kept payloads of the targets of one build.

    Args:
        root: of the cache.
        builds: the targets, with their projects and Node binaries.
        how: everything else that decides about the payloads; MessagePack can express it.
        work: the build's private, temporary directory.
    """

    def __init__(self, root: Path, builds: Sequence[TargetBuild], how: object, work: Path) -> None:
        self._builds = builds
        self._work = work
        place = Store(root).directory(places.PAYLOADS)
        self._key, name = _key_and_name(builds, how, work) if CAN_COMPARE else ("", "")
        self._head = place / f"{name}.payload" if self._key else None
        if self._head is not None:
            evict(place, places.PAYLOADS.suffixes, largest=_LARGEST_PLACE)

    def load(self) -> tuple[TargetBuild, ...] | None:
        """Return the records with their payloads; None if they have to be packed."""
        if self._head is None:
            return None
        parts = self._work / "kept-parts"
        try:
            body = read_sealed(self._head, self._head.parent, _KIND, _FORMAT)
            kept = msgspec.msgpack.decode(body, type=_Kept)
            if kept.key != self._key or _copy(self._parts, parts) != kept.sha256:
                return None
        except (OSError, ValueError, NotRegularError, msgspec.MsgspecError):
            return None
        touch(self._head)
        touch(self._parts)
        return tuple(
            replace(build, packed=_payload(one, parts)).with_findings(one.findings)
            for build, one in zip(self._builds, kept.payloads, strict=True)
        )

    def keep(self, packed: Sequence[TargetBuild]) -> None:
        """Keep the payloads of the records, which are those of the build after packing."""
        if self._head is None:
            return
        parts = _Parts()
        payloads = tuple(
            parts.payload(after.payload, after.findings[len(before.findings) :])
            for before, after in zip(self._builds, packed, strict=True)
        )
        if parts.size > _LARGEST:
            return
        with contextlib.suppress(OSError):  # the next build packs again
            write_chunks(self._parts, parts.chunks())
            body = msgspec.msgpack.encode(_Kept(self._key, parts.sha256.digest(), payloads))
            write_sealed(self._head, _KIND, _FORMAT, body)

    @property
    def _parts(self) -> Path:
        assert self._head is not None
        return self._head.with_suffix(".parts")


class _Parts:
    """The contents of assets, each once."""

    def __init__(self) -> None:
        self.size = 0
        self.sha256 = hashlib.sha256()
        self._offsets: dict[tuple[Path, int, int] | bytes, int] = {}

    def payload(self, payload: Payload, findings: Sequence[Finding]) -> _KeptPayload:
        """Return what is kept of a payload, whose contents are among the chunks afterwards."""
        files = payload.files
        return _KeptPayload(
            tuple(
                _KeptAsset(one.key, self._place(one), one.length, one.data is not None)
                for one in files.assets
            ),
            *(files.file_count, files.total_size, payload.exec_argv, payload.scripts),
            tuple(findings),
        )

    def chunks(self) -> Iterator[bytes]:
        """Yield all contents, end to end; `sha256` is their digest afterwards."""
        for content in self._offsets:
            for chunk in (content,) if isinstance(content, bytes) else _range(*content):
                self.sha256.update(chunk)
                yield chunk

    def _place(self, asset: Asset) -> int:
        content: tuple[Path, int, int] | bytes = asset.data or b""
        if asset.path is not None:
            content = asset.path, asset.offset, asset.size
        if content not in self._offsets:
            self._offsets[content] = self.size
            self.size += asset.length
        return self._offsets[content]


def _range(path: Path, offset: int, size: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(offset)
        while size and (chunk := file.read(min(size, _CHUNK))):
            size -= len(chunk)
            yield chunk
    if size:
        raise OSError(f"{path} is shorter than it was")


def _copy(source: Path, target: Path) -> bytes:
    """Copy a file and return its digest."""
    digest = hashlib.sha256()
    with open_regular(source) as file, target.open("wb", buffering=0) as out:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            out.write(chunk)
    return digest.digest()


def _payload(kept: _KeptPayload, parts: Path) -> Payload:
    """Return a payload whose files are in ``parts``."""
    with parts.open("rb") as file:
        assets = tuple(_asset(one, parts, file) for one in kept.assets)
    files = PackagedFiles(assets, kept.file_count, kept.total_size)
    return Payload(files, kept.exec_argv, kept.scripts)


def _asset(kept: _KeptAsset, parts: Path, file: BinaryIO) -> Asset:
    if not kept.is_data:
        return Asset(kept.key, path=parts, offset=kept.offset, size=kept.size)
    file.seek(kept.offset)
    return Asset(kept.key, data=file.read(kept.size))


def _key_and_name(builds: Sequence[TargetBuild], how: object, work: Path) -> tuple[str, str]:
    """Return the digest of everything that the payloads depend on, and the name of the entry.

    The key is "" if something is not certain: what has just changed may change again unnoticed.
    """
    start = time.time_ns()
    projects = list({build.project_key: build.project for build in builds}.values())
    contents = [_contents(project, work, start) for project in projects]
    if None in contents:
        return "", ""
    targets = [(str(build.target), build.project_key, build.node) for build in builds]
    host = list(map(str, host_machine()))
    try:
        bare = [_bare(project, work) for project in projects]
        key = value_digest(
            (code_digest(_COMPRESSORS), Path.cwd(), host, how, targets, contents, bare)
        )
        return key, value_digest((how, targets, [(one.root, one.entry) for one in projects]))
    except (OSError, TypeError, UnicodeEncodeError):
        return "", ""


def _contents(project: Project, work: Path, start: int) -> list[object] | None:
    """Return the states or digests of a project's files; None if one counts as changed."""
    found: list[object] = []
    below = f"{work}{os.sep}"
    for file in project.files:
        path = os.fspath(file.content)
        if _is_made(file, below):
            try:
                found.append(_digest_of_file(path))
            except (OSError, NotRegularError):
                return None
            continue
        state = state_of_path(path, content=True)
        is_read = state.content is not None and state.content[:2] == (file.size, file.mtime_ns)
        if state.link or not is_read or not state.is_older(start):
            return None
        found.append(state.content)
    return found


def _is_made(file: ProjectFile, below: str) -> bool:
    """Return True if this build has made the content of a file, or fetched it.

    ``below``: the path of its directory, with a separator at the end.
    """
    return file.replacement is not None or os.fspath(file.source).startswith(below)


def _digest_of_file(path: str) -> bytes:
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").digest()


def _bare(project: Project, work: Path) -> Project:
    """Return a project without what differs from build to build: findings, places of made files."""
    below = f"{work}{os.sep}"
    files = tuple(
        replace(file, source=Path(file.source.name), replacement=None, mtime_ns=0)
        if _is_made(file, below)
        else file
        for file in project.files
    )
    return replace(project, files=files, findings=())
