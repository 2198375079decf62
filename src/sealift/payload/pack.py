"""Pack a project: read every file once and write the blob's assets for it."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

from msgspec import Struct

from sealift.formats.native_magic import is_shared_object
from sealift.model import Asset, Bytecode, Observer, PackagedFiles, Project, ProjectFile, Role
from sealift.options import Compression
from sealift.payload import messages
from sealift.payload.compression import Content, compress_all, store
from sealift.payload.directory_tree import build_tree
from sealift.payload.package_search import PackageSearch
from sealift.payload.start_files import start_files
from sealift.payload.table_reader import read_records
from sealift.payload.table_writer import Stored, encode
from sealift.payload.wrapped_scripts import HEAD, TAIL, fits, wrapped_scripts
from sealift.tools.input_files import NotRegularError, RealFiles, open_real, open_regular

FORMAT = 3
_CHUNK = 1 << 20


def pack(
    project: Project,
    runtime: Sequence[tuple[str, bytes]],
    sealift_version: str,
    directory: Path,
    observer: Observer,
    bytecode: Bytecode | None = None,
    compression: Compression = Compression.NONE,
    size_limit: int | None = None,
) -> PackagedFiles:
    """Write the contents of the packaged files to ``directory``; return the blob's assets.

    The assets serve all targets whose bytecode differs only in the bytes of the code caches:
    `sealift.payload.with_bytecode` adds those.

    Args:
        project: what to package.
        runtime: the runtime's own modules, (name, source).
        sealift_version: passed on to the runtime.
        directory: a private, temporary directory; the assets refer to a file in it.
        observer: notified of each packaged file.
        bytecode: of the compiled scripts, some without source; None for source alone.
        compression: of the files' contents.
        size_limit: bytes that they must be smaller than, as they are stored; None for any number.

    Raises:
        ProjectError: a file has changed since it was read, or cannot be read; or the files are too
            large.
    """
    observer.stage("packing", len(project.files))
    try:
        written = _write(project, directory / "files", observer, bytecode, compression, size_limit)
    except OSError as error:
        raise messages.TEMPORARY_UNWRITABLE.error(
            directory=directory, reason=error.strerror
        ) from error
    _check(project, _left_out(bytecode), written)
    config = _config(project, sealift_version, bytecode, written.searching)
    digests = json.dumps(written.digests, separators=(",", ":")).encode()
    assets = (
        Asset("sealift/config", config),
        Asset("sealift/table", written.table),
        Asset("sealift/links", written.links),
        Asset("sealift/files", path=directory / "files", size=written.total),
        Asset("sealift/digests", digests),
        *(Asset(f"sealift/runtime/{name}", source) for name, source in runtime),
    )
    return PackagedFiles(assets, len(project.files), written.total)


class _Written(Struct, frozen=True):
    """What was written of a project.

    Attributes:
        table, links: the assets.
        total: bytes of the contents.
        digests: SHA-256 of native code, by the index of its record.
        searching: locations of the addons that search packages.
    """

    table: bytes
    links: bytes
    total: int
    digests: dict[str, str]
    searching: list[str]


def _left_out(bytecode: Bytecode | None) -> frozenset[str]:
    return bytecode.source_left_out if bytecode is not None else frozenset()


def _write(
    project: Project,
    contents: Path,
    observer: Observer,
    bytecode: Bytecode | None,
    compression: Compression,
    size_limit: int | None,
) -> _Written:
    """Write the contents of all files, and the table and links that describe them."""
    tree = build_tree(project)
    left_out = _left_out(bytecode)
    stored: list[Stored | None] = []
    digests: dict[str, str] = {}
    with contents.open("wb") as out:
        writer = _ContentsWriter(out, project, compression, wrapped_scripts(project, bytecode))
        items = [node.item for node in tree.nodes]
        shipped = [
            item
            for item in items
            if isinstance(item, ProjectFile) and item.location not in left_out
        ]
        with closing(writer.store_all(shipped)) as kept:
            for index, item in enumerate(items):
                if not isinstance(item, ProjectFile):
                    stored.append(None)
                    continue
                if item.location in left_out:
                    stored.append(Stored(writer.end, item.size))
                else:
                    place, digest = next(kept)
                    stored.append(place)
                    if digest:
                        digests[str(index)] = digest
                    if size_limit is not None and writer.end >= size_limit:
                        raise messages.CONTENTS_TOO_LARGE.error(
                            size=writer.end, path=item.source, limit=size_limit >> 30
                        )
                observer.advance(1)
        total = out.tell()
    return _Written(*encode(tree, stored), total, digests, writer.searching)


def _config(
    project: Project, sealift_version: str, bytecode: Bytecode | None, searching: Sequence[str]
) -> bytes:
    config: dict[str, Any] = {
        "format": FORMAT,
        "sealift": sealift_version,
        "project": project.name,
        "entry": project.entry,
        "whole": [whole.location for whole in project.whole_packages],
    }
    if project.native_readers:
        config["nativeReaders"] = project.native_readers
    if searching:
        config["nativeSearchers"] = searching
    if bytecode is not None:
        config["bytecode"] = {
            "v8": bytecode.v8_version,
            "flagHash": bytecode.flag_hash,
            "magic": bytecode.magic,
            "isHint": bytecode.is_hint,
        }
    return json.dumps(config, separators=(",", ":")).encode()


class _ContentsWriter:
    """Writes the contents of files end to end; equal contents are stored once.

    Attributes:
        searching: locations of the addons that search packages.
        end: bytes that are written; asking the file for them costs a call of the system.
    """

    def __init__(
        self, out: BinaryIO, project: Project, compression: Compression, wrapped: frozenset[str]
    ) -> None:
        self._wrapped = wrapped
        self.searching: list[str] = []
        self.end = 0
        self._out = out
        self._compression = compression
        self._unchanged = start_files(project)
        # Only files of equal size can have equal contents, so that few are hashed.
        self._sizes = Counter(file.size for file in project.files)
        self._known: dict[bytes, Stored] = {}

    def store_all(self, files: Sequence[ProjectFile]) -> Generator[tuple[Stored, str]]:
        """Copy the contents of files; yield their places, and the SHA-256 of native code.

        The runtime names a directory by that digest: computing it at start would take longer than
        all else for an addon of 20 MB.

        Raises:
            ProjectError: these are not the bytes that were scanned.
        """
        reading: deque[tuple[ProjectFile, _Reading, Content]] = deque()

        def contents(real: RealFiles) -> Iterator[Content]:
            for file in files:
                is_unchanged = file.location in self._unchanged
                compression = Compression.NONE if is_unchanged else self._compression
                # Other threads compress.
                by = real if compression == Compression.NONE else None
                one = _Reading(file, by, digested=self._sizes[file.size] > 1)
                content = Content(one.chunks, file.size, compression)
                reading.append((file, one, content))
                yield content

        with RealFiles() as real, closing(compress_all(contents(real))) as compressed:
            for result in compressed:
                yield self._store(*reading.popleft(), result)

    def _store(
        self, file: ProjectFile, reading: _Reading, content: Content, compressed: bytes | None
    ) -> tuple[Stored, str]:
        start = offset = self.end
        wrapped = (
            file.location in self._wrapped
            and not content.may_be_compressed
            and fits(reading.chunks())
        )
        if wrapped:
            offset += self._out.write(HEAD)
        kept = store(content, compressed, self._out)
        self.end = offset + kept.size
        if wrapped:
            self.end += self._out.write(TAIL)
        if reading.size != file.size:
            raise messages.FILE_CHANGED.error(path=file.source)
        if reading.searches:
            self.searching.append(file.location)
        stored = Stored(offset, file.size, kept, reading.ascii, wrapped)
        if reading.digest is None:
            return stored, ""
        known = self._known.setdefault(reading.digest.digest(), stored)
        if known is not stored:
            self.end = self._out.seek(start)
            self._out.truncate()
        return known, reading.digest.hexdigest() if reading.native else ""


class _Reading:
    """Reads a file's contents, and notes what they are.

    Attributes:
        size: number of bytes read.
        ascii: every byte is ASCII.
        native: it is native code.
        digest: SHA-256 of native code, and of what may be equal to another file; else None.
        searches: it is an addon that searches packages.
    """

    def __init__(self, file: ProjectFile, real: RealFiles | None, *, digested: bool) -> None:
        self._file = file
        self._real = real
        self._digested = digested
        self._search: PackageSearch | None = None

    def _begin(self) -> None:
        self.size = 0
        self.ascii = True
        self.native = False
        self.digest = hashlib.sha256() if self._digested else None
        self._search = PackageSearch() if self._file.role is Role.ADDON else None

    @property
    def searches(self) -> bool:
        return self._search is not None and self._search.found

    def chunks(self) -> Iterator[bytes]:
        """Yield the contents from their beginning."""
        self._begin()
        for chunk in _read(self._file, self._real):
            if self.size == 0 and is_shared_object(chunk):
                self.native, self.digest = True, hashlib.sha256()
            if self.digest is not None:
                self.digest.update(chunk)
            if self._search is not None:
                self._search.feed(chunk)
            self.ascii = self.ascii and chunk.isascii()
            self.size += len(chunk)
            yield chunk


def _read(file: ProjectFile, real: RealFiles | None) -> Iterator[bytes]:
    """Yield a file's contents in chunks; raise ProjectError unless it is the scanned file.

    ``real``: reads it if it is small; None in other threads than that of the packing.
    """
    opened = open_real if file.replacement is None else open_regular
    left = file.size
    try:
        if real is not None and file.replacement is None and file.size <= _CHUNK:
            data, stat = real.read(file.source, file.size)
            yield data
        else:
            with opened(file.content) as source:
                while left and (chunk := source.read(min(left, _CHUNK))):
                    left -= len(chunk)
                    yield chunk
                stat = os.fstat(source.fileno())
    except OSError as error:
        raise messages.FILE_UNREADABLE.error(path=file.source, reason=error.strerror) from error
    except NotRegularError as error:
        raise messages.FILE_CHANGED.error(path=file.source) from error
    if (stat.st_size, stat.st_mtime_ns) != (file.size, file.mtime_ns):
        raise messages.FILE_CHANGED.error(path=file.source)


def _check(project: Project, left_out: frozenset[str], written: _Written) -> None:
    """Read the table back, and compare every file with what was to be written."""
    files = {file.location: file for file in project.files}
    for record in read_records(written.table, written.links, written.total):
        file = files.pop(record.location, None)
        if file is None:
            continue  # a directory or a link
        expected = {
            (resolution.kind.value, resolution.specifier): resolution.target
            for resolution in file.resolutions
        }
        read = {
            (kind, specifier): target
            for kind, targets in record.links.items()
            for specifier, target in targets.items()
        }
        if (
            record.size != file.size
            or record.role != file.role
            or record.source_left_out != (file.location in left_out)
            or read != expected
        ):
            raise AssertionError(f"{file.location} was not packaged correctly")
    if files:
        raise AssertionError(f"{min(files)} was not packaged")
