"""How an executable is put together from its Node binary: a list of pieces, in file order.

The planners (``elf``, ``macho``, ``pe``) look at a Node binary's headers and answer with a
`Plan`; ``sealift.assemble`` carries it out by streaming. So memory use does not depend on the
binary's or the blob's size, and a plan can be tested without writing 100 MB.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Copy:
    """``size`` bytes from ``offset`` of the Node binary, or of something merged with it.

    ``source`` is 0 for the Node binary, 1 and up for its libraries, and the last for the loader.
    """

    offset: int
    size: int
    source: int = 0


@dataclass(frozen=True, slots=True)
class Literal:
    """Bytes made by the planner: changed headers, tables, padding, the flipped fuse."""

    data: bytes

    @property
    def size(self) -> int:
        """Length in bytes."""
        return len(self.data)


@dataclass(frozen=True, slots=True)
class Zeros:
    """``size`` zero bytes."""

    size: int


@dataclass(frozen=True, slots=True)
class BlobHere:
    """The whole single-executable blob, ``size`` bytes; occurs exactly once in a plan."""

    size: int


@dataclass(frozen=True, slots=True)
class SignatureHere:
    """A Mach-O code signature over all bytes before it; only ever the last piece.

    ``size`` is known beforehand; the assembler hashes what it writes, page by page, and has
    ``formats.signature`` make the bytes.
    """

    size: int
    identifier: str
    exec_segment_size: int
    entitlements: bytes


Piece = Copy | Literal | Zeros | BlobHere | SignatureHere


@dataclass(frozen=True, slots=True)
class Plan:
    """The pieces of one executable, in file order, and what a writer must do afterwards.

    Attributes:
        pieces: in file order, contiguous.
        checksum_offset: file offset of a PE ``CheckSum`` field to fill in last, or None.
    """

    pieces: tuple[Piece, ...]
    checksum_offset: int | None = None

    @property
    def size(self) -> int:
        """Length of the executable in bytes."""
        return sum(piece.size for piece in self.pieces)
