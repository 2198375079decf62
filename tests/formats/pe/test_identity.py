"""What a Windows executable says about itself, as pefile and LIEF read it."""

from __future__ import annotations

import io

import lief
import pefile
import pytest

from sealift.errors import FormatError
from sealift.formats.pe.icon import read_icon
from sealift.formats.pe.manifest import manifest
from sealift.formats.pe.plan import plan_pe
from sealift.identity import WindowsIdentity
from sealift.record import replace
from sealift.verify.pe import verify_pe
from support.icons import bitmap, ico, png
from support.pe_builder import PeBuilder
from support.plans import carried_out, facts_of

BLOB = b"the blob" * 100
TEXTS = (
    ("CompanyName", "Ækme & Søn"),
    ("FileDescription", "x"),
    ("ProductName", "日本語"),
    ("ProductVersion", "1.2.3-beta.4"),
)
ICON = b"the icon of Node" * 9
OF_NODE = "Node.js JavaScript Runtime".encode("utf-16-le")
BASE = PeBuilder(
    resources=(
        (3, 1, 1033, ICON),
        (3, 2, 1033, ICON[::-1]),
        (14, "NODE", 1033, b"group of Node"),
        (16, 1, 1033, OF_NODE),
        (24, 1, 1033, b"<manifest of Node/>"),
    )
)
ICONS = ico((16, bitmap(16)), (256, png(256, 256)))
IDENTITY = WindowsIdentity(
    (1, 2, 3, 65535),
    TEXTS,
    manifest(administrator=True, long_paths=True, utf8=True),
    read_icon(ICONS, "app.ico"),
)


def written(identity: WindowsIdentity, builder: PeBuilder = BASE) -> bytes:
    base = builder.build()
    facts = facts_of("pe", "x64", builder.fuse)
    out = carried_out(plan_pe(io.BytesIO(base), facts, len(BLOB), identity), base, BLOB)
    offset, size = verify_pe(io.BytesIO(out), io.BytesIO(base), facts, identity)
    assert out[offset : offset + size] == BLOB
    checked, why = lief.PE.check_layout(lief.PE.parse(list(out)))
    assert checked, why
    return out


def test_pefile_reads_the_texts_and_numbers() -> None:
    image = pefile.PE(data=written(IDENTITY))
    (fixed,) = image.VS_FIXEDFILEINFO
    assert (fixed.FileVersionMS, fixed.FileVersionLS) == (0x1_0002, 0x3_FFFF)
    assert (fixed.ProductVersionMS, fixed.ProductVersionLS) == (0x1_0002, 0x3_FFFF)
    ((strings, variables),) = image.FileInfo
    (table,) = strings.StringTable
    assert table.LangID == b"040904b0"
    found = {key.decode(): value.decode() for key, value in table.entries.items()}
    assert found == dict(TEXTS)
    assert variables.Var[0].entry == {b"Translation": "0x0409 0x04b0"}
    assert image.verify_checksum()


def test_lief_reads_icon_manifest_and_blob() -> None:
    resources = lief.PE.parse(list(written(IDENTITY))).resources_manager
    assert [(icon.width, icon.height, bytes(icon.pixels)) for icon in resources.icons] == [
        (16, 16, bitmap(16)),
        (0, 0, png(256, 256)),
    ]
    text = str(resources.manifest)
    assert 'level="requireAdministrator"' in text
    assert "longPathAware" in text
    assert "UTF-8</activeCodePage>" in text


def test_nothing_of_nodes_own_remains() -> None:
    out = written(IDENTITY)
    for gone in (OF_NODE, b"<manifest of Node/>", b"group of Node", ICON, ICON[::-1]):
        assert gone not in out


def test_without_an_icon_that_of_node_remains() -> None:
    out = written(replace(IDENTITY, icon=()))
    assert ICON in out
    assert b"group of Node" in out
    assert OF_NODE not in out


@pytest.mark.parametrize(("console", "subsystem"), [(True, 3), (False, 2)])
def test_subsystem(console: bool, subsystem: int) -> None:
    image = pefile.PE(data=written(replace(IDENTITY, console=console)))
    assert image.OPTIONAL_HEADER.Subsystem == subsystem


def test_a_binary_without_resources_gets_them() -> None:
    image = pefile.PE(data=written(IDENTITY, PeBuilder(resources=None)))
    kinds = [entry.id for entry in image.DIRECTORY_ENTRY_RESOURCE.entries]
    assert kinds == [3, 10, 14, 16, 24]


def test_a_resource_that_a_kept_one_shares_remains() -> None:
    shared = bytearray(BASE.build())
    image = pefile.PE(data=bytes(shared))
    leaves = {
        (kind.id, name.id): name.directory.entries[0].data.struct
        for kind in image.DIRECTORY_ENTRY_RESOURCE.entries
        for name in kind.directory.entries
    }
    icon, version = leaves[3, 1], leaves[16, 1]
    at = version.get_file_offset()
    shared[at : at + 8] = icon.OffsetToData.to_bytes(4, "little") + icon.Size.to_bytes(4, "little")
    facts = facts_of("pe", "x64", BASE.fuse)
    identity = replace(IDENTITY, icon=())
    plan = plan_pe(io.BytesIO(bytes(shared)), facts, len(BLOB), identity)
    out = carried_out(plan, bytes(shared), BLOB)
    verify_pe(io.BytesIO(out), io.BytesIO(bytes(shared)), facts, identity)
    assert ICON in out


@pytest.mark.parametrize(
    "other",
    [
        replace(IDENTITY, version=(1, 2, 3, 4)),
        replace(IDENTITY, texts=TEXTS[:-1]),
        replace(IDENTITY, texts=(*TEXTS[:-1], ("ProductVersion", "1.2.3-beta.5"))),
        replace(IDENTITY, manifest=IDENTITY.manifest.replace(b"true", b"True")),
        replace(IDENTITY, icon=()),
        replace(IDENTITY, icon=IDENTITY.icon[::-1]),
        replace(IDENTITY, console=False),
        None,
    ],
)
def test_the_verifier_refuses_another_identity(other: WindowsIdentity | None) -> None:
    base, out = BASE.build(), written(IDENTITY)
    facts = facts_of("pe", "x64", BASE.fuse)
    with pytest.raises(FormatError) as caught:
        verify_pe(io.BytesIO(out), io.BytesIO(base), facts, other)
    assert caught.value.code == "verification-failed"
