"""Whatever happens to cached bytecode, a build makes the same executables; it only takes longer."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from support.bytecode_builds import Build, MakeProject, digests
from support.compiled_projects import FILES

TARGETS = ("node24-linux-x64", "node24-win-x64")
Damage = Callable[[list[Path]], None]


def each(change: Callable[[bytes], bytes]) -> Damage:
    def damage(files: list[Path]) -> None:
        for path in files:
            path.write_bytes(change(path.read_bytes()))

    return damage


def exchange(files: list[Path]) -> None:
    """Write into each file the content of another file of its kind."""
    for suffix in {path.suffix for path in files}:
        kind = [path for path in files if path.suffix == suffix]
        contents = [path.read_bytes() for path in kind]
        assert len(kind) > 1
        for path, content in zip(kind, contents[1:] + contents[:1], strict=True):
            path.write_bytes(content)


def replace_by_directories(files: list[Path]) -> None:
    for path in files:
        path.unlink()
        path.mkdir()


def protect(files: list[Path]) -> None:
    for path in files:
        path.write_bytes(b"")
        path.chmod(0o400)
        path.parent.chmod(0o500)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(each(lambda data: b""), id="empty"),
        pytest.param(each(lambda data: data[:-1]), id="truncated by a byte"),
        pytest.param(each(lambda data: data[: len(data) // 2]), id="truncated by half"),
        pytest.param(each(lambda data: data + b"\0"), id="longer"),
        pytest.param(each(lambda data: data[:-9] + b"\xff" + data[-8:]), id="changed"),
        pytest.param(each(lambda data: b"SLXX" + data[4:]), id="of another kind"),
        pytest.param(each(lambda data: data[:4] + b"\xff" + data[5:]), id="of another format"),
        pytest.param(exchange, id="exchanged"),
        pytest.param(replace_by_directories, id="directories"),
        pytest.param(protect, id="read-only"),
    ],
)
def test_the_executables_stay_the_same(
    damage: Damage, make_project: MakeProject, build: Build, tmp_path: Path
) -> None:
    # Large enough for a second file of scripts.
    large = {"large.js": "exports.f = () => 1;\n" * 10_000, "lib.js": "require('./large');"}
    root = make_project(FILES | large)
    first = digests(build(root, *TARGETS))
    files = [
        path
        for path in (tmp_path / "cache" / "bytecode").rglob("*")
        if path.suffix in (".unit", ".table", ".modules")
    ]
    assert {path.suffix for path in files} == {".unit", ".table", ".modules"}
    damage(files)
    shutil.rmtree(tmp_path / "cache" / "payloads", ignore_errors=True)
    try:
        assert digests(build(root, *TARGETS)) == first
    finally:
        for path in files:
            path.parent.chmod(0o700)


def empty_all(cache: Path) -> None:
    for path in cache.rglob("*"):
        if path.is_file():
            path.write_bytes(b"")


def put_files_in_place_of_directories(cache: Path) -> None:
    """Nothing can be written there, as on a full or read-only disk."""
    for path in list(cache.iterdir()):
        if path.is_dir():
            shutil.rmtree(path)
            path.write_bytes(b"")


@pytest.mark.parametrize("damage", [shutil.rmtree, empty_all, put_files_in_place_of_directories])
def test_the_whole_cache_is_lost_or_unusable(
    damage: Callable[[Path], None], make_project: MakeProject, build: Build, tmp_path: Path
) -> None:
    root = make_project(FILES)
    first = digests(build(root, "node24-linux-x64"))
    assert (tmp_path / "cache" / "scans").is_dir()
    damage(tmp_path / "cache")
    assert digests(build(root, "node24-linux-x64")) == first
