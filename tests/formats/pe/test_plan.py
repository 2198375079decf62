"""Plans of Windows executables, from tiny files of unusual shapes; pefile and LIEF check them."""

from __future__ import annotations

import io

import lief
import pefile
import pytest

from sealift.errors import FormatError
from sealift.formats.node_facts import NodeFacts
from sealift.formats.pe.plan import plan_pe
from sealift.formats.pieces import Plan
from sealift.verify.pe import verify_pe
from support.pe_builder import ICON, MANIFEST, Key, PeBuilder
from support.plans import carried_out, facts_of

BLOB = b"\x20\xda\x43\x01" + b"the blob" * 1000
MACHINES = {0x8664: "x64", 0xAA64: "arm64", 0x14C: "x86"}


def facts(builder: PeBuilder) -> NodeFacts:
    return facts_of("pe", MACHINES[builder.machine], builder.fuse)


def plan_of(builder: PeBuilder, blob: bytes = BLOB) -> Plan:
    base = builder.build()
    return plan_pe(io.BytesIO(base), facts(builder), len(blob))


def built(builder: PeBuilder, blob: bytes = BLOB) -> pefile.PE:
    """An executable that has been verified by our reader and by LIEF's layout check, parsed."""
    base = builder.build()
    out = carried_out(plan_pe(io.BytesIO(base), facts(builder), len(blob)), base, blob)
    offset, size = verify_pe(io.BytesIO(out), io.BytesIO(base), facts(builder))
    assert out[offset : offset + size] == blob
    checked, why = lief.PE.check_layout(lief.PE.parse(list(out)))
    assert checked, why
    image = pefile.PE(data=out)
    assert image.verify_checksum()
    return image


def resources(image: pefile.PE) -> dict[tuple[Key, ...], bytes]:
    """Return the resources in the order of the tree."""
    found = {}
    for kind in image.DIRECTORY_ENTRY_RESOURCE.entries:
        for name in kind.directory.entries:
            for language in name.directory.entries:
                path = tuple(
                    str(entry.name) if entry.name else entry.id for entry in (kind, name, language)
                )
                place = language.data.struct
                found[path] = image.get_data(place.OffsetToData, place.Size)
    return found


@pytest.mark.parametrize("machine", MACHINES)
def test_icons_and_manifest_remain(machine: int) -> None:
    image = built(PeBuilder(wide=machine != 0x14C, machine=machine))
    assert resources(image) == {
        (3, 1, 1033): ICON,
        (10, "NODE_SEA_BLOB", 0): BLOB,
        (24, 1, 1033): MANIFEST,
    }
    assert [entry.id for entry in image.DIRECTORY_ENTRY_RESOURCE.entries] == [3, 10, 24]


def test_names_around_the_blobs_own_stay_sorted() -> None:
    names: tuple[Key, ...] = ("AAA", "NODE", "NODE_SEA_BLOC", "ZZ", 1, 7)
    more = tuple((10, name, 1033, str(name).encode()) for name in names)
    image = built(PeBuilder(resources=(("TYPE", 1, 0, b"t"), *more, (24, 1, 1033, MANIFEST))))
    found = [path[1] for path in resources(image) if path[0] == 10]
    assert found == ["AAA", "NODE", "NODE_SEA_BLOB", "NODE_SEA_BLOC", "ZZ", 1, 7]


def test_several_languages_stay() -> None:
    languages = tuple((24, 1, language, str(language).encode()) for language in (0, 1031, 1033))
    image = built(PeBuilder(resources=languages))
    assert {path for path in resources(image) if path[0] == 24} == {
        (24, 1, n) for n in (0, 1031, 1033)
    }


def test_no_resource_directory_at_all() -> None:
    assert resources(built(PeBuilder(resources=None))) == {(10, "NODE_SEA_BLOB", 0): BLOB}


def test_certificates_are_gone() -> None:
    image = built(PeBuilder(certificates=b"Authenticode" * 50))
    assert image.OPTIONAL_HEADER.DATA_DIRECTORY[4].VirtualAddress == 0
    assert image.OPTIONAL_HEADER.DATA_DIRECTORY[4].Size == 0
    assert b"Authenticode" not in bytes(image.__data__)


def test_symbols_are_gone() -> None:
    image = built(PeBuilder(symbols=b"s" * 36))
    assert image.FILE_HEADER.PointerToSymbolTable == image.FILE_HEADER.NumberOfSymbols == 0
    assert b"ssss" not in bytes(image.__data__)


def test_bound_imports_behind_the_section_headers_are_gone() -> None:
    image = built(PeBuilder(bound_imports=True))
    assert image.OPTIONAL_HEADER.DATA_DIRECTORY[11].VirtualAddress == 0
    assert b"bound!" not in bytes(image.__data__)


def test_debug_data_that_is_cut_off_is_not_pointed_to() -> None:
    image = built(PeBuilder(debug_outside=True))
    assert image.OPTIONAL_HEADER.DATA_DIRECTORY[6].Size == 0


@pytest.mark.parametrize("pe_offset", [0x78, 0x140])
def test_no_room_for_a_section_header(pe_offset: int) -> None:
    builder = PeBuilder(header_slack=0, pe_offset=pe_offset)
    base = builder.build()
    first = min(section.PointerToRawData for section in pefile.PE(data=base).sections)
    image = built(builder)
    assert image.DOS_HEADER.e_lfanew == 64
    end = image.sections[-1].get_file_offset() + 40
    assert end <= image.OPTIONAL_HEADER.SizeOfHeaders <= first
    assert next(section.PointerToRawData for section in image.sections) == first


def test_room_is_enough_to_the_byte() -> None:
    builder = PeBuilder(header_slack=40)
    builder.build()
    assert built(builder).DOS_HEADER.e_lfanew == builder.pe_offset


def test_a_file_without_room_is_refused() -> None:
    builder = PeBuilder(header_slack=0, pe_offset=64, file_alignment=8)
    with pytest.raises(FormatError) as caught:
        plan_of(builder)
    assert caught.value.code == "pe-no-room"


@pytest.mark.parametrize("size", [1, 511, 512, 513, 4096, 70_000])
def test_blob_sizes_around_alignments(size: int) -> None:
    image = built(PeBuilder(), bytes(size))
    last = image.sections[-1]
    assert last.PointerToRawData + last.SizeOfRawData == len(image.__data__)
    assert (
        image.OPTIONAL_HEADER.SizeOfImage
        == last.VirtualAddress + -(-last.Misc_VirtualSize // 0x1000) * 0x1000
    )


@pytest.mark.parametrize(
    ("builder", "code"),
    [
        (PeBuilder(resources=((10, "NODE_SEA_BLOB", 0, b"x"),)), "blob-present"),
        (PeBuilder(directory_count=2), "pe-malformed"),
        (PeBuilder(fill_slack_with=b"something else"), "pe-malformed"),
    ],
)
def test_unsupported_files_are_refused(builder: PeBuilder, code: str) -> None:
    with pytest.raises(FormatError) as caught:
        plan_of(builder)
    assert caught.value.code == code
    assert caught.value.remedy


def test_a_missing_fuse_is_refused() -> None:
    builder = PeBuilder()
    base = builder.build()
    for offset in (builder.fuse + 1, 5, len(base) + 10):
        with pytest.raises(FormatError, match="fuse"):
            plan_pe(io.BytesIO(base), facts_of("pe", "x64", offset), 10)


def test_a_blob_of_2_gib_is_too_large() -> None:
    builder = PeBuilder()
    base = builder.build()
    for size in ((1 << 31) - 0x5000, 1 << 32, 1 << 70):
        with pytest.raises(FormatError) as caught:
            plan_pe(io.BytesIO(base), facts(builder), size)
        assert caught.value.code == "executable-too-large"
    assert plan_pe(io.BytesIO(base), facts(builder), 1 << 30).size < 1 << 31


@pytest.mark.parametrize("size", [0, 2, 63, 64, 200, 500, 1100, 2100])
def test_truncated_files(size: int) -> None:
    builder = PeBuilder()
    base = builder.build()
    with pytest.raises(FormatError):
        plan_pe(io.BytesIO(base[:size]), facts(builder), 10)
