"""Identifier and entitlements of macOS signatures."""

from __future__ import annotations

import io
import plistlib

import lief
import pytest

from sealift.errors import FormatError
from sealift.formats.macho.entitlements import GET_TASK_ALLOW, check_entitlements
from sealift.formats.macho.plan import plan_macho
from sealift.formats.macho.signature import read_entitlements, sign
from sealift.identity import MacosIdentity
from sealift.record import replace
from sealift.verify.macho import verify_macho
from support.macho_builder import X64, MachBuilder
from support.plans import carried_out, facts_of

JIT = "com.apple.security.cs.allow-jit"
BLOB = b"the blob"


def entitled(values: dict[str, object]) -> MachBuilder:
    signature = sign(b"", 0, "node", 0, plistlib.dumps(values)) if values else b""
    return MachBuilder(signature=signature)


def written(builder: MachBuilder, identity: MacosIdentity) -> bytes:
    base, facts = builder.build(), facts_of("macho", builder.machine[2], builder.fuse)
    out = carried_out(plan_macho(io.BytesIO(base), facts, len(BLOB), identity), base, BLOB)
    offset, size = verify_macho(io.BytesIO(out), io.BytesIO(base), facts, identity)
    assert out[offset : offset + size] == BLOB
    return out


def entitlements_in(out: bytes) -> dict[str, object]:
    command = lief.MachO.parse(list(out)).at(0).code_signature
    xml = read_entitlements(io.BytesIO(out), command.data_offset, command.data_size)
    return plistlib.loads(xml) if xml else {}


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        (MacosIdentity("app"), {JIT: True}),
        (MacosIdentity("app", debuggable=True), {JIT: True, GET_TASK_ALLOW: True}),
        (MacosIdentity("app", plistlib.dumps({"own": ["a", 1]})), {"own": ["a", 1]}),
        (MacosIdentity("app", plistlib.dumps({GET_TASK_ALLOW: True})), {GET_TASK_ALLOW: True}),
    ],
)
def test_entitlements(identity: MacosIdentity, expected: dict[str, object]) -> None:
    base = entitled({JIT: True, GET_TASK_ALLOW: True})
    assert entitlements_in(written(base, identity)) == expected


def test_nothing_remains_of_the_right_to_be_debugged_alone() -> None:
    out = written(entitled({GET_TASK_ALLOW: True}), MacosIdentity("app"))
    assert entitlements_in(out) == {}
    assert GET_TASK_ALLOW.encode() not in out


def test_a_base_without_entitlements_gets_those_of_the_file() -> None:
    identity = MacosIdentity("app", plistlib.dumps({JIT: True}))
    assert entitlements_in(written(MachBuilder(X64), identity)) == {JIT: True}


def test_the_identifier_is_in_the_code_directory() -> None:
    assert b"org.example.app\0" in written(MachBuilder(), MacosIdentity("org.example.app"))


IDENTITY = MacosIdentity("app")


@pytest.mark.parametrize(
    "other",
    [
        replace(IDENTITY, identifier="other"),
        replace(IDENTITY, debuggable=True),
        replace(IDENTITY, entitlements=plistlib.dumps({JIT: False})),
        None,
    ],
)
def test_the_verifier_refuses_another_identity(other: MacosIdentity | None) -> None:
    builder = entitled({JIT: True, GET_TASK_ALLOW: True})
    out = written(builder, IDENTITY)
    facts = facts_of("macho", builder.machine[2], builder.fuse)
    with pytest.raises(FormatError) as caught:
        verify_macho(io.BytesIO(out), io.BytesIO(builder.build()), facts, other)
    assert caught.value.code == "verification-failed"


def test_what_had_no_room_is_named() -> None:
    builder = MachBuilder(X64, fixups="opcodes", slack=112)
    base = builder.build()
    plan = plan_macho(io.BytesIO(base), facts_of("macho", "x64", builder.fuse), 10, IDENTITY)
    assert "the table of function starts" in plan.dropped
    builder = MachBuilder()
    base = builder.build()
    plan = plan_macho(io.BytesIO(base), facts_of("macho", "arm64", builder.fuse), 10, IDENTITY)
    assert plan.dropped == ()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not an XML property list"),
        (b"bplist00", "not an XML property list"),
        (plistlib.dumps(["a"]), "not a dictionary"),
        (plistlib.dumps({"a": 1.5}), "an entitlement of type float"),
        (plistlib.dumps({"a": b"x"}), "an entitlement of type bytes"),
        (plistlib.dumps({"a": True})[:-20], "not an XML property list"),
        (bytes((1 << 20) + 1), "larger than 1 MiB"),
        (
            b'<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "b">]><plist><dict/></plist>',
            "not an XML property list",
        ),
        (b"<plist>" + b"<array>" * 20_000, "not"),
    ],
)
def test_wrong_files_are_refused(data: bytes, why: str) -> None:
    with pytest.raises(FormatError) as caught:
        check_entitlements(data, "app.plist")
    assert caught.value.code == "entitlements-malformed"
    assert "app.plist" in caught.value.message
    assert why in caught.value.message
