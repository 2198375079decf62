"""Relocation tables are kept, and made again when their file is not usable."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.bytecode import RelocationTables
from sealift.bytecode.relocate import RelocationTable
from sealift.formats.node_facts import NodeFacts
from sealift.model import NodeBinary
from sealift.target import Arch, NodeVersion, Platform

NO_FACTS = NodeFacts("", "", "", "", "", 0, False, False, False, False)


def binary(path: Path, digest: str) -> NodeBinary:
    version = NodeVersion(24, 19, 0)
    where = (Platform.LINUX, Arch.X64, path, 0, digest, "file", str(path))
    return NodeBinary(version, *where, NO_FACTS)


def test_tables_are_kept_and_made_again_when_damaged(
    tmp_path: Path,
    node_binary: Callable[[str, str, str], Path],
    table: Callable[[str, str, str], RelocationTable],
) -> None:
    source = binary(node_binary("24", "linux", "x64"), "a" * 64)
    target = binary(node_binary("24", "win", "arm64"), "b" * 64)
    made = RelocationTables(tmp_path / "tables").table(source, target)
    assert made == table("24", "win", "arm64")
    (path,) = (tmp_path / "tables").iterdir()

    # These binaries do not exist, so the table comes from its file.
    nowhere = (binary(tmp_path / "no", "a" * 64), binary(tmp_path / "no", "b" * 64))
    assert RelocationTables(tmp_path / "tables").table(*nowhere) == made
    with pytest.raises(FileNotFoundError):
        RelocationTables(tmp_path / "tables").table(*reversed(nowhere))

    whole = path.read_bytes()
    for damaged in (b"", whole[:-1], whole[:100] + b"\0" + whole[101:], b"X" + whole[1:]):
        path.write_bytes(damaged)
        assert RelocationTables(tmp_path / "tables").table(source, target) == made
        assert path.read_bytes() == whole
    assert [entry.name for entry in (tmp_path / "tables").iterdir()] == [path.name]


def test_a_directory_that_cannot_be_written_is_ignored(
    tmp_path: Path, node_binary: Callable[[str, str, str], Path]
) -> None:
    (tmp_path / "file").write_bytes(b"")
    source = binary(node_binary("22", "linux", "x64"), "a" * 64)
    assert RelocationTables(tmp_path / "file" / "tables").table(source, source).target_places
