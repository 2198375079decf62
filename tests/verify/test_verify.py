from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from sealift import assemble
from sealift.errors import FormatError
from sealift.model import Asset, SilentObserver
from sealift.record import replace
from sealift.verify import Expectation, verify
from support.elf_builder import FUSE, TEXTS, Shape
from support.executables import small_node

MAIN = b"the main script"
FREEBSD = TEXTS + b"\0NODE_SEA_BLOB\0"
SHAPES = {
    "x64": Shape(),
    "arm64, position independent": Shape(machine=183, page=0x10000, kind=3, base=0),
    "x86": Shape(bits=32, machine=3),
    "armv7": Shape(bits=32, machine=40, page=0x10000, base=0x10000),
    "armv7, small pages": Shape(bits=32, machine=40, page=0x8000, base=0x8000),
    "riscv64": Shape(machine=243, kind=3, base=0, remark=True),
    "freebsd": Shape(osabi=9, relro=True, texts=FREEBSD),
    "freebsd-riscv64": Shape(machine=243, osabi=9, remark=True, relro=True, texts=FREEBSD),
    "freebsd-armv7": Shape(machine=40, bits=32, page=0x10000, osabi=9, relro=True, texts=FREEBSD),
    "s390x": Shape(order=">", machine=22, base=0x1000000),
    "s390x, large pages": Shape(order=">", machine=22, page=0x10000, base=0x1000000),
}


def built(directory: Path, shape: Shape) -> tuple[Path, Expectation]:
    node = small_node(directory, shape)
    (directory / "pool").write_bytes(b"0123456789")
    assets = [
        Asset("memory", b"bytes " + FUSE),
        Asset("file/\u00e9", None, directory / "pool", 2, 7),
        Asset("empty", b""),
    ]
    expected = Expectation(node, assets, MAIN, ["--one", "--two=2"])
    with assemble.temporary(directory / "app") as file:
        assemble.write(file, node, assets, MAIN, expected.exec_argv, SilentObserver())
        file.publish()
    return directory / "app", expected


def refused(path: Path, expected: Expectation) -> bool:
    try:
        verify(path, expected)
    except FormatError as error:
        assert error.code == "verification-failed"
        assert error.remedy
        return True
    return False


def positions(size: int, blob_at: int) -> Iterator[int]:
    """Every byte of the headers and of what was added; samples of the rest."""
    yield from range(0x500)
    yield from range(0x500, blob_at, 331)
    yield from range(blob_at, size)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_every_changed_byte_is_found(shape: Shape, tmp_path: Path) -> None:
    path, expected = built(tmp_path, shape)
    verify(path, expected)
    data = bytearray(path.read_bytes())
    # The last place: FreeBSD's Node has the name among its own texts too.
    blob_at = data.rindex(b"NODE_SEA_BLOB\0") - 12
    unseen = []
    with path.open("r+b", buffering=0) as file:
        for at in positions(len(data), blob_at - 600):
            file.seek(at)
            file.write(bytes([data[at] ^ 1 << at % 8]))
            if not refused(path, expected):
                unseen.append(at)
            file.seek(at)
            file.write(data[at : at + 1])
    verify(path, expected)
    assert unseen == []


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_every_truncation_and_addition_is_found(shape: Shape, tmp_path: Path) -> None:
    path, expected = built(tmp_path, shape)
    data = path.read_bytes()
    sizes: Iterable[int] = [*range(0, len(data), 501), *range(len(data) - 300, len(data))]
    for size in sizes:
        path.write_bytes(data[:size])
        assert refused(path, expected), size
    path.write_bytes(data + b"\0")
    assert refused(path, expected)


def test_other_expectations_are_not_met(tmp_path: Path) -> None:
    path, expected = built(tmp_path, Shape())
    verify(path, expected)
    memory, file, empty = expected.assets
    others = [
        replace(expected, main=MAIN + b" "),
        replace(expected, main=MAIN[:-1] + b"."),
        replace(expected, exec_argv=[]),
        replace(expected, exec_argv=["--one"]),
        replace(expected, exec_argv=["--two=2", "--one"]),
        replace(expected, assets=[]),
        replace(expected, assets=[memory, file]),
        replace(expected, assets=[file, memory, empty]),
        replace(expected, assets=[memory, file, Asset("Empty", b"")]),
        replace(expected, assets=[memory, file, Asset("empty", b"x")]),
        replace(expected, assets=[memory, replace(file, offset=1), empty]),
        replace(expected, assets=[Asset("memory", b"BYTES " + FUSE), file, empty]),
        replace(
            expected,
            node=replace(
                expected.node,
                facts=replace(expected.node.facts, exec_argv_extension=False),
            ),
        ),
    ]
    for number, other in enumerate(others):
        assert refused(path, other), number


def test_a_base_that_is_another_binary(tmp_path: Path) -> None:
    path, expected = built(tmp_path, Shape())
    base = expected.node.path
    data = bytearray(base.read_bytes())
    data[0x1010] ^= 1  # in the code
    base.write_bytes(data)
    assert refused(path, expected)


def test_the_plain_binary_and_other_files_are_refused(tmp_path: Path) -> None:
    path, expected = built(tmp_path, Shape())
    for content in (expected.node.path.read_bytes(), b"", b"\x7fELF", b"#!/bin/sh\n" * 99):
        path.write_bytes(content)
        assert refused(path, expected)
