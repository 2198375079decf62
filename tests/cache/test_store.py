"""Entries of the cache: private, typed, complete or missing."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
import pytest

from sealift.cache import (
    DigestMismatchError,
    FileRecord,
    Store,
    digest_of,
    list_entries,
    make_private,
    places,
    read_record,
    record_of,
    remove_entries,
    verified,
    write_file,
    write_record,
)
from sealift.errors import NodeError
from sealift.model import SilentObserver


class Example(FileRecord, frozen=True, kw_only=True):
    origin: str


def fill(work: Path) -> None:
    content = work / "entry" / "folder"
    content.mkdir(parents=True)
    (content / "data").write_bytes(b"data")
    (content / "program").write_bytes(b"program")
    (content / "program").chmod(0o755)
    (content / "link").symlink_to("/etc/passwd")


def make(store: Store) -> Path:
    entry = store.path(places.ADDONS, "name-1.0.0-0123")
    store.make(entry, "an example", entry.is_dir, fill, SilentObserver())
    return entry


def modes(tree: Path) -> dict[str, int]:
    paths = [tree, *tree.rglob("*")]
    return {
        path.relative_to(tree).as_posix(): stat.S_IMODE(path.lstat().st_mode)
        for path in paths
        if not path.is_symlink()
    }


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_all_that_is_made_is_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = Store(tmp_path / "missing" / "cache")
        entry = make(store)
        write_file(store.path(places.BYTECODE, "a/b/x.unit"), b"x")
    finally:
        os.umask(before)
    found = modes(tmp_path / "missing")
    program = entry.relative_to(tmp_path / "missing") / "folder" / "program"
    assert found.pop(program.as_posix()) == 0o700
    for name, mode in found.items():
        is_directory = (tmp_path / "missing" / name).is_dir()
        assert mode == (0o700 if is_directory else 0o600), name


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_modes_of_others_are_not_changed_through_a_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"")
    outside.chmod(0o666)
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "link").symlink_to(outside)
    make_private(tree)
    assert stat.S_IMODE(outside.stat().st_mode) == 0o666


def test_a_working_directory_that_was_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gone").mkdir()
    os.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(NodeError, match="working directory") as raised:
        Store(Path("cache"))
    assert raised.value.code == "cache-unusable"
    assert Store(tmp_path / "cache").root == tmp_path / "cache"


def test_an_entry_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "cache")

    def fail(work: Path) -> None:
        (work / "entry").mkdir()
        raise OSError(28, "No space left on device")

    entry = store.path(places.ADDONS, "x")
    with pytest.raises(NodeError, match="No space left on device") as raised:
        store.make(entry, "x", entry.is_dir, fail, SilentObserver())
    assert raised.value.code == "cache-unusable"
    assert not entry.exists()
    assert list((store.root / "tmp").iterdir()) == []


def test_an_entry_is_replaced_if_it_is_not_complete(tmp_path: Path) -> None:
    store = Store(tmp_path / "cache")
    entry = store.path(places.ADDONS, "name-1.0.0-0123")
    (entry / "half").mkdir(parents=True)
    store.make(entry, "x", lambda: (entry / "folder").exists(), fill, SilentObserver())
    assert [path.name for path in entry.iterdir()] == ["folder"]


def test_a_record_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"content")
    known = record_of(file)
    record = Example(**msgspec.structs.asdict(known), origin="here")
    write_record(tmp_path / "entry.json", record)
    assert read_record(tmp_path / "entry.json", Example) == record
    assert known.sha256 == digest_of(file)
    assert verified(file, record) is record


def test_a_touched_file_has_a_new_state_and_the_same_digest(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"content")
    record = record_of(file)
    os.utime(file, (1, 1))
    again = verified(file, record)
    assert again != record
    assert again.sha256 == record.sha256
    assert verified(file, again) is again


@pytest.mark.parametrize("content", [b"changed", b"longer than before"])
def test_a_changed_file(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"content")
    record = record_of(file)
    file.write_bytes(content)
    os.utime(file, (1, 1))
    with pytest.raises(DigestMismatchError):
        verified(file, record)


GOOD = '{"sha256":"0","size":1,"checked_as":[1,2,3,4],"origin":"x"}'


def sealed(content: str) -> str:
    """Return a record as an earlier or later release would seal it."""
    seal = hashlib.sha256(b"sealift record\n" + content.encode()).hexdigest()
    return f'{content[:-1]},"seal":"{seal}"}}'


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "null", "[]", "{}", "\x00", '"' + "x" * 100, "[" * 100_000),
        GOOD,
        *(
            sealed(content)
            for content in (
                GOOD.replace('"0"', "0"),
                GOOD.replace("[1,2,3,4]", "[1,2,3]"),
                GOOD.replace("1,2", '"1",2'),
                GOOD.replace('"x"', "null"),
                GOOD.replace('"size":1', '"size":1e400'),
                GOOD.replace('"x"', '"\\ud800"'),
            )
        ),
    ],
)
def test_a_record_that_does_not_fit_is_missing(content: str, tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(sealed(GOOD))
    assert read_record(tmp_path / "good.json", Example) is not None
    (tmp_path / "entry.json").write_text(content)
    assert read_record(tmp_path / "entry.json", Example) is None


def test_a_record_with_a_changed_byte_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "entry.json"
    write_record(file, Example(sha256="0", size=1, checked_as=(1, 2, 3, 4), origin="x"))
    good = file.read_bytes()
    for at, byte in enumerate(good):
        if not bytes([byte]).isspace():
            file.write_bytes(good[:at] + bytes([byte ^ 1]) + good[at + 1 :])
            assert read_record(file, Example) is None, at


def test_a_record_of_another_release_is_read(tmp_path: Path) -> None:
    """More fields than today's are no damage, and spacing is free."""
    more = sealed(GOOD.replace("{", '{"format":1,"more":{},'))
    (tmp_path / "entry.json").write_text(more.replace("{", "{\n ").replace(",", ", "))
    record = read_record(tmp_path / "entry.json", Example)
    assert record == Example(sha256="0", size=1, checked_as=(1, 2, 3, 4), origin="x")


@pytest.mark.skipif(os.name == "nt", reason="missing: modes of files")
def test_a_file_that_others_can_change_is_not_used(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"content")
    file.chmod(0o666)
    with pytest.raises(DigestMismatchError):
        verified(file, record_of(file))
    other = tmp_path / "other"
    file.chmod(0o600)
    other.symlink_to(file)
    with pytest.raises(DigestMismatchError):
        verified(other, record_of(file))


def arriving(store: Store) -> AbstractContextManager[Path]:
    return store.arriving("ab" * 32, "a file", SilentObserver())


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("the network ends")])
def test_what_has_arrived_stays_for_the_next_run(tmp_path: Path, error: BaseException) -> None:
    store = Store(tmp_path / "cache")
    with pytest.raises(type(error)), arriving(store) as file:
        file.write_bytes(b"beginning")
        raise error
    assert [entry.kind for entry in list_entries(store)] == ["downloads"]
    store.sweep()
    with arriving(store) as file:
        assert file.read_bytes() == b"beginning"
    assert list_entries(store) == []


@pytest.mark.parametrize(
    "error", [NodeError("other-file", "It is another file.", "x"), OSError(28, "full")]
)
def test_what_is_of_no_use_or_fills_the_disk_does_not_stay(
    tmp_path: Path, error: Exception
) -> None:
    store = Store(tmp_path / "cache")
    with pytest.raises(NodeError), arriving(store) as file:
        file.write_bytes(b"beginning")
        raise error
    assert list_entries(store) == []


def test_what_has_arrived_is_removed_after_a_week_unless_it_is_in_use(tmp_path: Path) -> None:
    store = Store(tmp_path / "cache")
    with pytest.raises(KeyboardInterrupt), arriving(store) as file:
        file.write_bytes(b"beginning")
        raise KeyboardInterrupt
    day = 24 * 3600.0
    for age, stays in ((6 * day, True), (8 * day, False)):
        os.utime(file.parent, (time.time() - age,) * 2)
        store.sweep()
        assert file.exists() is stays
    with arriving(store) as file:
        file.write_bytes(b"beginning")
        os.utime(file.parent, (0, 0))
        store.sweep()
        assert file.exists()
        assert remove_entries(store, list_entries(store)).removed == ()
        assert file.exists()
