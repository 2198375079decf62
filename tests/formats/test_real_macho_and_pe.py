"""Executables made of real macOS and Windows binaries, read by independent parsers.

CI reads those of Node 24, and of each other release one for macOS and one for Windows.
"""

from __future__ import annotations

import hashlib
import io
import mmap
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import lief
import pefile
import pytest
from macholib.MachO import MachO

from sealift.errors import FormatError
from sealift.formats.macho.plan import plan_macho
from sealift.formats.node_facts import NodeFacts
from sealift.formats.pe.plan import plan_pe
from sealift.formats.pieces import Plan
from sealift.verify.macho import verify_macho
from sealift.verify.pe import verify_pe
from support.equipment import lacking
from support.plans import carry_out, facts_of, fuse_offset
from support.samples import some

BLOB = b"\x20\xda\x43\x01" + b"what is packaged" * 6000
MAJORS = ("22", "24", "26")
MACOS = [(major, "macos", arch) for major in MAJORS for arch in ("x64", "arm64")]
WINDOWS = [(major, "win", arch) for major in MAJORS for arch in ("x64", "arm64")]
# One of each kind: opcodes, no room for load commands, entitlements.
COMPARED_AS_DYLD_SEES_THEM = (
    ("22", "macos", "arm64"),
    ("24", "macos", "x64"),
    ("26", "macos", "arm64"),
)
IN_CI = {
    *COMPARED_AS_DYLD_SEES_THEM,
    ("24", "macos", "arm64"),
    *(("24", "win", arch) for arch in ("x64", "arm64")),
    ("22", "win", "arm64"),
    ("26", "win", "x64"),
}


@dataclass(frozen=True)
class Built:
    base: Path
    path: Path
    facts: NodeFacts
    plan: Plan
    read: int


class Counting(io.BufferedReader):
    """Counts the bytes that are read."""

    total = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.total += len(data)
        return data


def build(base: Path, container: str, arch: str, path: Path) -> Built:
    facts = facts_of(container, arch, fuse_offset(base))
    planner = {"macho": plan_macho, "pe": plan_pe}[container]
    with Counting(io.FileIO(base)) as file:
        plan = planner(file, facts, len(BLOB))
        read = file.total
    with base.open("rb") as source, path.open("w+b") as sink:
        carry_out(plan, source, BLOB, sink)
    return Built(base, path, facts, plan, read)


@pytest.fixture(scope="module")
def built(request, node_binary, tmp_path_factory) -> Iterator[Built]:
    version, platform, arch = request.param
    container = "macho" if platform == "macos" else "pe"
    path = tmp_path_factory.mktemp("built") / "app.exe"
    yield build(node_binary(version, platform, arch), container, arch, path)
    path.unlink()


def built_of(targets: list[tuple[str, str, str]]) -> pytest.MarkDecorator:
    """Return what gives a test an executable for each target."""
    in_ci = [target for target in targets if target in IN_CI]
    return pytest.mark.parametrize("built", some(targets, in_ci), indirect=True, ids="-".join)


for_macos, for_windows = built_of(MACOS), built_of(WINDOWS)
for_both = built_of([*MACOS, *WINDOWS])


@for_both
def test_the_verifier_accepts_it_and_finds_the_blob(built: Built) -> None:
    verify = verify_macho if built.facts.container == "macho" else verify_pe
    with built.path.open("rb") as file, built.base.open("rb") as base:
        offset, size = verify(file, base, built.facts)
        file.seek(offset)
        assert file.read(size) == BLOB
        # It refuses the Node binary itself.
        with pytest.raises(FormatError):
            verify(base, base, built.facts)


@for_both
def test_planning_reads_little(built: Built) -> None:
    assert built.read < 2 << 20
    literals = sum(len(getattr(piece, "data", b"")) for piece in built.plan.pieces)
    assert literals < 1 << 16


@for_macos
def test_lief_reads_the_layout(built: Built) -> None:
    fat = lief.MachO.parse(str(built.path))
    binary = fat.at(0)
    checked, why = lief.MachO.check_layout(binary)
    assert checked, why
    blob = binary.get_section("__NODE_SEA_BLOB")
    assert bytes(blob.content) == BLOB
    assert binary.entrypoint > binary.get_section("__text").virtual_address


@for_macos
def test_all_that_macholib_reads_is_in_the_file(built: Built) -> None:
    (header,) = MachO(str(built.path)).headers
    size = built.path.stat().st_size
    first = min(
        section.offset
        for _, _, sections in header.commands
        if isinstance(sections, list)
        for section in sections
        if section.offset and section.flags & 0xFF not in (1, 0xC, 0x12)
    )
    assert 32 + header.header.sizeofcmds <= first
    for _, body, _ in header.commands:
        for offset, length in (
            ("dataoff", "datasize"),
            ("fileoff", "filesize"),
            ("stroff", "strsize"),
        ):
            if hasattr(body, offset):
                assert getattr(body, offset) + getattr(body, length) <= size
    linkedit = [b for _, b, _ in header.commands if getattr(b, "segname", b"")[:6] == b"__LINK"]
    assert linkedit[0].fileoff + linkedit[0].filesize == size


@for_macos
def test_page_hashes_are_right(built: Built) -> None:
    data = built.path.read_bytes()
    start = data.rindex(b"\xfa\xde\x0c\xc0")
    directory = start + struct.unpack_from(">I", data, start + 16)[0]
    hashes, _, _, count, limit = struct.unpack_from(">5I", data, directory + 16)
    assert limit == start
    for page in range(count):
        end = min(4096 * (page + 1), limit)
        at = directory + hashes + 32 * page
        assert data[at : at + 32] == hashlib.sha256(data[4096 * page : end]).digest()


def page_hashes(path: Path) -> list[bytes]:
    """Return the page hashes of an executable's signature."""
    data = path.read_bytes()
    start = data.rindex(b"\xfa\xde\x0c\xc0")
    directory = start + struct.unpack_from(">I", data, start + 16)[0]
    hashes, _, _, count = struct.unpack_from(">4I", data, directory + 16)
    first = directory + hashes
    return [data[at : at + 32] for at in range(first, first + 32 * count, 32)]


@for_macos
def test_another_tool_makes_the_same_hashes(built: Built, tmp_path: Path) -> None:
    """LLVM's copy differs in its load commands (page 0) and in __LINKEDIT."""
    tool = shutil.which("llvm-objcopy")
    if tool is None:
        lacking("Debian's llvm")
    copy = tmp_path / "copy"
    subprocess.run([tool, built.path, copy], check=True, timeout=120)
    with (
        built.path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        last = (data.rfind(BLOB) + len(BLOB)) // 4096
    ours, theirs = page_hashes(built.path), page_hashes(copy)
    assert last > 10_000
    assert ours[1:last] == theirs[1:last]


def as_dyld_sees(path: Path) -> dict[str, object]:
    fat = lief.MachO.parse(str(path))
    binary = fat.at(0)
    bindings = [
        (
            item.address,
            item.library_ordinal,
            item.addend,
            item.symbol.name if item.has_symbol else "",
        )
        for item in binary.bindings
    ]
    trie = binary.dyld_exports_trie or binary.dyld_info
    return {
        "rebases": [(item.address, item.size) for item in binary.relocations],
        "bindings": bindings,
        "exports": [(item.address, item.symbol.name) for item in trie.exports],
        "libraries": [library.name for library in binary.libraries],
        "entry point": binary.entrypoint,
        "thread-local sections": [
            (s.name, s.virtual_address, s.size) for s in binary.sections if "thread" in s.name
        ],
        "external symbols": [
            (symbol.name, symbol.value, symbol.raw_type)
            for symbol in binary.symbols
            if symbol.raw_type in (0x01, 0x0F)
        ],
    }


@pytest.mark.parametrize("built", COMPARED_AS_DYLD_SEES_THEM, indirect=True, ids="-".join)
def test_dyld_sees_the_same_as_in_the_node_binary(built: Built) -> None:
    ours, theirs = as_dyld_sees(built.path), as_dyld_sees(built.base)
    assert ours["rebases"]
    assert ours["exports"]
    for what, value in theirs.items():
        assert ours[what] == value, what


@for_windows
def test_pefile_and_lief_read_it(built: Built) -> None:
    image = pefile.PE(str(built.path), fast_load=True)
    original = pefile.PE(str(built.base), fast_load=True)
    image.parse_data_directories([pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_RESOURCE"]])
    original.parse_data_directories([pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_RESOURCE"]])
    resources, originals = flat(image), flat(original)
    assert resources.pop((10, "NODE_SEA_BLOB", 0)) == BLOB
    assert resources == originals
    assert any(kind == 24 for kind, _, _ in originals), "a manifest"
    assert any(kind == 16 for kind, _, _ in originals), "a version"
    for ours, theirs in zip(image.sections, original.sections, strict=False):
        assert ours.VirtualAddress == theirs.VirtualAddress
        assert ours.PointerToRawData == theirs.PointerToRawData
    image.close()
    original.close()
    checked, why = lief.PE.check_layout(lief.PE.parse(str(built.path)))
    assert checked, why


def flat(image: pefile.PE) -> dict[tuple[object, ...], bytes]:
    return {
        tuple(str(e.name) if e.name else e.id for e in (kind, name, language)): image.get_data(
            language.data.struct.OffsetToData, language.data.struct.Size
        )
        for kind in image.DIRECTORY_ENTRY_RESOURCE.entries
        for name in kind.directory.entries
        for language in name.directory.entries
    }


@pytest.mark.parametrize("target", [*MACOS, *WINDOWS], ids="-".join)
def test_beginnings_of_real_binaries_are_refused(target, node_binary) -> None:
    _, platform, arch = target
    container, planner = ("macho", plan_macho) if platform == "macos" else ("pe", plan_pe)
    with node_binary(*target).open("rb") as file:
        head = file.read(1 << 16)
    for size in (0, 1, 64, 700, 2000, 2700, 1 << 16):
        with pytest.raises(FormatError):
            planner(io.BytesIO(head[:size]), facts_of(container, arch, 60_000), 10)
