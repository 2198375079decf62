"""Write ``sealift/bytecode`` and its index; docs/payload-format.md has the layout."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from msgspec import Struct

from sealift.model import Asset, Bytecode, PackagedFiles, Project, ScriptBytecode
from sealift.options import Compression
from sealift.payload import messages
from sealift.payload.bytecode_reader import read_bytecode
from sealift.payload.compression import Codec, Content, StoredBytes, compress_all, store
from sealift.payload.directory_tree import build_tree
from sealift.payload.start_files import start_files
from sealift.record import replace

RECORD = struct.Struct("<I I Q I I I B B B x")
KIND_COMMONJS, KIND_MODULE = 1, 2

_U32 = struct.Struct("<I")
_CHUNK = 1 << 20
_ALIGNMENT = 8


class _Caches(Struct, frozen=True):
    """The code caches of one target, as they are stored.

    Attributes:
        path, size: of the file that holds them.
        places: offset and content of each, by the location of its script.
    """

    path: Path
    size: int
    places: dict[str, tuple[int, StoredBytes]]


def with_bytecode(
    files: PackagedFiles,
    project: Project,
    bytecode: Bytecode,
    compression: Compression = Compression.NONE,
) -> PackagedFiles:
    """Return packaged files with the bytecode of one target.

    Compressed code caches go to a file beside that of ``bytecode``.

    Raises:
        OutputError: that file cannot be written.
    """
    caches = _caches(bytecode, compression, start_files(project))
    indices = build_tree(project).index
    scripts = sorted(bytecode.scripts, key=lambda script: indices[script.location])
    index = b"".join(
        RECORD.pack(
            indices[script.location],
            script.length,
            caches.places[script.location][0],
            script.source_length,
            caches.places[script.location][1].crc32,
            caches.places[script.location][1].size,
            KIND_MODULE if script.is_module else KIND_COMMONJS,
            caches.places[script.location][1].codec,
            script.calls,
        )
        for script in scripts
    )
    lines = _pool([script.lines for script in scripts])
    names = _pool([script.names for script in scripts])
    read = read_bytecode(index, lines, names, len(indices), caches.size)
    if [(one.lines, one.names, one.calls) for one in read] != [
        (script.lines, script.names, script.calls) for script in scripts
    ]:
        raise AssertionError("the bytecode was not packaged correctly")
    added = (
        Asset("sealift/bytecode", path=caches.path, size=caches.size),
        Asset("sealift/bytecode-index", index),
        Asset("sealift/bytecode-lines", lines),
        Asset("sealift/bytecode-names", names),
    )
    return replace(files, assets=files.assets + added, total_size=files.total_size + caches.size)


def _caches(bytecode: Bytecode, compression: Compression, unchanged: frozenset[str]) -> _Caches:
    """Return the code caches, compressed if a compression is given, except those ``unchanged``."""
    if compression == Compression.NONE:
        stored = {
            script.location: (
                script.offset,
                StoredBytes(Codec.STORED, script.length, script.crc32),
            )
            for script in bytecode.scripts
        }
        return _Caches(bytecode.path, bytecode.size, stored)
    path = bytecode.path.with_name(f"{bytecode.path.name}.compressed")
    contents = [
        Content(
            partial(_read, bytecode.path, script),
            script.length,
            Compression.NONE if script.location in unchanged else compression,
        )
        for script in bytecode.scripts
    ]
    places = {}
    try:
        with path.open("wb") as out, closing(compress_all(contents)) as compressed:
            for script, content in zip(bytecode.scripts, contents, strict=True):
                out.write(bytes(-out.tell() % _ALIGNMENT))
                place = out.tell()
                places[script.location] = place, store(content, next(compressed), out)
            return _Caches(path, out.tell(), places)
    except OSError as error:
        raise messages.TEMPORARY_UNWRITABLE.error(
            directory=path.parent, reason=error.strerror
        ) from error


def _read(path: Path, script: ScriptBytecode) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(script.offset)
        rest = script.length
        while data := file.read(min(rest, _CHUNK)):
            rest -= len(data)
            yield data


def _pool(items: Sequence[bytes]) -> bytes:
    """Return byte strings end to end, after the offsets of their beginnings and of the end."""
    offsets, end = bytearray(), 0
    for item in (*items, b""):
        offsets += _U32.pack(end)
        end += len(item)
    return bytes(offsets) + b"".join(items)
