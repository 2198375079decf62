"""Carry out a plan in memory."""

from __future__ import annotations

from sealift.formats.pieces import BlobHere, Copy, Literal, Plan, Zeros


def carried_out(plan: Plan, base: bytes, blob: bytes) -> bytes:
    parts = []
    for piece in plan.pieces:
        match piece:
            case Copy(offset, size):
                parts.append(base[offset : offset + size])
            case Literal(data):
                parts.append(data)
            case Zeros(size):
                parts.append(bytes(size))
            case BlobHere(size):
                assert size == len(blob)
                parts.append(blob)
            case _:
                raise AssertionError(piece)
        assert len(parts[-1]) == piece.size > 0
    return b"".join(parts)
