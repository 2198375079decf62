"""Planners and verifiers with damaged files: the only exception is FormatError."""

from __future__ import annotations

import hashlib
import io
import random
import struct
from collections.abc import Callable
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealift.errors import FormatError
from sealift.formats.macho.plan import plan_macho
from sealift.formats.node_facts import NodeFacts
from sealift.formats.pe.icon import read_icon
from sealift.formats.pe.plan import plan_pe
from sealift.formats.pieces import Plan
from sealift.identity import WindowsIdentity
from sealift.verify.macho import verify_macho
from sealift.verify.pe import verify_pe
from support.icons import png
from support.macho_builder import ENTITLED, X64, MachBuilder
from support.pe_builder import PeBuilder
from support.plans import carried_out, facts_of, fill_in_checksum

BLOB = b"the blob"
Planner = Callable[[BinaryIO, NodeFacts, int], Plan]
Verifier = Callable[[BinaryIO, BinaryIO, NodeFacts], tuple[int, int]]


class Sample:
    """A Node binary, its facts, and what is made of it."""

    def __init__(self, base: bytes, facts: NodeFacts, plan: Planner, verify: Verifier) -> None:
        self.base, self.facts, self.plan, self.verify = base, facts, plan, verify
        planned = plan(io.BytesIO(base), facts, len(BLOB))
        self.checksum_offset = planned.checksum_offset
        self.built = carried_out(planned, base, BLOB)
        self.blob, _ = verify(io.BytesIO(self.built), io.BytesIO(base), facts)

    def accepts(self, built: bytes) -> bool:
        try:
            self.verify(io.BytesIO(built), io.BytesIO(self.base), self.facts)
        except FormatError as error:
            assert error.code == "verification-failed"
            return False
        return True


def macho(builder: MachBuilder) -> Sample:
    base = builder.build()
    facts = facts_of("macho", builder.machine[2], builder.fuse)
    return Sample(base, facts, plan_macho, verify_macho)


def pe(builder: PeBuilder) -> Sample:
    base = builder.build()
    return Sample(base, facts_of("pe", "x64", builder.fuse), plan_pe, verify_pe)


def described(builder: PeBuilder) -> Sample:
    base = builder.build()
    return Sample(
        base,
        facts_of("pe", "x64", builder.fuse),
        lambda file, facts, size: plan_pe(file, facts, size, IDENTITY),
        lambda file, base, facts: verify_pe(file, base, facts, IDENTITY),
    )


IDENTITY = WindowsIdentity(
    (1, 2, 3, 4), (("ProductName", "App"),), b"<assembly/>", read_icon(png(2, 2), "")
)
SAMPLES = {
    "chained": macho(MachBuilder(signature=ENTITLED)),
    "opcodes": macho(MachBuilder(X64, fixups="opcodes", slack=112)),
    "pe": pe(PeBuilder()),
    "pe-described": described(PeBuilder()),
    "pe-cramped": pe(PeBuilder(header_slack=0, pe_offset=0x140, certificates=b"cert")),
}
MACHO = ("chained", "opcodes")

# Numbers that parsers trip over.
EDGES = (0, 1, 7, 8, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF0, 1 << 47, (1 << 64) - 1)


@st.composite
def damage(draw: st.DrawFn, size: int) -> list[tuple[int, bytes]]:
    """Positions (headers and tables most of all) and what to write there."""
    regions = st.one_of(
        st.integers(0, min(size, 2500) - 1),
        st.integers(max(size - 3000, 0), size - 1),
        st.integers(0, size - 1),
    )
    values = st.one_of(
        st.binary(min_size=1, max_size=8),
        st.sampled_from(EDGES).map(lambda value: struct.pack("<Q", value)[:4]),
        st.sampled_from(EDGES).map(lambda value: struct.pack("<Q", value)),
        st.sampled_from(EDGES).map(lambda value: struct.pack(">I", value & 0xFFFFFFFF)),
    )
    return draw(st.lists(st.tuples(regions, values), min_size=1, max_size=4))


def damaged(data: bytes, changes: list[tuple[int, bytes]], cut: int) -> bytes:
    out = bytearray(data)
    for at, value in changes:
        out[at : at + len(value)] = value
    return bytes(out[: len(data) - cut])


@pytest.mark.parametrize("name", SAMPLES)
@settings(deadline=None, max_examples=250)
@given(data=st.data(), cut=st.sampled_from([0, 0, 0, 1, 16, 5000, 20_000]))
def test_damaged_node_binaries_are_refused_or_planned_right(
    name: str, data: st.DataObject, cut: int
) -> None:
    sample = SAMPLES[name]
    base = damaged(sample.base, data.draw(damage(len(sample.base))), cut)
    try:
        plan = sample.plan(io.BytesIO(base), sample.facts, len(BLOB))
        # What is planned can be carried out.
        built = carried_out(plan, base, BLOB)
        sample.verify(io.BytesIO(built), io.BytesIO(base), sample.facts)
    except FormatError as error:
        assert error.remedy


@pytest.mark.parametrize("name", SAMPLES)
@settings(deadline=None, max_examples=250)
@given(data=st.data(), cut=st.sampled_from([0, 0, 0, 1, 16, 5000, 20_000]))
def test_verifiers_refuse_damaged_executables(name: str, data: st.DataObject, cut: int) -> None:
    sample = SAMPLES[name]
    built = damaged(sample.built, data.draw(damage(len(sample.built))), cut)
    if built == sample.built:
        return
    blob_only = len(built) == len(sample.built) and all(
        sample.blob <= at < sample.blob + len(BLOB)
        for at, (ours, theirs) in enumerate(zip(built, sample.built, strict=True))
        if ours != theirs
    )
    assert not sample.accepts(built) or (blob_only and sample.facts.container == "pe")


@pytest.mark.parametrize("name", SAMPLES)
@settings(deadline=None, max_examples=100)
@given(data=st.binary(max_size=400))
def test_random_bytes_are_refused(name: str, data: bytes) -> None:
    sample = SAMPLES[name]
    for content in (data, sample.base[:4] + data, sample.base[:300] + data):
        with pytest.raises(FormatError):
            sample.plan(io.BytesIO(content), sample.facts, len(BLOB))
        assert not sample.accepts(content)


def resealed(sample: Sample, built: bytearray) -> bytes:
    """Return the file with correct hashes and checksum, so that only its structure is wrong."""
    if sample.checksum_offset is not None:
        file = io.BytesIO(built)
        fill_in_checksum(file, sample.checksum_offset)
        return file.getvalue()
    signature = bytes(built).rfind(b"\xfa\xde\x0c\xc0")
    directory = signature + struct.unpack_from(">I", built, signature + 16)[0]
    (hashes,) = struct.unpack_from(">I", built, directory + 16)
    for page, at in enumerate(range(0, signature, 4096)):
        digest = hashlib.sha256(built[at : min(at + 4096, signature)]).digest()
        place = directory + hashes + 32 * page
        built[place : place + 32] = digest
    return bytes(built)


@pytest.mark.parametrize("name", SAMPLES)
def test_no_byte_can_change_unnoticed_even_if_resealed(name: str) -> None:
    """Change one of 900 bytes at a time, in 16-byte groups that are not all zeros."""
    sample = SAMPLES[name]
    size = len(sample.built)
    unsigned = sample.built.rfind(b"\xfa\xde\x0c\xc0") if name in MACHO else size
    used = [
        at
        for start in range(0, unsigned, 16)
        if any(sample.built[start : start + 16])
        for at in range(start, start + 16)
    ]
    chosen = random.Random(1).sample(used, 900)
    # `verify_blob` checks the blob, and its size in Mach-O; and the checksum is computed again.
    exempt = set(range(sample.blob, sample.blob + len(BLOB)))
    exempt |= {(sample.checksum_offset or -9) + index for index in range(4)}
    if name in MACHO:
        section = sample.built.index(b"__NODE_SEA_BLOB")
        exempt |= set(range(section + 40, section + 48))
    for at in chosen:
        if at in exempt or at >= unsigned:
            continue
        built = bytearray(sample.built)
        built[at] ^= 1 << (at % 8)
        assert not sample.accepts(resealed(sample, built)), f"byte {at:#x}"


def test_resealing_alone_changes_nothing() -> None:
    for sample in SAMPLES.values():
        assert resealed(sample, bytearray(sample.built)) == sample.built
