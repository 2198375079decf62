from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.errors import FormatError
from sealift.formats import node_facts as facts_module
from sealift.formats.executable_identity import Identity, identify
from sealift.formats.node_facts import NodeFacts, read_facts, scan
from support.elf_builder import FUSE, TEXTS, Shape, build_elf, note

# What `node -p process.versions.v8` says on each; the builds of one release all say the same.
V8 = {
    "22.20.0": "12.4.254.21-node.33",
    "24.19.0": "13.6.233.17-node.51",
    "26.10.0": "14.6.202.34-node.34",
    "26.7.0": "14.6.202.34-node.28",
}
CONTAINERS = {"linux": "elf", "macos": "macho", "win": "pe"}


@pytest.mark.parametrize("arch", ["x64", "arm64"])
@pytest.mark.parametrize("platform", CONTAINERS)
@pytest.mark.parametrize("major", ["22", "24", "26"])
def test_real_binaries(
    major: str, platform: str, arch: str, node_binary: Callable[[str, str, str], Path]
) -> None:
    path = node_binary(major, platform, arch)
    facts = read_facts(path)
    assert (facts.container, facts.system, facts.machine) == (CONTAINERS[platform], platform, arch)
    release = {"22": "22.20.0", "24": "24.19.0", "26": "26.10.0"}[major]
    if (major, platform, arch) == ("26", "win", "arm64"):
        release = "26.7.0"
    assert facts.version == release
    assert facts.v8_version == V8[release]
    assert (facts.fuse_set, facts.has_blob) == (False, False)
    assert facts.exec_argv_extension
    assert facts.main_format == (major == "26")
    with path.open("rb") as file:
        file.seek(facts.fuse_offset + 1 - len(FUSE))
        assert file.read(len(FUSE)) == FUSE


@pytest.mark.parametrize("major", ["22", "24", "26"])
def test_version_and_v8_are_those_that_node_reports(
    major: str, node_binary: Callable[[str, str, str], Path], run_node: Callable[..., object]
) -> None:
    facts = read_facts(node_binary(major, "linux", "x64"))
    done = run_node(major, "-p", "process.version + ' ' + process.versions.v8")
    assert getattr(done, "stdout", "").split() == [f"v{facts.version}", facts.v8_version]


def read(data: bytes, tmp_path: Path) -> NodeFacts:
    path = tmp_path / "node"
    path.write_bytes(data)
    return read_facts(path)


FREEBSD = Shape(osabi=9, interpreter=b"/libexec/ld-elf.so.1", texts=TEXTS + b"\0NODE_SEA_BLOB\0")
ELF_MACHINES = {
    ("x64", "linux"): Shape(),
    ("x64", "alpine"): Shape(interpreter=b"/lib/ld-musl-x86_64.so.1", kind=3, base=0),
    ("x64", "freebsd"): FREEBSD,
    ("riscv64", "freebsd"): replace(FREEBSD, machine=243),
    ("arm64", "linux"): Shape(machine=183, page=0x10000),
    ("armv7", "linux"): Shape(bits=32, machine=40),
    ("armv6", "linux"): Shape(bits=32, machine=40, arm=6),
    ("x86", "linux"): Shape(bits=32, machine=3),
    ("s390x", "linux"): Shape(order=">", machine=22),
    ("ppc64", "linux"): Shape(machine=21),
    ("riscv64", "linux"): Shape(machine=243),
    ("loong64", "linux"): Shape(machine=258),
}


@pytest.mark.parametrize("name", ELF_MACHINES, ids="-".join)
def test_architectures_of_elf(name: tuple[str, str], tmp_path: Path) -> None:
    facts = read(build_elf(ELF_MACHINES[name]), tmp_path)
    assert (facts.machine, facts.system) == name
    assert (facts.version, facts.v8_version) == ("26.1.2", "14.6.202.34-node.34")
    assert (facts.exec_argv_extension, facts.main_format) == (True, True)


@pytest.mark.parametrize(("number", "machine"), [(9, "armv6"), (10, "armv7"), (14, "armv7")])
def test_arm_architectures(number: int, machine: str, tmp_path: Path) -> None:
    elf = build_elf(Shape(bits=32, machine=40, arm=number))
    assert read(elf, tmp_path).machine == machine


def test_broken_arm_attributes_count_as_armv7(tmp_path: Path) -> None:
    elf = build_elf(Shape(bits=32, machine=40, arm=6))
    assert read(elf, tmp_path).machine == "armv6"
    # The number of the architecture is cut off; the section is outside of the file.
    at = elf.index(b"aeabi") + len(b"aeabi\0")
    endless = elf[:at] + b"\xff" * 20 + elf[at + 20 :]
    (table,) = struct.unpack_from("<I", elf, 32)
    outside = elf[:32] + struct.pack("<I", len(elf) - 8) + elf[36:]
    assert 0 < table < len(elf)
    for broken in (endless, outside):
        assert read(broken, tmp_path).machine == "armv7"


def test_freebsds_own_node_never_looks_for_a_blob(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        read(build_elf(replace(FREEBSD, texts=TEXTS)), tmp_path)
    assert caught.value.code == "blob-not-looked-for"
    assert "--compile-node" in caught.value.remedy


def test_a_newer_freebsd_node_needs_sealifts_mark(
    tmp_path: Path,
) -> None:
    texts = TEXTS + b"\0NODE_SEA_BLOB\0--build-sea\0"
    with pytest.raises(FormatError) as caught:
        read(build_elf(replace(FREEBSD, texts=texts)), tmp_path)
    assert caught.value.code == "blob-not-looked-for"
    assert "mark" in caught.value.message
    marked = texts + facts_module.FREEBSD_MARK + b"\0"
    assert read(build_elf(replace(FREEBSD, texts=marked)), tmp_path).system == "freebsd"


def test_the_blobs_layout_follows_the_texts(tmp_path: Path) -> None:
    old = TEXTS.replace(b"mainFormat", b"").replace(b"execArgvExtension", b"")
    facts = read(build_elf(Shape(texts=old)), tmp_path)
    assert (facts.exec_argv_extension, facts.main_format) == (False, False)


def test_an_executable_that_holds_a_blob(tmp_path: Path) -> None:
    blob = note("<", b"NODE_SEA_BLOB\0", b"x" + FUSE)
    facts = read(build_elf(Shape(note=blob, texts=TEXTS.replace(b":0", b":1"))), tmp_path)
    assert (facts.has_blob, facts.fuse_set) == (True, True)


def macho(*, name: bytes = b"__text", machine: int = 0x0100000C, kind: int = 2) -> bytes:
    section = name.ljust(16, b"\0").ljust(80, b"\0")
    command = struct.pack("<II16sQQQQIIII", 0x19, 152, b"__TEXT", 0, 4096, 0, 4096, 5, 5, 1, 0)
    header = struct.pack("<8I", 0xFEEDFACF, machine, 0, kind, 1, 152, 0, 0)
    return (header + command + section).ljust(1000, b"\0") + TEXTS.ljust(3096, b"\0")


def pe(*, name: str = "OTHER", machine: int = 0x8664) -> bytes:
    text = name.encode("utf-16-le")
    resources = struct.pack("<IIHHHHII", 0, 0, 0, 0, 0, 1, 10, 0x80000018)
    resources += struct.pack("<IIHHHHII", 0, 0, 0, 0, 1, 0, 0x80000030, 0x44)
    resources += struct.pack("<H", len(name)) + text
    optional = (struct.pack("<H", 0x20B).ljust(108, b"\0") + struct.pack("<I", 3)).ljust(
        112 + 16, b"\0"
    ) + struct.pack("<II", 0x1000, 99)
    header = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + b"PE\0\0"
    header += struct.pack("<HHIIIHH", machine, 1, 0, 0, 0, len(optional), 0) + optional
    header += struct.pack("<8sIIII", b".rsrc", 1000, 0x1000, 512, 1024).ljust(40, b"\0")
    return header.ljust(1024, b"\0") + (resources.ljust(256, b"\0") + TEXTS).ljust(512, b"\0")


IDENTITIES = {
    "macho arm64": (macho(), Identity("macho", "arm64", "macos", False)),
    "macho x64": (macho(machine=0x01000007), Identity("macho", "x64", "macos", False)),
    "macho with blob": (
        macho(name=b"__NODE_SEA_BLOB"),
        Identity("macho", "arm64", "macos", True),
    ),
    "pe": (pe(), Identity("pe", "x64", "win", False)),
    "pe arm64": (pe(machine=0xAA64), Identity("pe", "arm64", "win", False)),
    "pe with blob": (pe(name="NODE_SEA_BLOB"), Identity("pe", "x64", "win", True)),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_identity_of_small_files(name: str, tmp_path: Path) -> None:
    data, identity = IDENTITIES[name]
    assert identify(io.BytesIO(data), "node") == identity
    assert read(data, tmp_path).container == identity.container


REFUSED = {
    "empty": (b"", "not-an-executable"),
    "script": (b"#!/bin/sh\n", "not-an-executable"),
    "32-bit Mach-O": (b"\xce\xfa\xed\xfe" + bytes(99), "not-an-executable"),
    "universal Mach-O": (b"\xca\xfe\xba\xbe" + bytes(99), "universal-binary"),
    "Mach-O library": (macho(kind=6), "not-an-executable"),
    "Mach-O for PowerPC": (macho(machine=0x01000012), "unknown-machine"),
    "PE for Itanium": (pe(machine=0x200), "unknown-machine"),
    "ELF for SPARC": (build_elf(Shape(machine=43, order=">")), "unknown-machine"),
    "DOS": (b"MZ".ljust(60, b"\0") + bytes(100), "not-an-executable"),
    "ELF, truncated": (build_elf()[:-3000], "elf-broken"),
    "Mach-O, truncated": (macho()[:-1], "truncated"),
    "PE, truncated": (pe()[:-1], "truncated"),
    "no fuse": (build_elf(Shape(texts=TEXTS.replace(b"FUSE", b"fuse"))), "not-a-stock-node"),
    "two fuses": (build_elf(Shape(texts=TEXTS + TEXTS)), "not-a-stock-node"),
    "fuse in another state": (
        build_elf(Shape(texts=TEXTS.replace(b":0", b":x"))),
        "not-a-stock-node",
    ),
    "no release": (build_elf(Shape(texts=TEXTS.replace(b"node.js/v", b""))), "not-a-stock-node"),
    "two releases": (build_elf(Shape(texts=TEXTS + b"node.js/v1.2.3")), "not-a-stock-node"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_files_are_refused_with_a_remedy(name: str, tmp_path: Path) -> None:
    data, code = REFUSED[name]
    with pytest.raises(FormatError) as caught:
        read(data, tmp_path)
    assert caught.value.code == code
    assert caught.value.message.startswith(("node ", "The ELF file is"))
    assert caught.value.remedy


def test_needles_across_chunks_are_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    needles = (b"NEEDLE", b"pin")
    text = b"pinNEEDLEpin" + b"." * 50 + b"NEEDLENEEDLE" + b"-" * 40 + b"pin"
    expected = sorted(
        (needle, at) for needle in needles for at in range(len(text)) if text.startswith(needle, at)
    )
    for size in range(1, 130):
        monkeypatch.setattr(facts_module, "_CHUNK", size)
        found = list(scan(io.BytesIO(text), needles))
        assert sorted((needle, at) for needle, at, _, _ in found) == expected
        for needle, at, before, after in found:
            end = at + len(needle)
            assert before == text[max(at - 32, 0) : at]
            assert after == text[end : end + 32]


@given(
    st.sampled_from([build_elf(), macho(), pe(name="NODE_SEA_BLOB")]),
    st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 255)), min_size=1, max_size=5),
    st.integers(0, 1 << 14),
)
def test_changed_or_cut_headers_are_refused_or_read(
    data: bytes, changes: list[tuple[int, int]], size: int
) -> None:
    changed = bytearray(data)
    for at, byte in changes:
        changed[at] = byte
    for content in (bytes(changed), data[:size]):
        try:
            identify(io.BytesIO(content), "node")
        except FormatError as error:
            assert error.remedy


@given(st.sampled_from([b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b""]), st.binary(max_size=600))
def test_random_bytes_are_refused(head: bytes, data: bytes) -> None:
    try:
        identify(io.BytesIO(head + data), "node")
    except FormatError as error:
        assert error.remedy
