"""Facts of real binaries, compared with those that the binaries report themselves."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigs import linux_x64
from rigs.binaries import SIX_TARGETS
from sealift.bytecode.relocate import make_relocation_table
from sealift.errors import FormatError
from sealift.formats.v8.code_cache import find_references
from sealift.formats.v8.facts import V8Facts, read_v8_facts
from sealift.formats.v8.read_only_heap import read_only_heap
from sealift.formats.v8.snapshot import read_snapshot
from sealift.formats.v8.uint30 import LARGEST, read_uint30, write_uint30
from support.bytecode_compilation import compile_on
from support.code_caches import MACHINES, MAJORS, OTHER_V8
from support.equipment import FindMachine
from support.v8_snapshots import snapshot_with_magic

NodeBinary = Callable[[str, str, str], Path]

# Strings that V8 itself makes on every platform (src/init/heap-symbols.h), and one of ours.
INTERNALIZED = ("length", "prototype", "constructor", "then", "Symbol.iterator", "undefined")
ELSEWHERE = "sealift"


@pytest.mark.parametrize("platform, arch", SIX_TARGETS)
@pytest.mark.parametrize("major", MAJORS)
def test_every_binary_is_read(
    major: str, platform: str, arch: str, facts: Callable[[str, str, str], V8Facts]
) -> None:
    read = facts(major, platform, arch)
    strings = [str(string) for _, string in read.strings]
    assert set(INTERNALIZED) <= set(strings)
    assert ELSEWHERE not in strings
    assert len(set(strings)) == len(strings)
    # Behind these roots, bytecode refers to the feedback cells that functions start with; in V8 11,
    # to the accessors of functions, which say their names.
    if major == "20":
        named = [re.match(r"new 1 6 root 60, 1: root (\d+),", root) for root in read.mutable_roots]
        names = [read.read_only_roots[int(match[1])].split(" ")[-1] for match in named if match]
        assert {"length", "name", "prototype", "arguments", "caller"} <= set(names)
    else:
        assert any(root.startswith("new 3 2 root ") for root in read.mutable_roots)


@pytest.mark.parametrize("major", MAJORS)
def test_facts_are_those_that_the_hosts_node_reports(
    major: str, node_binary: NodeBinary, facts: Callable[[str, str, str], V8Facts]
) -> None:
    node, read = node_binary(major, "linux", "x64"), facts(major, "linux", "x64")
    script = (
        "const data = new (require('vm').Script)('1').createCachedData();"
        "console.log(process.versions.v8, data.readUInt32LE(0), data.readUInt32LE(16))"
    )
    done = linux_x64.run(node, "-e", script)
    *said, checksum = done.stdout.split()
    assert said == [read.v8_version, str(read.magic)]
    assert read.checksum == (0 if major == "20" else int(checksum))  # caches of V8 11 have none


@pytest.mark.parametrize(
    "major, platform, arch",
    [
        *((major, "linux", "x64") for major in MAJORS),
        # In V8 11 places are computed, not read.
        *(pytest.param("20", *there, marks=pytest.mark.rigs) for there in MACHINES),
    ],
)
def test_strings_are_where_node_refers_to_them(
    major: str,
    platform: str,
    arch: str,
    node_binary: NodeBinary,
    facts: Callable[[str, str, str], V8Facts],
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    """The code cache of a script with all of the heap's strings refers to each, in order."""
    read = facts(major, platform, arch)
    strings = {place: str(string) for place, string in read.strings}
    asked = list(strings.values())
    source = tmp_path / "strings.js"
    source.write_text(f"[{','.join(map(json.dumps, asked))}]")
    node = node_binary(major, platform, arch)
    caches = compile_on(
        machine(f"{platform}-{arch}"), node, {"strings": source}, tmp_path / "compiled"
    )
    known = find_references(caches["strings"])
    named = [strings[known.places[use]] for use in known.uses]
    # The others are roots, which it names by number.
    described = (root.partition(": string ")[2] for root in read.read_only_roots)
    roots = {description.partition(" ")[2] for description in described if description}
    assert named == [string for string in asked if string not in roots]
    assert len(named) > 200


@pytest.mark.parametrize("major", MAJORS)
def test_tables_for_every_target(major: str, facts: Callable[[str, str, str], V8Facts]) -> None:
    source = facts(major, "linux", "x64")
    for platform, arch in SIX_TARGETS:
        target = facts(major, platform, arch)
        if target.v8_version != source.v8_version:
            assert (major, platform, arch) in OTHER_V8
            with pytest.raises(FormatError, match=f"has {target.v8_version}") as raised:
                make_relocation_table(source, target)
            assert raised.value.code == "relocation-refused"
            continue
        table = make_relocation_table(source, target)
        names = {string: place for place, string in target.strings}
        assert all(
            names[table.source_strings[ours]] == table.target_places[ours]
            for ours in table.target_places
        )
        # What a build's own paths are in (an assertion's text) is not the same everywhere.
        assert all("builtins-collections-gen.cc" in reason for reason in table.refused.values())
        assert len(table.refused) <= 3


def test_other_versions_are_refused(facts: Callable[[str, str, str], V8Facts]) -> None:
    for ours, theirs in itertools.permutations(MAJORS, 2):
        with pytest.raises(FormatError) as raised:
            make_relocation_table(facts(ours, "linux", "x64"), facts(theirs, "linux", "x64"))
        assert raised.value.code == "relocation-refused"


def test_the_layout_is_right_for_2000_slots(node_binary: NodeBinary) -> None:
    heap = read_only_heap(read_snapshot(node_binary("24", "win", "arm64")))
    for name in itertools.islice(heap.slots.values(), 2000):
        page, offset = heap.place(name)
        assert heap.name(page, offset) == name
        assert heap.slots[name] in heap.maps
    # A map is an object whose map is the map of maps, which is its own map.
    (meta_map,) = {heap.slots[name] for name in heap.maps}
    assert heap.slots[meta_map] == meta_map


def test_the_snapshot_that_node_starts_from(node_binary: NodeBinary) -> None:
    assert read_snapshot(node_binary("26", "win", "x64")).contexts == 4
    # This build was made on another machine, so it has only V8's snapshot.
    assert read_snapshot(node_binary("26", "win", "arm64")).contexts == 1


def test_files_without_a_snapshot_are_refused(tmp_path: Path, node_binary: NodeBinary) -> None:
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    text = tmp_path / "text"
    text.write_bytes(b"\1\0\0\0\1\0\0\0" + bytes(8) + b"13.6.233.17-node.50" + bytes(100))
    for path in (empty, text):
        with pytest.raises(FormatError) as raised:
            read_v8_facts(path)
        assert raised.value.code == "v8-snapshot-missing"


@pytest.mark.parametrize("major, length", [("20", 1_420_000), ("22", 1_700_000)])
def test_a_changed_byte_of_a_snapshot_is_found(
    major: str, length: int, tmp_path: Path, node_binary: NodeBinary
) -> None:
    node = node_binary(major, "linux", "x64")
    snapshot = read_snapshot(node)
    path = tmp_path / "node"
    with node.open("rb") as file:
        file.seek(snapshot.offset - 100)
        around = file.read(4 << 20)
    path.write_bytes(around)
    assert read_snapshot(path).read_only == snapshot.read_only
    for at in (112, 116, 200, 100 + 104, 100_000, 1_300_000, length):
        path.write_bytes(around[:at] + bytes([around[at] ^ 1]) + around[at + 1 :])
        with pytest.raises(FormatError) as raised:
            read_snapshot(path)
        assert raised.value.code == "v8-snapshot-missing"


@pytest.mark.parametrize("magic", [0xC0DE0777, 0xC0DE0689])
def test_an_unknown_format_is_refused_by_name(
    magic: int, tmp_path: Path, node_binary: NodeBinary
) -> None:
    """One number is unused; the other is another V8's, which this one could have by chance."""
    node = node_binary("26", "linux", "x64")
    path = tmp_path / "new-node"
    path.write_bytes(snapshot_with_magic(node, magic))
    with pytest.raises(
        FormatError, match=rf"new-node \(V8 14.6.202.34-node.34\).*{magic:#x}"
    ) as raised:
        read_v8_facts(path)
    assert raised.value.code == "v8-format-unknown"


@given(st.integers(0, LARGEST))
def test_numbers_are_read_back(value: int) -> None:
    written = write_uint30(value)
    assert read_uint30(b"x" + written + b"y", 1) == (value, 1 + len(written))
    with pytest.raises(IndexError):
        read_uint30(written[:-1], 0)


def test_numbers_have_the_shortest_form() -> None:
    # 6, 14, 22 and 30 bits.
    sizes = [len(write_uint30(value)) for value in (0x3F, 0x40, 0x3FFF, 0x4000, 0x3FFFFF, 0x400000)]
    assert sizes == [1, 2, 2, 3, 3, 4]
    for value in (-1, LARGEST + 1):
        with pytest.raises(ValueError, match="Uint30"):
            write_uint30(value)
