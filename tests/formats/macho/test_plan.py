"""Plans of macOS executables, from tiny files of unusual shapes; LIEF and macholib check them."""

from __future__ import annotations

import io
import struct

import lief
import pytest
from macholib.MachO import MachO

from sealift.errors import FormatError
from sealift.formats.macho.plan import plan_macho
from sealift.formats.macho.signature import read_entitlements
from sealift.formats.pieces import Plan, SignatureHere
from sealift.identity import MacosIdentity
from sealift.verify.macho import verify_macho
from support.macho_builder import (
    ARM64,
    BASE,
    ENTITLED,
    ENTITLEMENTS,
    SIGNED,
    UNIT,
    X64,
    MachBuilder,
    _command,
    section,
    segment,
)
from support.plans import carried_out, facts_of

BLOB = b"\x20\xda\x43\x01" + b"the blob" * 1000


def plan_of(builder: MachBuilder, blob: bytes = BLOB, identifier: str = "app") -> Plan:
    base = builder.build()
    facts = facts_of("macho", builder.machine[2], builder.fuse)
    return plan_macho(
        io.BytesIO(base), facts, len(blob), MacosIdentity(identifier, debuggable=True)
    )


def built(builder: MachBuilder, blob: bytes = BLOB) -> bytes:
    """An executable that has been verified, by our reader and by LIEF's layout check."""
    base = builder.build()
    facts = facts_of("macho", builder.machine[2], builder.fuse)
    out = carried_out(
        plan_macho(io.BytesIO(base), facts, len(blob), MacosIdentity("app", debuggable=True)),
        base,
        blob,
    )
    offset, size = verify_macho(io.BytesIO(out), io.BytesIO(base), facts)
    assert out[offset : offset + size] == blob
    checked, why = lief.MachO.check_layout(parsed(out))
    assert checked, why
    return out


def parsed(data: bytes) -> lief.MachO.Binary:
    fat = lief.MachO.parse(list(data))
    assert fat is not None
    return fat.take(fat.at(0).header.cpu_type)  # one that outlives `fat`


def commands(data: bytes) -> list[int]:
    return [command.cmd for command in raw_commands(data)]


class Raw:
    def __init__(self, cmd: int, data: bytes) -> None:
        self.cmd = cmd
        self.data = data


def raw_commands(data: bytes) -> list[Raw]:
    count, _ = struct.unpack_from("<II", data, 16)
    found, at = [], 32
    for _ in range(count):
        kind, size = struct.unpack_from("<II", data, at)
        found.append(Raw(kind, data[at : at + size]))
        at += size
    return found


@pytest.mark.parametrize("machine", [ARM64, X64], ids=["arm64", "x64"])
@pytest.mark.parametrize("fixups", ["chained", "opcodes"])
@pytest.mark.parametrize(
    "signature", [None, SIGNED, ENTITLED], ids=["unsigned", "adhoc", "entitled"]
)
def test_every_usual_shape(machine, fixups: str, signature: bytes | None) -> None:
    out = built(MachBuilder(machine, fixups=fixups, signature=signature))
    binary = parsed(out)
    names = [segment.name for segment in binary.segments]
    assert names == ["__PAGEZERO", "__TEXT", "__DATA", "NODE_SEA", "__LINKEDIT"]
    blob = binary.get_section("__NODE_SEA_BLOB")
    assert bytes(blob.content) == BLOB
    assert blob.segment.name == "NODE_SEA"
    assert binary.has_code_signature
    for part in ("__thread_vars", "__thread_data", "__thread_bss"):
        assert binary.get_section(part).virtual_address < BASE + 3 * UNIT


def test_macholib_reads_it(tmp_path) -> None:
    path = tmp_path / "app"
    path.write_bytes(built(MachBuilder()))
    (header,) = MachO(str(path)).headers
    segments = [body for _, body, _ in header.commands if hasattr(body, "segname")]
    assert [body.segname.rstrip(b"\0") for body in segments][-2:] == [b"NODE_SEA", b"__LINKEDIT"]
    assert segments[-1].fileoff + segments[-1].filesize == path.stat().st_size


@pytest.mark.parametrize("blob", [b"x", b"y" * UNIT, b"z" * (UNIT + 1)], ids=len)
def test_blob_sizes_around_a_page(blob: bytes) -> None:
    built(MachBuilder(), blob)


def test_only_the_fuse_changes_before_linkedit() -> None:
    builder = MachBuilder()
    base = builder.build()
    out = built(builder)
    expected = bytearray(base[builder.text : 2 * UNIT])
    expected[builder.fuse - builder.text] = ord("1")
    assert out[builder.text : 2 * UNIT] == expected


@pytest.mark.parametrize(
    ("slack", "gone"),
    [
        (168, set()),
        (160, {0x2A}),
        (152, {0x2A}),
        (136, {0x2A, 0x29}),
        (112, {0x2A, 0x29, 0x26}),
    ],
)
def test_room_is_made_by_dropping_what_only_tools_read(slack: int, gone: set[int]) -> None:
    builder = MachBuilder(X64, slack=slack)
    base = builder.build()
    assert builder.slack_left == slack
    out = built(builder)
    assert set(commands(base)) - set(commands(out)) == gone
    (end,) = struct.unpack_from("<I", out, 20)
    assert 32 + end <= builder.text
    assert 0x1B in commands(out), "LC_UUID stays"


def test_build_tools_go_before_function_starts() -> None:
    out = built(MachBuilder(X64, slack=128))
    (build_version,) = (command for command in raw_commands(out) if command.cmd == 0x32)
    assert struct.unpack("<6I", build_version.data) == (0x32, 24, 1, 0xD0500, 0xF0500, 0)


def test_headers_of_zero_fill_sections_go_last() -> None:
    builder = MachBuilder(X64, slack=32)
    out = built(builder)
    binary = parsed(out)
    names = [section.name for section in binary.sections]
    assert "__bss" not in names
    assert "__common" not in names
    assert "__thread_bss" in names
    assert binary.get_segment("__DATA").virtual_size == 2 * UNIT, "the memory is still there"


def test_a_file_without_room_is_refused() -> None:
    with pytest.raises(FormatError) as caught:
        plan_of(Cramped(X64, slack=0))
    assert caught.value.code == "macho-no-room"


class Cramped(MachBuilder):
    """Has nothing that could be dropped."""

    def _commands(self, text: int) -> list[bytes]:
        kept = []
        for command in super()._commands(text):
            kind = int.from_bytes(command[:4], "little")
            if b"__DATA" in command[8:24]:
                # Without the zero-fill sections.
                sections = command[72 : 72 + 4 * 80]
                fields = command[8:64] + struct.pack("<II", 4, 0)
                command = _command(0x19, fields + sections)
            if kind not in (0x2A, 0x29, 0x26, 0x32):
                kept.append(command)
        return kept


def test_entitlements_are_kept_and_the_old_signature_is_not() -> None:
    out = built(MachBuilder(signature=ENTITLED))
    (command,) = (command for command in raw_commands(out) if command.cmd == 0x1D)
    offset, size = struct.unpack_from("<II", command.data, 8)
    assert read_entitlements(io.BytesIO(out), offset, size) == ENTITLEMENTS
    assert offset + size == len(out)
    assert out.count(b"\xfa\xde\x0c\xc0") == 1


def test_segment_count_of_chained_fixups_follows() -> None:
    out = built(MachBuilder())
    (command,) = (command for command in raw_commands(out) if command.cmd == 0x80000034)
    at, _ = struct.unpack_from("<II", command.data, 8)
    _, starts, imports, symbols, *_ = struct.unpack_from("<7I", out, at)
    assert struct.unpack_from("<6I", out, at + starts) == (5, 0, 0, 32, 0, 0)
    assert struct.unpack_from("<IHHQIHH", out, at + starts + 32) == (
        *(24, 0x4000, 6, UNIT, 0, 1, 0xFFFF),
    )
    assert out[at + symbols :][:9] == b"\0_malloc\0"
    assert imports % 4 == 0


@pytest.mark.parametrize("more", [1, 2, 3])
def test_segment_count_with_other_numbers_of_segments(more: int) -> None:
    # Alignment of what follows the array: odd and even counts.
    empty = tuple(segment(f"__EMPTY{i}", BASE + 3 * UNIT, 0, 2 * UNIT, 0, 1) for i in range(more))
    built(MachBuilder(more_segments=empty))


def test_local_symbols_are_left_out() -> None:
    out = built(MachBuilder(locals=50))
    binary = parsed(out)
    assert [symbol.name for symbol in binary.symbols] == ["__mh", "_main", "_malloc"]
    assert b"_local" not in out
    indirect = binary.dynamic_symbol_command.indirect_symbols
    assert [symbol.name for symbol in indirect][:2] == ["_main", "_malloc"]


def test_names_of_local_symbols_in_front_stay() -> None:
    out = built(MachBuilder(names_of_locals_first=True))
    binary = parsed(out)
    assert [symbol.name for symbol in binary.symbols] == ["__mh", "_main", "_malloc"]


def test_local_symbols_that_are_referred_to_stay() -> None:
    out = built(MachBuilder(indirect_local=True, locals=3))
    binary = parsed(out)
    assert len(list(binary.symbols)) == 6


def test_linkedit_that_does_not_start_on_a_page() -> None:
    builder = MachBuilder(linkedit_shift=24)
    binary = parsed(carried_out(plan_of(builder), builder.build(), BLOB))
    assert binary.get_segment("NODE_SEA").file_offset == 3 * UNIT
    assert binary.get_segment("__LINKEDIT").file_offset % UNIT == 0


def test_bytes_after_linkedit_are_left_out() -> None:
    assert b"overlay" not in built(MachBuilder(trailing=b"overlay" * 99))


def test_the_same_input_gives_the_same_bytes() -> None:
    assert built(MachBuilder(signature=SIGNED)) == built(MachBuilder(signature=SIGNED))


def test_identifier_and_size_of_text_are_in_the_plan() -> None:
    last = plan_of(MachBuilder(), identifier="my-app").pieces[-1]
    assert isinstance(last, SignatureHere)
    assert (last.identifier, last.exec_segment_size) == ("my-app", UNIT)


NODE_SEA = segment(
    "NODE_SEA", BASE + 3 * UNIT, 0, 0, 0, 1, section("__NODE_SEA_BLOB", "NODE_SEA", 0, 0, 0)
)


@pytest.mark.parametrize(
    ("builder", "code"),
    [
        (MachBuilder(more_segments=(NODE_SEA,)), "blob-present"),
        (MachBuilder(extra_commands=(_command(0x31, bytes(32)),)), "macho-unsupported"),
        (MachBuilder(extra_commands=(_command(0x2C, bytes(16)),)), "macho-unsupported"),
        (MachBuilder(magic=0xBEBAFECA), "macho-unsupported"),
        (MachBuilder(magic=0xFEEDFACE), "macho-malformed"),
        (MachBuilder(file_type=6), "macho-unsupported"),
        (MachBuilder(machine=(7, 3, "x86", 4096)), "macho-unsupported"),
        (MachBuilder(fill_slack_with=b"secret"), "macho-unsupported"),
        (MachBuilder(linkedit_first=True), "macho-malformed"),
        (MachBuilder(fixups_in_linkedit=True), "macho-unsupported"),
        (MachBuilder(signature=b"no signature at all"), "signature-malformed"),
        (MachBuilder(extra_commands=(_command(0x1D, bytes(8)),) * 2), "signature-malformed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_unsupported_files_are_refused(builder: MachBuilder, code: str) -> None:
    with pytest.raises(FormatError) as caught:
        plan_of(builder)
    assert caught.value.code == code
    assert caught.value.remedy


def test_a_missing_fuse_is_refused() -> None:
    builder = MachBuilder()
    base = builder.build()
    for offset in (builder.fuse + 1, 5, len(base) + 10):
        with pytest.raises(FormatError, match="fuse"):
            plan_macho(io.BytesIO(base), facts_of("macho", "arm64", offset), 10)


def test_a_blob_of_4_gib_is_too_large() -> None:
    builder = MachBuilder()
    base = builder.build()
    facts = facts_of("macho", "arm64", builder.fuse)
    for size in (1 << 32, (1 << 32) - 3 * UNIT, 1 << 70):
        with pytest.raises(FormatError) as caught:
            plan_macho(io.BytesIO(base), facts, size)
        assert caught.value.code == "executable-too-large"
    plan = plan_macho(io.BytesIO(base), facts, 3 << 30)
    assert plan.size < 1 << 32


@pytest.mark.parametrize("size", [0, 3, 31, 32, 100, 900, UNIT, 2 * UNIT + 10])
def test_truncated_files(size: int) -> None:
    builder = MachBuilder()
    base = builder.build()
    with pytest.raises(FormatError):
        plan_macho(io.BytesIO(base[:size]), facts_of("macho", "arm64", builder.fuse), 10)
