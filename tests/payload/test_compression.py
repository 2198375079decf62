"""Compressed contents: what is stored, and that other readers get the content back."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
import zstandard

from sealift.errors import ProjectError
from sealift.model import (
    Bytecode,
    PackagedFiles,
    Project,
    Resolution,
    ResolutionKind,
    ScriptBytecode,
    SilentObserver,
)
from sealift.options import Compression
from sealift.payload import pack, with_bytecode
from sealift.payload.bytecode_reader import read_bytecode
from sealift.payload.compression import Codec, Content, compress_all, store
from sealift.payload.start_files import start_files
from sealift.payload.stored_content import DamagedContentError, read_content
from sealift.payload.table_reader import Kind, Record, read_table
from sealift.record import replace
from support.executables import project_of

DECOMPRESS: dict[Compression, Callable[[bytes], bytes]] = {
    Compression.GZIP: zlib.decompress,
    Compression.BROTLI: brotli.decompress,
    Compression.ZSTD: zstandard.ZstdDecompressor().decompress,
}
TEXT = b"".join(b"exports.name%d = %d;\n" % (n, n) for n in range(4000))
FILES = {
    "index.js": TEXT,
    "copy.js": TEXT,
    "small.js": b"module.exports = 1;\n" * 5,
    "random.bin": random.Random(1).randbytes(50_000),
    "text.txt": "caf\u00e9 ".encode() * 3_000,
    "zeros.bin": bytes(5 << 20),
    "empty": b"",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return folder


def contents(files: PackagedFiles) -> dict[str, bytes]:
    return {
        asset.key: asset.data if asset.data is not None else asset.path.read_bytes()  # type: ignore[union-attr]
        for asset in files.assets
    }


def packed(
    folder: Path, directory: Path, compression: Compression
) -> tuple[dict[str, Record], bytes]:
    directory.mkdir()
    project = project_of(folder, "index.js")
    files = pack(project, (), "1.0.0", directory, SilentObserver(), compression=compression)
    assets = contents(files)
    stored = assets["sealift/files"]
    records = read_table(assets["sealift/table"], assets["sealift/links"], len(stored))
    found = {
        record.location.removeprefix("project/"): record
        for record in records
        if record.kind == Kind.FILE
    }
    return found, stored


@pytest.mark.parametrize("compression", DECOMPRESS)
def test_every_content_comes_back(folder: Path, tmp_path: Path, compression: Compression) -> None:
    records, stored = packed(folder, tmp_path / "work", compression)
    assert records.keys() == FILES.keys()
    for name, record in records.items():
        data = stored[record.offset : record.offset + record.stored_size]
        assert record.crc32 == zlib.crc32(data)
        assert record.size == len(FILES[name])
        if record.codec:
            data = DECOMPRESS[compression](data)
        assert data == FILES[name], name
    assert {name for name, record in records.items() if record.codec} == {
        "index.js",
        "copy.js",
        "text.txt",
        "zeros.bin",
    }


def test_equal_contents_are_stored_once(folder: Path, tmp_path: Path) -> None:
    records, stored = packed(folder, tmp_path / "work", Compression.ZSTD)
    assert records["index.js"].offset == records["copy.js"].offset
    places = {(record.offset, record.stored_size) for record in records.values()}
    assert sum(size for _, size in places) == len(stored)


@pytest.mark.parametrize("compression", DECOMPRESS)
def test_two_runs_give_the_same_bytes(
    folder: Path, tmp_path: Path, compression: Compression
) -> None:
    assert packed(folder, tmp_path / "1", compression) == packed(
        folder, tmp_path / "2", compression
    )


@pytest.mark.parametrize("compression", DECOMPRESS)
def test_damaged_contents_are_noticed(
    folder: Path, tmp_path: Path, compression: Compression
) -> None:
    records, stored = packed(folder, tmp_path / "work", compression)
    record = records["text.txt"]
    file = tmp_path / "stored"

    def is_good(data: bytes, size: int = record.size) -> bool:
        file.write_bytes(data)
        crc32 = zlib.crc32(data)
        with file.open("rb") as stream:
            try:
                found = b"".join(read_content(stream, 0, len(data), record.codec, size, crc32))
            except DamagedContentError:
                return False
        assert found == FILES["text.txt"]
        return True

    data = stored[record.offset : record.offset + record.stored_size]
    assert is_good(data)
    assert not is_good(data[:-1])
    assert not is_good(data, record.size - 1)
    assert not is_good(data, record.size + 1)
    assert not is_good(bytes(len(data)))
    assert not is_good(b"")


@pytest.mark.parametrize("compression", [Compression.NONE, *DECOMPRESS])
def test_packing_ends_at_the_first_file_that_is_too_much(
    folder: Path, tmp_path: Path, compression: Compression
) -> None:
    """What counts is the size as stored: the zeros take less than the random bytes."""
    largest = 6 << 20 if compression == Compression.NONE else 80_000
    project = project_of(folder, "index.js")

    def size(limit: int) -> int:
        return pack(
            project, (), "1", tmp_path, SilentObserver(), compression=compression, size_limit=limit
        ).total_size

    taken = size(largest)
    assert size(taken + 1) == taken
    with pytest.raises(ProjectError) as raised:
        size(taken)
    assert raised.value.code == "files-too-large"
    assert f"take {taken} bytes" in raised.value.message


@pytest.mark.parametrize("compression", [Compression.NONE, *DECOMPRESS])
def test_code_caches(folder: Path, tmp_path: Path, compression: Compression) -> None:
    caches = {"copy.js": TEXT + b"1234567", "index.js": b"tiny code"}
    path = tmp_path / "caches"
    path.write_bytes(caches["copy.js"] + bytes(-len(caches["copy.js"]) % 8) + caches["index.js"])
    offsets = {"copy.js": 0, "index.js": path.stat().st_size - len(caches["index.js"])}
    scripts = tuple(
        ScriptBytecode(
            location=f"project/{name}",
            offset=offsets[name],
            length=len(cache),
            source_length=len(FILES[name]),
            is_module=False,
            crc32=zlib.crc32(cache),
            lines=b"lines",
            names=b"",
        )
        for name, cache in caches.items()
    )
    bytecode = Bytecode(
        v8_version="1",
        flag_hash=2,
        magic=3,
        path=path,
        size=path.stat().st_size,
        scripts=scripts,
        source_left_out=frozenset(),
    )
    project = project_of(folder, "index.js")
    work = tmp_path / "work"
    work.mkdir()
    files = pack(project, (), "1.0.0", work, SilentObserver(), bytecode, compression)
    assets = contents(with_bytecode(files, project, bytecode, compression))
    table = read_table(
        assets["sealift/table"], assets["sealift/links"], len(assets["sealift/files"])
    )
    stored = assets["sealift/bytecode"]
    records = read_bytecode(
        assets["sealift/bytecode-index"],
        assets["sealift/bytecode-lines"],
        assets["sealift/bytecode-names"],
        len(table),
        len(stored),
    )
    found = {}
    for record in records:
        data = stored[record.offset : record.offset + record.stored_length]
        assert (record.crc32, record.offset % 8) == (zlib.crc32(data), 0)
        content = DECOMPRESS[compression](data) if record.codec else data
        assert len(content) == record.length
        found[table[record.record].location.removeprefix("project/")] = content
    assert found == caches
    assert (len(stored) < len(TEXT) // 2) == (compression != Compression.NONE)


def linked(folder: Path, links: dict[str, list[str]]) -> Project:
    """Return the project of a directory whose files `require` others."""
    project = project_of(folder, "index.js")

    def resolutions(name: str) -> tuple[Resolution, ...]:
        return tuple(
            Resolution(ResolutionKind.REQUIRE, f"./{one}", f"project/{one}")
            for one in links.get(name, ())
        )

    files = tuple(
        replace(file, resolutions=resolutions(file.source.name)) for file in project.files
    )
    return replace(project, files=files)


def test_large_files_that_a_start_reads_are_not_decompressed(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    sizes = {
        "index.js": 1000,
        "far.js": 900_000,
        "near.js": 2_000_000,
        "small.js": 5000,
        "cold.js": 6_000_000,
    }
    for name, size in sizes.items():
        (folder / name).write_bytes(TEXT[:97] * (size // 97))
    links = {"index.js": ["near.js", "small.js"], "small.js": ["far.js", "index.js"]}
    project = linked(folder, links)
    # far.js does not fit in three tenths beside near.js.
    assert start_files(project) == {"project/near.js"}
    work = tmp_path / "work"
    work.mkdir()
    files = pack(project, (), "1.0.0", work, SilentObserver(), compression=Compression.GZIP)
    assets = contents(files)
    total = len(assets["sealift/files"])
    records = read_table(assets["sealift/table"], assets["sealift/links"], total)
    compressed = {record.location.split("/")[-1] for record in records if record.codec}
    assert compressed == {"far.js", "small.js", "cold.js"}
    assert total < 0.45 * sum(sizes.values())


def test_a_program_of_one_large_file_is_compressed(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "index.js").write_bytes(TEXT * 20)
    assert start_files(linked(folder, {})) == frozenset()


def stored(contents: list[Content], out: Path) -> list[tuple[bytes, bool]]:
    """Return what `store` has written for each content, decompressed, and if it was compressed."""
    found = []
    with out.open("w+b") as file:
        for content, compressed in zip(contents, compress_all(contents), strict=True):
            start = file.seek(0, 2)
            kept = store(content, compressed, file)
            file.seek(start)
            data = file.read()
            assert (kept.size, kept.crc32) == (len(data), zlib.crc32(data))
            is_compressed = kept.codec != Codec.STORED
            found.append(
                (DECOMPRESS[content.compression](data) if is_compressed else data, is_compressed)
            )
    return found


def content(data: bytes, compression: Compression = Compression.GZIP) -> Content:
    pieces = [data[start : start + (1 << 20)] for start in range(0, len(data), 1 << 20)]
    return Content(lambda: pieces, len(data), compression)


def test_contents_keep_their_order_whatever_their_size(tmp_path: Path) -> None:
    """Small and large ones take turns; those of 70 MB are not compressed ahead of others."""
    noise = random.Random(2).randbytes(70 << 20)
    datas = [TEXT, bytes(70 << 20), b"", TEXT[:5000], noise, bytes(30 << 20), bytes(40 << 20), TEXT]
    found = stored([content(data) for data in datas], tmp_path / "out")
    assert [data for data, _ in found] == datas
    assert [shrank for _, shrank in found] == [True, True, False, True, False, True, True, True]


def test_few_contents_are_read_before_they_are_wanted() -> None:
    read: list[int] = []

    def one(number: int) -> Content:
        def chunks() -> list[bytes]:
            read.append(number)
            return [bytes(1 << 20)] * 20

        return Content(chunks, 20 << 20, Compression.ZSTD)

    compressed = compress_all([one(number) for number in range(50)])
    for wanted in range(5):
        assert next(compressed) is not None
        assert max(read) <= wanted + 3  # three take 60 MB
    compressed.close()
    assert max(read) < 10


def test_an_unreadable_content_ends_where_it_stands() -> None:
    def unreadable() -> list[bytes]:
        raise PermissionError

    bad = Content(unreadable, 5000, Compression.ZSTD)
    compressed = compress_all([content(TEXT), bad, content(TEXT)])
    assert next(compressed)
    with pytest.raises(PermissionError):
        next(compressed)
