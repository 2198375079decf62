"""Typed records in sealed files: read back equal, and never read from a file that is not theirs."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sealift.bytecode import cache_files
from sealift.bytecode.cache_files import CacheFiles
from sealift.bytecode.compiled_scripts import CompiledScript, CompiledScripts, script_key
from sealift.bytecode.compiler_process import COMMONJS, MODULE, Compiled
from sealift.bytecode.relocate import RelocationTable
from sealift.cache import write_sealed
from sealift.formats.v8.code_cache import CacheReferences, find_references
from support.code_caches import MAJORS

Caches = Callable[[str], Mapping[str, bytes]]
Table = Callable[[str, str, str], RelocationTable]


@pytest.mark.parametrize("major", MAJORS)
def test_references_are_read_back(major: str, caches: Caches, tmp_path: Path) -> None:
    files = CacheFiles(tmp_path, b"TEST", 1, CacheReferences)
    for number, cache in enumerate(list(caches(major).values())[:40]):
        references = find_references(cache)
        files.store(str(number), references)
        assert files.load(str(number)) == references


@pytest.mark.parametrize("major", MAJORS)
def test_tables_are_read_back(major: str, table: Table, tmp_path: Path) -> None:
    files = CacheFiles(tmp_path, b"TEST", 1, RelocationTable)
    files.store("table", table(major, "win", "x64"))
    assert files.load("table") == table(major, "win", "x64")


def test_a_changed_or_shortened_file_is_missing(table: Table, tmp_path: Path) -> None:
    files = CacheFiles(tmp_path, b"TEST", 1, RelocationTable)
    files.store("table", table("26", "win", "x64"))
    whole = (tmp_path / "table").read_bytes()
    for at in range(0, len(whole), 997):
        (tmp_path / "table").write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        assert files.load("table") is None
        (tmp_path / "table").write_bytes(whole[:at])
        assert files.load("table") is None


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=200))
def test_foreign_bytes_are_missing_even_if_sealed(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    files = CacheFiles(tmp_path, b"TEST", 1, CacheReferences)
    path.write_bytes(data)
    assert files.load("file") is None
    write_sealed(path, b"TEST", 1, data)
    assert files.load("file") is None


def test_another_record_kind_or_format_is_missing(tmp_path: Path) -> None:
    files = CacheFiles(tmp_path, b"TEST", 1, dict[str, bytes])
    body = msgspec.msgpack.encode(("file", {"a": b"1"}))
    path = tmp_path / "file"
    write_sealed(path, b"TEST", 1, body)
    assert files.load("file") == {"a": b"1"}
    for kind, form, content in (
        (b"TEST", 2, body),
        (b"SLCU", 1, body),
        (b"TEST", 1, msgspec.msgpack.encode(("file", {"a": 1}))),
        (b"TEST", 1, msgspec.msgpack.encode(("other", {"a": b"1"}))),
        (b"TEST", 1, msgspec.msgpack.encode({"a": b"1"})),
        (b"TEST", 1, body + b"\0"),
    ):
        write_sealed(path, kind, form, content)
        assert files.load("file") is None
    path.unlink()
    path.mkdir()
    assert files.load("file") is None


def test_only_the_first_directory_that_can_be_written_is_used(
    caches: Caches, tmp_path: Path
) -> None:
    cache = caches("24")["features.js"]
    script = CompiledScript(Compiled(cache, b"lines", b"names"), find_references(cache))
    (tmp_path / "file").write_bytes(b"")
    directories = tmp_path / "file" / "cache", tmp_path / "first", tmp_path / "second"
    key = script_key(COMMONJS, b"source")
    CompiledScripts(directories, "a" * 64, b"compiler").store_group([key], {key: script})
    for node, compiler, expected in (("a", b"compiler", script), ("b", b"compiler", None)):
        scripts = CompiledScripts(directories, node * 64, compiler)
        assert scripts.load_group([key]).get(key) == expected
        assert scripts.load(key) == expected
    assert CompiledScripts(directories, "a" * 64, b"other").load_group([key]) == {}
    assert not (tmp_path / "second").exists()
    with pytest.raises(OSError, match="directory"):
        CompiledScripts(directories[:1], "a" * 64, b"compiler").store_group([key], {key: script})


def test_a_read_only_directory_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = CacheFiles(tmp_path, b"TEST", 1, dict[str, bytes])
    files.store("file", {"a": b"1"})

    def read_only(path: Path, *_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(cache_files, "write_sealed", read_only)
    with pytest.raises(OSError, match="Read-only"):
        files.store("other", {"b": b"2"})
    files.try_store("other", {"b": b"2"})
    assert files.load("file") == {"a": b"1"}
    assert files.load("other") is None


def test_keys_differ_by_kind_path_and_source() -> None:
    keys = {
        script_key(kind, source, path)
        for kind in (COMMONJS, MODULE)
        for source in (b"", b"1;")
        for path in ("", "/a", "/b")
    }
    assert len(keys) == 12


def test_the_scripts_of_a_group_are_read_at_once(
    caches: Caches, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    original = cache_files.read_sealed

    def counting(path: Path, top: Path, kind: bytes, form: int) -> bytes:
        read.append(path)
        return original(path, top, kind, form)

    cache = caches("24")["features.js"]
    script = CompiledScript(Compiled(cache, b"lines", b"names"), find_references(cache))
    key = script_key(COMMONJS, b"source")
    others = [script_key(COMMONJS, bytes([one])) for one in range(3)]
    groups = [[key, others[0]], others[1:]]
    for keys in groups:
        CompiledScripts([tmp_path], "a" * 64, b"compiler").store_group(
            keys, dict.fromkeys(keys, script)
        )
    monkeypatch.setattr(cache_files, "read_sealed", counting)
    scripts = CompiledScripts([tmp_path], "a" * 64, b"compiler")
    for keys in groups:
        assert scripts.load_group(keys) == dict.fromkeys(keys, script)
    assert len(read) == 2
    assert all(scripts.load(key) == script for keys in groups for key in keys)
    assert len(read) == 4


def test_a_group_that_is_stored_again_is_the_new_one(caches: Caches, tmp_path: Path) -> None:
    cache = caches("24")["features.js"]
    script = CompiledScript(Compiled(cache, b"lines", b"names"), find_references(cache))
    keys = [script_key(COMMONJS, b"a"), script_key(COMMONJS, b"b")]
    scripts = CompiledScripts([tmp_path], "a" * 64, b"compiler")
    assert scripts.load_group(keys) == {}
    scripts.store_group(keys, {keys[0]: script})
    assert scripts.load_group(keys) == {keys[0]: script}
    assert scripts.load(keys[1]) is None
    scripts.store_group(keys, dict.fromkeys(keys, script))
    assert scripts.load(keys[1]) == script
    again = CompiledScripts([tmp_path], "a" * 64, b"compiler")
    assert again.load_group(keys) == dict.fromkeys(keys, script)
