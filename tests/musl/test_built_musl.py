"""The compiled musl: examined by an independent reader, and run."""

from __future__ import annotations

import platform
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import lief
import pytest
from elftools.elf.elffile import ELFFile

import rigs
from rigs.capability import lacking
from sealift.errors import FormatError
from sealift.model import MuslLibrary
from sealift.musl.changes import MAGIC
from sealift.musl.validate import check_musl, exported
from sealift.target import Arch

MuslLibraries = Callable[[str], MuslLibrary]
BLOCK = struct.Struct("<16s5Q" + "Q56s24s" * 6)
# Debian adds these to musl; nothing of Node or of an npm package made for Alpine can ask for them.
DEBIAN_ONLY = {"fts_children", "fts_close", "fts_open", "fts_read", "fts_set", "renameat2"}


@pytest.fixture(params=["x64", "arm64"])
def built(request: pytest.FixtureRequest, musl: MuslLibraries) -> MuslLibrary:
    return musl(request.param)


def exports_of(path: Path) -> set[str]:
    elf = lief.ELF.parse(path)
    assert elf is not None
    return {str(symbol.name) for symbol in elf.dynamic_symbols if symbol.shndx and symbol.name}


def test_exports_are_those_of_debians_musl(
    built: MuslLibrary, debian_package: Callable[[str, str], Path]
) -> None:
    files = debian_package("musl", built.arch)
    (theirs,) = (path for path in files.rglob("libc.so") if not path.is_symlink())
    assert exports_of(theirs) - exports_of(built.path) == DEBIAN_ONLY
    assert exports_of(built.path) - exports_of(theirs) == set()
    assert set(exported(built.path.read_bytes())) == exports_of(built.path)


def test_segments_can_be_merged(built: MuslLibrary) -> None:
    page = {"x64": 0x1000, "arm64": 0x10000}[built.arch]
    with built.path.open("rb") as file:
        elf = ELFFile(file)
        loads = list(elf.iter_segments("PT_LOAD"))
        dynamic = next(elf.iter_segments("PT_DYNAMIC"))
        tags = {tag.entry.d_tag: tag for tag in dynamic.iter_tags()}
        start = elf.get_section_by_name(".dynsym").get_symbol_by_name("_dlstart")[0]["st_value"]
        assert elf["e_entry"] == start
    assert loads[0]["p_vaddr"] == 0 and loads[0]["p_offset"] == 0
    assert [load["p_flags"] & 3 for load in loads if load["p_flags"] & 3 == 3] == []
    ends = [load["p_vaddr"] + load["p_memsz"] for load in loads]
    starts = [load["p_vaddr"] // page * page for load in loads[1:]]
    assert [-(-end // page) * page for end in ends[:-1]] <= starts
    assert tags["DT_SONAME"].soname == "libc.so"
    assert tags.keys().isdisjoint({"DT_NEEDED", "DT_TEXTREL", "DT_RPATH", "DT_RUNPATH"})


def test_the_block_occurs_once_and_means_plain_musl(built: MuslLibrary) -> None:
    content = built.path.read_bytes()
    assert content.count(MAGIC) == 1
    offset = content.index(MAGIC)
    assert offset % 64 == 0
    magic, *rest = BLOCK.unpack_from(content, offset)
    assert magic == MAGIC
    assert {value if isinstance(value, int) else value.strip(b"\0") for value in rest} == {0, b""}
    with built.path.open("rb") as file:
        rodata = ELFFile(file).get_section_by_name(".rodata")
        assert offset >= rodata["sh_offset"]
        assert offset + BLOCK.size <= rodata["sh_offset"] + rodata["sh_size"]


def test_it_contains_nothing_of_the_host(built: MuslLibrary) -> None:
    content = built.path.read_bytes()
    for path in (str(built.path.parent.parent), str(Path.home()), sys.prefix, "zig-cache"):
        assert path.encode() not in content


def test_the_licence_is_beside_it(built: MuslLibrary) -> None:
    text = built.path.with_name("COPYRIGHT").read_text()
    assert "Rich Felker" in text and "Permission is hereby granted" in text


@pytest.mark.parametrize(
    "machine", [rigs.linux_x64, pytest.param(rigs.linux_arm64, marks=pytest.mark.rigs)]
)
def test_it_runs(machine: rigs.Machine, musl: MuslLibraries) -> None:
    if missing := machine.missing():
        lacking(missing)
    done = machine.run(musl(machine.arch).path)
    name = {"x64": "x86_64", "arm64": "aarch64"}[machine.arch]
    assert done.code == 1
    assert done.stderr.startswith(f"musl libc ({name})\nVersion 1.2.5\n")


def test_a_program_for_glibc_is_reported_as_such(musl: MuslLibraries) -> None:
    if (
        sys.platform != "linux"
        or platform.machine() != "x86_64"
        or platform.libc_ver()[0] != "glibc"
    ):
        lacking("a linux-x64 machine with glibc")
    done = rigs.linux_x64.run(musl("x64").path, "/bin/true")
    assert done.code == 127
    assert "(it is built for glibc, but this program runs on musl)" in done.stderr


def test_it_is_plain_musl_to_a_program_that_it_is_not_merged_with(
    musl: MuslLibraries, node_binary: Callable[[str, str, str], Path]
) -> None:
    done = run_node(musl, node_binary, "-p", "process.report.getReport().sharedObjects.length > 3")
    assert (done.stdout, done.stderr, done.code) == ("true\n", "", 0)


def test_addon_for_glibc_is_refused_before_it_can_crash(
    musl: MuslLibraries,
    node_binary: Callable[[str, str, str], Path],
    debian_package: Callable[[str, str], Path],
) -> None:
    # Not an addon, but a library that calls functions of glibc's alone and is bound lazily.
    (library,) = debian_package("libexpat1", "x64").rglob("libexpat.so.1")
    done = run_node(musl, node_binary, "-e", f"process.dlopen({{exports: {{}}}}, {str(library)!r})")
    assert "symbol not found (it is built for glibc, but this program" in done.stderr
    assert done.code == 1


def run_node(
    musl: MuslLibraries, node_binary: Callable[[str, str, str], Path], *arguments: str
) -> rigs.Completed:
    if missing := rigs.linux_x64.missing():
        lacking(missing)
    node = node_binary("24", "alpine", "x64")
    command = ("--library-path", str(node.parent), str(node), *arguments)
    return rigs.linux_x64.run(musl("x64").path, *command)


def test_musl_for_another_architecture_is_refused(built: MuslLibrary) -> None:
    other = Arch.ARM64 if built.arch == Arch.X64 else Arch.X64
    check_musl(built.path, built.arch)
    with pytest.raises(FormatError, match=f"not a shared object for {other}"):
        check_musl(built.path, other)


def test_musl_with_two_blocks_is_refused(built: MuslLibrary, tmp_path: Path) -> None:
    changed = tmp_path / "libc.so"
    changed.write_bytes(built.path.read_bytes() + MAGIC)
    with pytest.raises(FormatError, match="2 blocks"):
        check_musl(changed, built.arch)


def test_musl_that_hides_functions_is_refused(built: MuslLibrary, tmp_path: Path) -> None:
    changed = tmp_path / "libc.so"
    changed.write_bytes(
        built.path.read_bytes().replace(b"\0__stack_chk_fail\0", b"\0__stack_chk_fai1\0")
    )
    with pytest.raises(FormatError, match="does not export __stack_chk_fail"):
        check_musl(changed, built.arch)
