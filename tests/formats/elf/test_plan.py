from __future__ import annotations

import io
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import lief
import pytest
from elftools.elf.elffile import ELFFile
from hypothesis import given, settings
from hypothesis import strategies as st

from rigs.capability import lacking
from sealift.errors import FormatError
from sealift.formats.elf.headers import find_blob, interpreter, read_elf
from sealift.formats.elf.plan import plan_elf
from sealift.formats.node_facts import NodeFacts, read_facts
from sealift.record import replace
from sealift.verify.elf import verify_elf
from support.elf_builder import FUSE, Shape, build_elf, note
from support.plans import carried_out

PIE = Shape(kind=3, base=0)
SHAPES = {
    "x64": Shape(),
    "x64 position independent": PIE,
    "x64, no PT_PHDR": Shape(phdr=False),
    "arm64": Shape(machine=183, page=0x10000),
    "arm64 position independent": Shape(machine=183, page=0x10000, kind=3, base=0),
    "much bss": Shape(bss=0x80000),
    "no bss": Shape(bss=0),
    "x86": Shape(bits=32, machine=3, base=0x8048000),
    "armv7": Shape(bits=32, machine=40, base=0x10000, page=0x10000),
    "armv7, small pages": Shape(bits=32, machine=40, base=0x8000, page=0x1000),
    "armv7 position independent": Shape(bits=32, machine=40, kind=3, base=0, page=0x10000),
    "s390x": Shape(order=">", machine=22, base=0x1000000),
    "riscv64": Shape(machine=243, kind=3, base=0, remark=True),
    "ppc64le": Shape(machine=21, base=0x10000000, page=0x10000),
    "loong64": Shape(machine=258, base=0x120000000, page=0x10000),
    "ppc, 32 bit, big-endian": Shape(bits=32, order=">", machine=20, base=0x10000000, page=0x10000),
}
BLOB = b"blob with the fuse's text: " + FUSE + bytes(range(251)) * 9
SAMPLE = build_elf()


def facts_of(elf: bytes) -> NodeFacts:
    fuse = elf.index(FUSE) + len(FUSE) - 1
    return NodeFacts("elf", "x64", "linux", "26.1.2", "", fuse, False, False, True, True)


def injected(elf: bytes, blob: bytes = BLOB) -> bytes:
    return carried_out(plan_elf(io.BytesIO(elf), facts_of(elf), len(blob)), elf, blob)


def loads_of(elf: ELFFile) -> list[dict[str, int]]:
    return [s.header for s in elf.iter_segments() if s.header.p_type == "PT_LOAD"]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_pyelftools_finds_the_note_and_the_old_segments(shape: Shape) -> None:
    base = build_elf(shape)
    result = injected(base)
    elf, old = ELFFile(io.BytesIO(result)), ELFFile(io.BytesIO(base))
    notes = [
        found
        for segment in elf.iter_segments()
        if segment.header.p_type == "PT_NOTE"
        for found in segment.iter_notes()
        if found["n_name"] == "NODE_SEA_BLOB"
    ]
    assert [found["n_descdata"] for found in notes] == [BLOB]
    assert [found["n_type"] for found in notes] in ([0], ["NT_GNU_ABI_TAG"], [""])
    assert elf.header.e_shoff == elf.header.e_shnum == elf.header.e_shstrndx == 0
    assert elf.header.e_entry == old.header.e_entry

    kept = [s.header for s in elf.iter_segments() if s.header.p_type != "PT_PHDR"]
    for segment in old.iter_segments():
        in_memory = segment.header.p_memsz or not segment.header.p_filesz
        if segment.header.p_type != "PT_PHDR" and in_memory:
            assert segment.header in kept
            start, size = segment.header.p_offset, segment.header.p_filesz
            new, was = bytearray(result[start : start + size]), base[start : start + size]
            if start == 0 and size:
                new[: elf.header.e_ehsize] = was[: elf.header.e_ehsize]
            assert new.replace(FUSE[:-1] + b"1", FUSE) == was


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_rules_of_the_loaders(shape: Shape) -> None:
    result = injected(build_elf(shape))
    elf = ELFFile(io.BytesIO(result))
    loads = loads_of(elf)
    page = shape.page
    new = loads[-1]
    assert (new["p_flags"], new["p_align"]) == (4, page)
    assert new["p_vaddr"] % page == new["p_offset"] % page == 0
    # Ascending, and no page shared with the one before (kernels before 5.4).
    before = loads[-2]["p_vaddr"] + loads[-2]["p_memsz"]
    assert new["p_vaddr"] >= -(-before // page) * page
    assert loads == sorted(loads, key=lambda load: load["p_vaddr"])
    # AT_PHDR in kernels before 5.18 and qemu-user: load address + e_phoff.
    load_address = loads[0]["p_vaddr"] - loads[0]["p_offset"]
    table = elf.header.e_phoff
    assert table == new["p_offset"]
    assert load_address + table == new["p_vaddr"]
    headers = [s.header for s in elf.iter_segments() if s.header.p_type == "PT_PHDR"]
    assert len(headers) == shape.phdr
    for header in headers:
        assert (header.p_offset, header.p_vaddr) == (table, new["p_vaddr"])
        assert header.p_filesz == elf.header.e_phnum * elf.header.e_phentsize
    # The note's padding to 4 bytes, and then nothing more.
    assert new["p_offset"] + new["p_filesz"] == len(result)
    assert result.endswith(BLOB + bytes(-len(BLOB) % 4))


@pytest.mark.parametrize("name", ["x64", "x64 position independent", "arm64", "x86"])
def test_lief_finds_the_layout_consistent(name: str) -> None:
    binary = lief.ELF.parse(list(injected(build_elf(SHAPES[name]))))
    assert isinstance(binary, lief.ELF.Binary)
    consistent, message = lief.ELF.check_layout(binary)
    assert consistent, message
    found = next(note for note in binary.notes if note.name.startswith("NODE_SEA_BLOB"))
    assert bytes(found.description) == BLOB + bytes(-len(BLOB) % 4)  # LIEF counts the padding


def test_what_is_not_loaded_is_left_out() -> None:
    result = injected(SAMPLE)
    assert b"SYMBOLS" in SAMPLE
    assert b"SYMBOLS" not in result


def test_the_reader_finds_the_blob() -> None:
    result = injected(SAMPLE)
    file = io.BytesIO(result)
    place = find_blob(read_elf(file))
    assert place is not None
    assert result[place[0] :][: place[1]] == BLOB
    assert find_blob(read_elf(io.BytesIO(SAMPLE))) is None


def test_a_blob_note_beside_others_is_found() -> None:
    data = build_elf(Shape(note=note("<", b"abc", b"12345") + note("<", b"NODE_SEA_BLOB\0", b"x")))
    file = io.BytesIO(data)
    place = find_blob(read_elf(file))
    assert place is not None
    assert data[place[0] :][: place[1]] == b"x"


@pytest.mark.skipif(sys.platform != "linux", reason="needs a Linux program, and to run it")
def test_a_position_independent_program_still_runs(tmp_path: Path) -> None:
    program = shutil.which("ls")
    base = Path(program or lacking("the program ls")).read_bytes()
    if base[16:18] != b"\x03\0":
        lacking("a position-independent ls")
    elf = read_elf(io.BytesIO(base))
    # It has no fuse: a byte of the padding between two segments is changed instead.
    gap = next(
        one.offset + one.filesz
        for one, two in zip(elf.loads, elf.loads[1:], strict=False)
        if one.offset + one.filesz < two.offset
    )
    facts = replace(facts_of(SAMPLE), fuse_offset=gap)
    result = carried_out(plan_elf(io.BytesIO(base), facts, len(BLOB)), base, BLOB)
    copy = tmp_path / "ls"
    copy.write_bytes(result)
    copy.chmod(0o755)
    (tmp_path / "seen").touch()
    done = subprocess.run([copy, tmp_path], capture_output=True, check=True, text=True)
    assert done.stdout.split() == ["ls", "seen"]


def changed(offset: int, form: str, value: int, elf: bytes = SAMPLE) -> bytes:
    data = bytearray(elf)
    struct.pack_into(form, data, offset, value)
    return bytes(data)


def entry(index: int) -> int:
    return 64 + 56 * index


BAD = {
    "empty": b"",
    "another magic": b"\x7fELG" + SAMPLE[4:],
    "class": changed(4, "B", 3),
    "byte order": changed(5, "B", 0),
    "object file": changed(16, "<H", 1),
    "no table": changed(56, "<H", 0),
    "too many entries": changed(56, "<H", 0xFFFF),
    "entry size": changed(54, "<H", 64),
    "table behind the end": changed(32, "<Q", len(SAMPLE)),
    "table beyond any file": changed(32, "<Q", 2**64 - 1),
    "segment behind the end": changed(entry(3) + 32, "<Q", len(SAMPLE)),
    "file part larger than memory": changed(entry(4) + 40, "<Q", 1),
    "segments out of order": changed(entry(4) + 16, "<Q", 0x400000),
    "first segment without headers": changed(entry(2) + 8, "<Q", 0x100),
    "base not on a page": changed(entry(2) + 16, "<Q", 0x400001),
    "no segment to load": changed(
        entry(2), "<I", 0, changed(entry(3), "<I", 0, changed(entry(4), "<I", 0))
    ),
    "a segment behind the loaded part": changed(entry(5) + 8, "<Q", len(SAMPLE) - 200),
    "end of the address space": changed(entry(4) + 40, "<Q", 2**64 - 0x500000),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_broken_files_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        plan_elf(io.BytesIO(data), facts_of(SAMPLE), 10)
    assert caught.value.code in ("elf-broken", "elf-layout")
    assert caught.value.remedy


def test_every_truncation_of_what_is_loaded_is_refused() -> None:
    loaded = max(load.offset + load.filesz for load in read_elf(io.BytesIO(SAMPLE)).loads)
    for size in [*range(700), *range(700, loaded, 211), loaded - 1]:
        with pytest.raises(FormatError, match=r"truncated|does not begin"):
            plan_elf(io.BytesIO(SAMPLE[:size]), facts_of(SAMPLE), 10)


def test_bytes_after_the_last_segment_do_not_matter() -> None:
    loaded = max(load.offset + load.filesz for load in read_elf(io.BytesIO(SAMPLE)).loads)
    assert loaded < len(SAMPLE)
    assert injected(SAMPLE[:loaded]) == injected(SAMPLE)


def test_a_blob_of_4_gib_is_refused() -> None:
    with pytest.raises(FormatError) as caught:
        plan_elf(io.BytesIO(SAMPLE), facts_of(SAMPLE), 1 << 32)
    assert caught.value.code == "blob-too-large"


def test_a_blob_that_exceeds_the_address_space_is_refused() -> None:
    data = build_elf(Shape(bits=32, machine=3, base=0xF0000000))
    with pytest.raises(FormatError, match="no room"):
        plan_elf(io.BytesIO(data), facts_of(data), 0x10000000)


@settings(deadline=None)  # a plan may have many MiB of zeros
@given(
    st.sampled_from(list(SHAPES.values())),
    st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_changed_headers_are_refused_or_planned_right(
    shape: Shape, changes: list[tuple[int, int]]
) -> None:
    """What is planned passes the independent verifier, which finds the blob in it."""
    data = bytearray(build_elf(shape))
    facts = facts_of(bytes(data))
    for at, byte in changes:
        data[at] = byte
    base = io.BytesIO(bytes(data))
    try:
        elf = read_elf(base)
        interpreter(elf)
        find_blob(elf)
        plan = plan_elf(base, facts, len(BLOB))
        result = carried_out(plan, bytes(data), BLOB)
        offset, size = verify_elf(io.BytesIO(result), base, facts)
    except FormatError as error:
        assert error.code in ("elf-broken", "elf-layout", "verification-failed")
        return
    assert plan.size == len(result)
    assert result[offset : offset + size] == BLOB


@given(st.binary(max_size=300), st.booleans())
def test_random_bytes_are_refused(data: bytes, wide: bool) -> None:
    head = b"\x7fELF\x02\x01\x01" if wide else b"\x7fELF\x01\x02\x01"
    for content in (data, head + data):
        with pytest.raises(FormatError):
            plan_elf(io.BytesIO(content), facts_of(SAMPLE), 10)


@pytest.mark.parametrize("arch", ["x64", "arm64"])
@pytest.mark.parametrize("major", ["22", "24", "26"])
def test_real_binaries_lose_what_is_not_loaded(
    major: str, arch: str, node_binary: Callable[[str, str, str], Path]
) -> None:
    path = node_binary(major, "linux", arch)
    with path.open("rb") as file:
        plan = plan_elf(file, read_facts(path), 1000)
    assert plan.size <= path.stat().st_size - 14_000_000 + 1000
