"""The plan of a merged executable, carried out with small parts and read by others."""

from __future__ import annotations

import dataclasses
import io
import struct
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import lief
import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.segments import NoteSegment
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sealift import assemble
from sealift.errors import FormatError, NodeError
from sealift.formats.elf.merge import plan_merged
from sealift.formats.elf.merge_input import common_name
from sealift.formats.pieces import BlobHere, Copy, Literal, Zeros
from sealift.model import Asset, SilentObserver
from sealift.nodes.validate import binary_facts
from sealift.verify.blob import verify_blob
from sealift.verify.elf_merged import verify_merged
from support.musl_parts import (
    GCC,
    LIBC,
    MACHINES,
    MAGIC,
    STDCXX,
    Kit,
    Shape,
    library_shapes,
    musl_shape,
    node_shape,
    write_kit,
)

ARCHES = ("x64", "arm64")
MAIN = b"the main script"
ASSETS = [Asset("a", b"some bytes of " + MAGIC)]


def built(kit: Kit, output: Path) -> bytes:
    with assemble.temporary(output) as file:
        assemble.write(file, kit.node, ASSETS, MAIN, [], SilentObserver(), musl=kit.musl)
        file.publish()
    return output.read_bytes()


class Checker:
    """Verifies executables that were made from one kit."""

    def __init__(self, kit: Kit) -> None:
        self.facts = kit.node.facts
        self.node = io.BytesIO(kit.node.path.read_bytes())
        self.libraries = [
            (one.name, io.BytesIO(one.path.read_bytes())) for one in kit.node.libraries
        ]
        self.musl = io.BytesIO(kit.musl.path.read_bytes())

    def refuses(self, content: bytes) -> bool:
        file = io.BytesIO(content)
        try:
            at, size = verify_merged(file, self.node, self.libraries, self.musl, self.facts)
            verify_blob(file, at, size, self.facts, ASSETS, MAIN, [])
        except FormatError as error:
            assert error.code == "verification-failed"
            return True
        return False


def positions(content: bytes, arch: str) -> Iterator[int]:
    """Every byte of what is new; samples of the rest."""
    tables = struct.unpack_from("<Q", content, 32)[0]
    block, note = content.index(MAGIC), content.index(b"NODE_SEA_BLOB\0") - 12
    yield from range(0x80)
    yield from range(tables, tables + 56 * 28)
    yield from range(block, block + 16 + 40 + 3 * 88)
    yield from range(note, len(content))
    yield from range(0x80, note, 211 if arch == "x64" else 9001)


@pytest.mark.parametrize("arch", ARCHES)
def test_every_changed_byte_is_found(arch: str, tmp_path: Path) -> None:
    kit = write_kit(tmp_path, arch)
    content = bytearray(built(kit, tmp_path / "app"))
    checker = Checker(kit)
    assert not checker.refuses(bytes(content))
    unseen = []
    for at in positions(bytes(content), arch):
        content[at] ^= 1 << at % 8
        if not checker.refuses(bytes(content)):
            unseen.append(at)
        content[at] ^= 1 << at % 8
    assert unseen == []


@pytest.mark.parametrize("arch", ARCHES)
def test_every_truncation_and_addition_is_found(arch: str, tmp_path: Path) -> None:
    kit = write_kit(tmp_path, arch)
    content = built(kit, tmp_path / "app")
    checker = Checker(kit)
    sizes = [*range(0, len(content), 4099), *range(len(content) - 120, len(content))]
    assert [size for size in sizes if not checker.refuses(content[:size])] == []
    assert checker.refuses(content + b"\0")


@pytest.mark.parametrize("arch", ARCHES)
def test_other_parsers_find_everything(arch: str, tmp_path: Path) -> None:
    kit = write_kit(tmp_path, arch)
    content = built(kit, tmp_path / "app")
    page = MACHINES[arch][1]
    elf = ELFFile(io.BytesIO(content))
    loads = [one for one in elf.iter_segments() if one["p_type"] == "PT_LOAD"]
    addresses = [(one["p_vaddr"], one["p_vaddr"] + one["p_memsz"]) for one in loads]
    assert all(a[1] <= b[0] // page * page for a, b in pairwise(addresses))
    assert all(one["p_offset"] % page == one["p_vaddr"] % page for one in loads)
    assert not any(one["p_flags"] & 3 == 3 for one in loads)
    (note,) = (one for one in elf.iter_segments() if one["p_type"] == "PT_NOTE")
    assert isinstance(note, NoteSegment)
    (blob,) = note.iter_notes()
    assert blob["n_name"] == "NODE_SEA_BLOB"

    parsed = lief.ELF.parse(list(content))
    assert parsed is not None
    assert not parsed.has_interpreter
    assert parsed.header.numberof_sections == 0

    # Node's memory is that of its own file.
    original = lief.ELF.parse(kit.node.path)
    assert original is not None
    for segment in original.segments:
        if segment.type == lief.ELF.Segment.TYPE.LOAD and segment.virtual_address:
            there = bytes(
                parsed.get_content_from_virtual_address(
                    segment.virtual_address, segment.physical_size
                )
            )
            before = bytes(segment.content)
            differing = [n for n in range(len(before)) if there[n] != before[n]]
            assert len(differing) <= 16, "more than one entry of the dynamic section differs"


def read_structure(content: bytes) -> dict[str, object]:
    """Read musl's structure as musl does: from its own place in memory."""
    parsed = lief.ELF.parse(list(content))
    assert parsed is not None
    at = content.index(MAGIC)
    here = parsed.offset_to_virtual_address(at)
    assert isinstance(here, int)
    base, phdr, phnum, entry, count = struct.unpack_from("<5Q", content, at + 16)
    names = {}
    for number in range(count):
        address, name, alias = struct.unpack_from("<Q56s24s", content, at + 56 + 88 * number)
        there = bytes(parsed.get_content_from_virtual_address((here + address) % 2**64, 4))
        names[name.rstrip(b"\0").decode()] = (alias.rstrip(b"\0").decode(), there)
    table = bytes(parsed.get_content_from_virtual_address((here + phdr) % 2**64, 56 * phnum))
    return {
        "loader": bytes(parsed.get_content_from_virtual_address((here + base) % 2**64, 4)),
        "entry": (here + entry) % 2**64,
        "table": list(struct.iter_unpack("<IIQQQQQQ", table)),
        "phdr": (here + phdr) % 2**64,
        "names": names,
    }


@pytest.mark.parametrize("arch", ARCHES)
def test_the_structure_that_musl_reads(arch: str, tmp_path: Path) -> None:
    kit = write_kit(tmp_path, arch)
    content = built(kit, tmp_path / "app")
    told = read_structure(content)
    original = ELFFile(io.BytesIO(kit.node.path.read_bytes()))
    assert told["loader"] == b"\x7fELF"
    assert told["entry"] == original["e_entry"]
    assert told["names"] == {
        STDCXX: ("libstdc++.so.6", b"\x7fELF"),
        GCC: ("libgcc_s.so.1", b"\x7fELF"),
    }
    table = told["table"]
    assert isinstance(table, list)
    kinds = [one["p_type"] for one in original.iter_segments()]
    assert len(table) == len(kinds) + 1
    by_kind = {entry[0]: entry for entry in table}
    assert by_kind[6][3] == told["phdr"]
    assert by_kind[0x6474E551][6] == 8 << 20
    assert by_kind[4][5] == by_kind[4][6] > len(MAIN)
    interpreter = next(one for one in original.iter_segments() if one["p_type"] == "PT_INTERP")
    assert by_kind[3][3] == interpreter["p_vaddr"]


@pytest.mark.parametrize("arch", ARCHES)
def test_a_node_that_needs_musl_alone(arch: str, tmp_path: Path) -> None:
    shape = change(node_shape(arch), needed=("libc.so",), search="")
    kit = write_kit(tmp_path, arch, node=shape, libraries={})
    content = built(kit, tmp_path / "app")
    assert not Checker(kit).refuses(content)
    assert read_structure(content)["names"] == {}


def test_same_parts_same_bytes(tmp_path: Path) -> None:
    kit = write_kit(tmp_path)
    assert built(kit, tmp_path / "one") == built(kit, tmp_path / "two")


def test_a_merged_executable_is_not_a_node_binary(tmp_path: Path) -> None:
    built(write_kit(tmp_path), tmp_path / "app")
    with pytest.raises(NodeError) as caught:
        binary_facts(tmp_path / "app", "it")
    assert caught.value.code == "binary-used"


def test_no_search_path_is_left(tmp_path: Path) -> None:
    kit = write_kit(tmp_path)
    content = built(kit, tmp_path / "app")
    found = [
        struct.pack("<QQ", tag, value)
        for file in [kit.node.path, *(one.path for one in kit.node.libraries)]
        for tag, value in dynamic_entries(file.read_bytes())
        if tag in (15, 29)
    ]
    assert found
    assert [entry for entry in found if entry in content] == []


def dynamic_entries(content: bytes) -> list[tuple[int, int]]:
    section = ELFFile(io.BytesIO(content))
    dynamic = next(one for one in section.iter_segments() if one["p_type"] == "PT_DYNAMIC")
    data = content[dynamic["p_offset"] :][: dynamic["p_filesz"]]
    return [(tag, value) for tag, value in struct.iter_unpack("<QQ", data)]


def change(shape: Shape, **changes: object) -> Shape:
    return dataclasses.replace(shape, **changes)  # type: ignore[arg-type]


def with_library(which: str, /, **changes: object) -> dict[str, Shape]:
    shapes = library_shapes()
    return {**shapes, which: change(shapes[which], **changes)}


MUSL = musl_shape()
FILLED = MUSL.texts[:-8] + b"\1" * 8
SEVEN = {f"lib{n}.so.1": Shape(name=f"lib{n}.so.1") for n in range(5)}
REFUSED: dict[str, tuple[str, dict[str, object]]] = {
    "Node at a fixed address": ("elf-layout", {"node": change(node_shape(), kind=2)}),
    "Node for glibc": ("elf-layout", {"node": change(node_shape(), interpreter="/lib/ld-linux")}),
    "a stack to execute": ("elf-layout", {"node": change(node_shape(), stack=7)}),
    "code to write": ("elf-layout", {"node": change(node_shape(), code_flags=7)}),
    "strange alignment": ("elf-layout", {"node": change(node_shape(), code_align=0x3000)}),
    "huge alignment": ("elf-layout", {"node": change(node_shape(), code_align=0x400000)}),
    "a table elsewhere": (
        "elf-layout",
        {"node": change(node_shape(), extra=[(4, 4, 1 << 12, 1 << 40, 1 << 40, 8, 8, 4)])},
    ),
    "a library of another machine": (
        "elf-layout",
        {"libraries": with_library(GCC, arch="arm64", needed=(LIBC["arm64"],))},
    ),
    "a library's code to write": ("elf-layout", {"libraries": with_library(GCC, code_flags=7)}),
    "a huge library": ("elf-layout", {"libraries": with_library(GCC, bss=65 << 20)}),
    "a missing library": ("library-missing", {"libraries": {STDCXX: library_shapes()[STDCXX]}}),
    "a library that misses one": (
        "library-missing",
        {"libraries": with_library(GCC, needed=("libatomic.so.1",))},
    ),
    "one name twice": ("elf-layout", {"libraries": with_library(GCC, name=STDCXX)}),
    "too many": ("musl-unusable", {"libraries": {**library_shapes(), **SEVEN}}),
    "a long name": ("musl-unusable", {"libraries": with_library(GCC, name="l" * 56)}),
    "musl without the structure": ("musl-unusable", {"musl": change(MUSL, texts=b"")}),
    "musl with two structures": (
        "musl-unusable",
        {"musl": change(MUSL, texts=MUSL.texts + MUSL.texts[-624:])},
    ),
    "musl that is merged already": ("musl-unusable", {"musl": change(MUSL, texts=FILLED)}),
    "musl for another architecture": ("elf-layout", {"musl": musl_shape("arm64")}),
}


@pytest.mark.parametrize(("code", "parts"), REFUSED.values(), ids=REFUSED)
def test_refused(code: str, parts: dict[str, Shape], tmp_path: Path) -> None:
    kit = write_kit(tmp_path, **parts)  # type: ignore[arg-type]
    with pytest.raises(FormatError) as caught:
        built(kit, tmp_path / "app")
    assert caught.value.code == code
    assert not (tmp_path / "app").exists()


def test_a_large_blob_is_refused(tmp_path: Path) -> None:
    kit = write_kit(tmp_path)
    with pytest.raises(FormatError, match="4 GiB"):
        plan(kit, {}, size=1 << 32)


def plan(kit: Kit, replaced: dict[str, bytes], size: int = 100) -> bytes:
    """Carry a plan out in memory, with other contents for some of the files."""

    def of(path: Path) -> io.BytesIO:
        return io.BytesIO(replaced.get(path.name) or path.read_bytes())

    files = [
        of(kit.node.path),
        *(of(one.path) for one in kit.node.libraries),
        of(kit.musl.path),
    ]
    libraries = [
        (one.name, file) for one, file in zip(kit.node.libraries, files[1:-1], strict=True)
    ]
    found = plan_merged(files[0], libraries, files[-1], kit.node.facts, size)
    out = bytearray()
    for piece in found.pieces:
        match piece:
            case Copy(offset, length, source):
                out += files[source].getbuffer()[offset : offset + length]
                assert offset + length <= len(files[source].getbuffer())
            case Literal(data):
                out += data
            case Zeros(length):
                assert length < 1 << 26
                out += bytes(length)
            case BlobHere(length):
                out += b"B" * length
    assert len(out) == found.size
    return bytes(out)


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return write_kit(tmp_path_factory.mktemp("kit"))


Mutate = Callable[[bytes], bytes]


@st.composite
def mutations(draw: st.DrawFn) -> Mutate:
    """Some changes in the headers and the dynamic section: numbers that mean something there."""
    number = st.one_of(
        st.integers(0, 2**64 - 1),
        st.sampled_from([0, 1, 2, 4, 56, 0x1000, 0x1001, 0x10000, 2**31, 2**32, 2**63, 2**64 - 1]),
    )
    spots = draw(st.lists(st.tuples(st.integers(0, 149), number), min_size=1, max_size=3))

    def apply(content: bytes) -> bytes:
        changed = bytearray(content)
        elf = ELFFile(io.BytesIO(content))
        dynamic = next(one for one in elf.iter_segments() if one["p_type"] == "PT_DYNAMIC")
        section = dynamic["p_offset"]
        places = [*range(16, 576, 8), *range(section, section + dynamic["p_filesz"], 8)]
        for spot, value in spots:
            at = places[spot % len(places)]
            changed[at : at + 8] = struct.pack("<Q", value)
        return bytes(changed)

    return apply


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(which=st.sampled_from(["node", STDCXX, GCC, "libc.so"]), mutate=mutations())
def test_broken_parts_are_refused_or_merged_right(kit: Kit, which: str, mutate: Mutate) -> None:
    paths = [kit.node.path, *(one.path for one in kit.node.libraries), kit.musl.path]
    original = next(path for path in paths if path.name == which).read_bytes()
    replaced = {which: mutate(original)}
    try:
        merged = plan(kit, replaced)
    except FormatError:
        return
    checker = Checker(kit)
    if which == "node":
        checker.node = io.BytesIO(replaced[which])
    elif which == "libc.so":
        checker.musl = io.BytesIO(replaced[which])
    else:
        checker.libraries = [
            (name, io.BytesIO(replaced[name]) if name == which else file)
            for name, file in checker.libraries
        ]
    verify_merged(io.BytesIO(merged), checker.node, checker.libraries, checker.musl, checker.facts)


@pytest.mark.parametrize(
    ("name", "common"),
    [
        ("libstdc++-08d5c7eb.so.6.0.33", "libstdc++.so.6"),
        ("libgcc_s-2298274a.so.1", "libgcc_s.so.1"),
        ("libstdc++.so.6", "libstdc++.so.6"),
        ("libz-ng.so.2.1", "libz-ng.so.2"),
        ("plugin.so", "plugin.so"),
    ],
)
def test_names_without_auditwheels_additions(name: str, common: str) -> None:
    assert common_name(name) == common
