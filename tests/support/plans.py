"""Carry out a plan, in memory or into a file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

from sealift.formats.macho.signature import Signer
from sealift.formats.node_facts import NodeFacts
from sealift.formats.pe.checksum import Checksum
from sealift.formats.pieces import BlobHere, Copy, Literal, Plan, SignatureHere, Zeros

FUSE = b"NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:"


def facts_of(container: str, machine: str, fuse_offset: int) -> NodeFacts:
    system = {"macho": "macos", "pe": "win"}[container]
    return NodeFacts(
        container, machine, system, "24.19.0", "", fuse_offset, False, False, True, False
    )


def carried_out(plan: Plan, base: bytes, blob: bytes) -> bytes:
    sink = io.BytesIO()
    carry_out(plan, io.BytesIO(base), blob, sink)
    return sink.getvalue()


def carry_out(plan: Plan, base: BinaryIO, blob: bytes, sink: BinaryIO) -> None:
    last = plan.pieces[-1]
    signer = Signer(last) if isinstance(last, SignatureHere) else None

    def put(data: bytes) -> None:
        sink.write(data)
        if signer:
            signer.update(data)

    for piece in plan.pieces:
        match piece:
            case Copy(offset, size):
                base.seek(offset)
                while size:
                    data = base.read(min(size, 1 << 20))
                    assert data, "the plan copies what is not there"
                    put(data)
                    size -= len(data)
            case Literal(data):
                put(data)
            case Zeros(size):
                put(bytes(size))
            case BlobHere(size):
                assert size == len(blob)
                put(blob)
            case SignatureHere():
                assert signer
                sink.write(signer.finish())
    assert sink.tell() == plan.size
    if plan.checksum_offset is None:
        return
    if plan.size < 1 << 20:
        fill_in_checksum(sink, plan.checksum_offset)
    else:
        sink.seek(plan.checksum_offset)
        value = checksum(sink)
        sink.seek(plan.checksum_offset)
        sink.write(value.to_bytes(4, "little"))


def checksum(file: BinaryIO) -> int:
    """Return the assembler's checksum of a file as it is, its checksum field included."""
    summed = Checksum()
    file.seek(0)
    while data := file.read(1 << 20):
        summed.update(data)
    return summed.finish()


def defined_checksum(data: bytes, offset: int) -> int:
    """Return a PE file's checksum by its definition; ``offset`` is that of its field."""
    zeroed = data[:offset] + bytes(4) + data[offset + 4 :]
    total = sum(memoryview(zeroed + bytes(len(zeroed) % 2)).cast("H"))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total + len(data)


def fill_in_checksum(file: BinaryIO, offset: int) -> None:
    """Write the checksum by its definition."""
    file.seek(0)
    value = defined_checksum(file.read(), offset)
    file.seek(offset)
    file.write(value.to_bytes(4, "little"))


def fuse_offset(path: Path) -> int:
    with path.open("rb") as file:
        position, before = 0, b""
        while data := file.read(1 << 20):
            found = (before + data).find(FUSE)
            if found >= 0:
                return position - len(before) + found + len(FUSE)
            position += len(data)
            before = data[-len(FUSE) :]
    raise AssertionError(f"{path} has no fuse")
