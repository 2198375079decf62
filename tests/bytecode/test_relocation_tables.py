"""Stored tables and outlines: the same again, or made anew."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealift.bytecode import RelocationTables
from sealift.bytecode.reference_files import pack_references, unpack_references
from sealift.bytecode.relocate import RelocationTable
from sealift.bytecode.relocation_tables import pack_table, unpack_table
from sealift.errors import FormatError
from sealift.formats.node_facts import NodeFacts
from sealift.formats.v8.code_cache import find_references
from sealift.model import NodeBinary
from sealift.target import Arch, NodeVersion, Platform
from support.code_caches import MAJORS

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

    # From the file alone: these binaries do not exist.
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


def test_a_directory_that_cannot_be_written_is_no_obstacle(
    tmp_path: Path, node_binary: Callable[[str, str, str], Path]
) -> None:
    (tmp_path / "file").write_bytes(b"")
    source = binary(node_binary("22", "linux", "x64"), "a" * 64)
    assert RelocationTables(tmp_path / "file" / "tables").table(source, source).target_places


@pytest.mark.parametrize("major", MAJORS)
def test_outlines_are_read_back(major: str, caches: Callable[[str], Mapping[str, bytes]]) -> None:
    for cache in list(caches(major).values())[:40]:
        known = find_references(cache)
        assert unpack_references(pack_references(known)) == known
        assert pickle.loads(pickle.dumps(known)) == known


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_other_bytes_are_no_outline_and_no_table(data: bytes) -> None:
    with pytest.raises(FormatError):
        unpack_references(data)
    with pytest.raises(ValueError, match="table"):
        unpack_table(data)


def test_changed_bytes_are_no_table(table: Callable[[str, str, str], RelocationTable]) -> None:
    packed = pack_table(table("26", "win", "x64"))
    assert unpack_table(packed) == table("26", "win", "x64")
    for at in range(0, len(packed), 997):
        with pytest.raises(ValueError, match="table"):
            unpack_table(packed[:at] + bytes([packed[at] ^ 4]) + packed[at + 1 :])
