"""The plan of an executable: the list of pieces to write, in file order.

The planners (``plan.py`` of each format) read a Node binary's headers and return a `Plan`;
``sealift.assemble`` writes the pieces one after another. So memory use does not depend on the size
of the binary or the blob, and a plan can be tested without writing 100 MB.
"""

from __future__ import annotations

from msgspec import Struct


class Copy(Struct, frozen=True):
    """``size`` bytes from ``offset`` of the Node binary, or of a file merged with it.

    ``source`` is 0 for the Node binary, 1 and up for its libraries; the last one is musl.
    """

    offset: int
    size: int
    source: int = 0


class Literal(Struct, frozen=True):
    """Bytes made by the planner: changed headers, tables, padding, the set fuse."""

    data: bytes

    @property
    def size(self) -> int:
        """Length in bytes."""
        return len(self.data)


class Zeros(Struct, frozen=True):
    """``size`` zero bytes."""

    size: int


class BlobHere(Struct, frozen=True):
    """The whole single-executable blob, ``size`` bytes; occurs exactly once in a plan."""

    size: int


class SignatureHere(Struct, frozen=True):
    """A Mach-O code signature over all bytes before it; always the last piece.

    ``size`` is known beforehand. The writer hashes all bytes, page by page, and
    `sealift.formats.macho.signature` makes the signature.
    """

    size: int
    identifier: str
    exec_segment_size: int
    entitlements: bytes


class Change(Struct, frozen=True):
    """Bytes that replace those of the Node binary at a file offset of it, as many as they are."""

    offset: int
    piece: Literal | Zeros


Piece = Copy | Literal | Zeros | BlobHere | SignatureHere


class Plan(Struct, frozen=True):
    """The pieces of one executable, in file order, and what the writer must do afterwards.

    Attributes:
        pieces: in file order, contiguous.
        checksum_offset: file offset of a PE ``CheckSum`` field to fill in last, or None.
        dropped: parts of a Mach-O header that had no room.
    """

    pieces: tuple[Piece, ...]
    checksum_offset: int | None = None
    dropped: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Length of the executable in bytes."""
        return sum(piece.size for piece in self.pieces)
