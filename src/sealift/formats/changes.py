"""Apply changes of a Node binary's bytes to the plan of an executable, whatever its container."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sealift.formats.pieces import Change, Copy, Piece, Plan
from sealift.record import replace


def changed(plan: Plan, changes: Sequence[Change]) -> Plan | None:
    """Return the plan with the changes; None if it does not copy all bytes that change.

    Args:
        plan: of an executable; its size stays the same.
        changes: in the order of their offsets; they do not overlap.
    """
    pieces = tuple(part for piece in plan.pieces for part in _parts(piece, changes))
    made = {id(piece) for piece in pieces}
    if any(id(change.piece) not in made for change in changes):
        return None
    return replace(plan, pieces=pieces)


def _parts(piece: Piece, changes: Sequence[Change]) -> Iterator[Piece]:
    if not isinstance(piece, Copy) or piece.source:
        yield piece
        return
    at, end = piece.offset, piece.offset + piece.size
    for change in changes:
        after = change.offset + change.piece.size
        if at <= change.offset and after <= end:
            if at < change.offset:
                yield Copy(at, change.offset - at)
            yield change.piece
            at = after
    if at < end:
        yield Copy(at, end - at)
