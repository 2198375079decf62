"""The plan for FreeBSD. Node for Linux runs with this layout, because Linux demands less."""

from __future__ import annotations

import dataclasses
import io
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

import rigs
from sealift import assemble
from sealift.errors import FormatError
from sealift.formats.elf.freebsd_plan import plan_in_place
from sealift.formats.node_facts import NodeFacts, read_facts
from sealift.model import Asset, NodeBinary, SilentObserver
from sealift.record import replace
from sealift.target import Arch, NodeVersion, Platform
from sealift.verify import Expectation, verify
from support.elf_builder import FUSE, TEXTS, Shape, build_elf
from support.plans import carried_out

FREEBSD = Shape(
    base=0x200000,
    osabi=9,
    relro=True,
    interpreter=b"/libexec/ld-elf.so.1",
    texts=TEXTS + b"\0NODE_SEA_BLOB\0",
)
SHAPES = {
    "x64": FREEBSD,
    "x64 position independent": dataclasses.replace(FREEBSD, kind=3, base=0),
    "arm64": dataclasses.replace(FREEBSD, machine=183, page=0x10000),
    "armv7": dataclasses.replace(FREEBSD, machine=40, bits=32, page=0x10000, base=0x10000),
    "x86": dataclasses.replace(FREEBSD, machine=3, bits=32, base=0x400000),
    "ppc64": dataclasses.replace(FREEBSD, machine=21, page=0x10000, base=0x10000000),
    "riscv64, with attributes": dataclasses.replace(FREEBSD, machine=243, remark=True),
    "no relro, but attributes": dataclasses.replace(FREEBSD, machine=243, remark=True, relro=False),
    "no bss": dataclasses.replace(FREEBSD, bss=0),
}
BLOB = bytes(range(251)) * 9


def facts_of(elf: bytes) -> NodeFacts:
    fuse = elf.index(FUSE) + len(FUSE) - 1
    return NodeFacts("elf", "x64", "freebsd", "26.1.2", "", fuse, False, False, True, True)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_table_stays_in_the_first_page(shape: Shape) -> None:
    base = build_elf(shape)
    plan = plan_in_place(io.BytesIO(base), facts_of(base), len(BLOB))
    result = carried_out(plan, base, BLOB)
    elf, old = ELFFile(io.BytesIO(result)), ELFFile(io.BytesIO(base))
    assert elf.header.e_phoff == old.header.e_phoff == elf.header.e_ehsize
    assert elf.header.e_phnum == old.header.e_phnum
    assert elf.header.e_phoff + elf.header.e_phnum * elf.header.e_phentsize <= 4096
    assert elf.header.e_shoff == elf.header.e_shnum == elf.header.e_shstrndx == 0
    segments = list(zip(elf.iter_segments(), old.iter_segments(), strict=True))
    changed = [(now, was.header) for now, was in segments if dict(now.header) != dict(was.header)]
    (load, load_was), (note, victim) = changed
    given_away = "PT_RISCV_ATTRIBUTES" if shape.remark else "PT_GNU_RELRO"
    assert victim.p_type in (given_away, 0x70000003)
    assert load.header.p_offset + load.header.p_filesz == len(result)
    assert load.header.p_memsz == load.header.p_filesz > load_was.p_memsz
    assert {key: load.header[key] for key in ("p_type", "p_offset", "p_vaddr", "p_flags")} == {
        key: load_was[key] for key in ("p_type", "p_offset", "p_vaddr", "p_flags")
    }
    (found,) = (one for one in note.iter_notes() if one["n_name"] == "NODE_SEA_BLOB")
    assert found["n_descdata"] == BLOB
    assert note.header.p_vaddr - load.header.p_vaddr == (
        note.header.p_offset - load.header.p_offset
    )
    # Memory that was zero-filled is zero; everything else is unchanged.
    file_end, memory_end = (
        load_was.p_offset + size for size in (load_was.p_filesz, load_was.p_memsz)
    )
    assert not any(result[file_end:memory_end])
    table_end = elf.header.e_phoff + elf.header.e_phnum * elf.header.e_phentsize
    assert result[table_end:file_end].replace(FUSE[:-1] + b"1", FUSE) == base[table_end:file_end]


def test_a_file_without_a_dispensable_entry_is_refused() -> None:
    elf = build_elf(dataclasses.replace(FREEBSD, relro=False))
    with pytest.raises(FormatError) as caught:
        plan_in_place(io.BytesIO(elf), facts_of(elf), 10)
    assert caught.value.code == "elf-layout"


def test_truncated_and_broken_files_are_refused() -> None:
    elf = build_elf(FREEBSD)
    for size in (*range(0, 700, 13), len(elf) // 2):
        with pytest.raises(FormatError):
            plan_in_place(io.BytesIO(elf[:size]), facts_of(elf), 10)
    moved = bytearray(elf)
    struct.pack_into("<Q", moved, 32, 72)
    with pytest.raises(FormatError):
        plan_in_place(io.BytesIO(bytes(moved)), facts_of(elf), 10)


@pytest.mark.parametrize("version", ["24", "26"])
def test_node_for_linux_runs_with_this_layout(
    version: str,
    node_binary: Callable[..., Path],
    machine: Callable[..., rigs.Machine],
    tmp_path: Path,
) -> None:
    path = node_binary(version, "linux", "x64")
    facts = replace(read_facts(path), system="freebsd")
    node = NodeBinary(
        NodeVersion.parse(facts.version),
        *(Platform.FREEBSD, Arch.X64, path, path.stat().st_size, "", "file", ""),
        facts,
    )
    main = b"""
        const { getAsset } = require("node:sea"), { Worker } = require("node:worker_threads");
        console.log(getAsset("key", "utf8"), typeof gc);
        try { null.x } catch ({ message }) { console.log(message) }
        new Worker("console.log(1)", { eval: true });
    """
    expected = Expectation(node, (Asset("key", b"content"),), main, ("--expose-gc",))
    with assemble.temporary(tmp_path / "app") as file:
        parts = expected.node, expected.assets, expected.main, expected.exec_argv
        assemble.write(file, *parts, SilentObserver())
        verify(file.path, expected)
        file.publish()
    done = machine("linux-x64").run(tmp_path / "app")
    lines = ["content function", "Cannot read properties of null (reading 'x')", "1"]
    assert (done.stdout.splitlines(), done.stderr, done.code) == (lines, "", 0)
