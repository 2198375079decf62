"""Changes of a Node binary's bytes in the plan of an executable."""

from __future__ import annotations

from sealift.formats.changes import changed
from sealift.formats.pieces import BlobHere, Change, Copy, Literal, Plan, Zeros

HEAD, FUSE, LIBRARY, BLOB = Literal(b"head"), Literal(b"1"), Copy(0, 500, 1), BlobHere(9)
PLAN = Plan((HEAD, Copy(4, 96), FUSE, Copy(101, 399), LIBRARY, BLOB))


def test_copied_ranges_are_cut_around_them() -> None:
    first, second, last = Literal(b"abc"), Zeros(10), Zeros(20)
    plan = changed(PLAN, [Change(4, first), Change(200, second), Change(480, last)])
    assert plan
    assert plan.pieces == (
        *(HEAD, first, Copy(7, 93), FUSE, Copy(101, 99), second, Copy(210, 270), last),
        *(LIBRARY, BLOB),
    )
    assert plan.size == PLAN.size


def test_bytes_that_are_not_copied_cannot_change() -> None:
    for change in (Change(0, Zeros(2)), Change(99, Zeros(2)), Change(495, Zeros(10))):
        assert changed(PLAN, [change]) is None
    assert changed(PLAN, []) == PLAN
