r"""The plan of a Windows executable: a Node binary with the blob as a resource in a new section.

Node asks Windows for resource ``NODE_SEA_BLOB`` of type RCDATA. The new section contains a complete
resource tree, the resources that describe the executable, zeros to a multiple of 8 bytes, and the
blob. The tree's other entries still point at the old section. The resources of Node that are
replaced are overwritten with zeros.

The headers' layout: `sealift.formats.pe.headers`.

Sections follow one another in memory without gaps of pages, so the new one comes last. Its header
needs 40 bytes before SizeOfHeaders; if there is no room (both arm64 wheels), the DOS program before
the PE header is dropped: it only says that DOS cannot run this program.

Bytes after the last section are never loaded and are left out: the Authenticode certificates (which
no longer match), COFF symbols.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from operator import itemgetter
from typing import BinaryIO

from msgspec import Struct

from sealift.formats import messages
from sealift.formats.bounded_reader import BoundedReader
from sealift.formats.node_facts import NodeFacts
from sealift.formats.pe import headers as pe
from sealift.formats.pe.headers import SECTION_HEADER, PeHeaders, read_pe
from sealift.formats.pe.identity_resources import IdentityResources, identity_resources
from sealift.formats.pe.resources import (
    LARGEST_TREE,
    Directory,
    Leaf,
    encode_tree,
    read_tree,
    tree_size,
    with_blob,
)
from sealift.formats.pieces import BlobHere, Copy, Literal, Piece, Plan, Zeros
from sealift.identity import WindowsIdentity

SECTION_NAME = b".sea"

_DOS_HEADER_SIZE = 64
_INITIALIZED_DATA_READ = 0x40000040
_LARGEST_HEADERS = 1 << 16
_LARGEST_IMAGE = 0x7FFFFFFF
_BLOB_ALIGNMENT = 8
_DEBUG_ENTRY = struct.Struct("<IIHHIIII")
_Change = tuple[int, Literal | Zeros]
_malformed = messages.PE_MALFORMED.error


class _Header(Struct):
    """The bytes of all headers, which are changed here, and where things are in them.

    Attributes:
        original: the headers as they were read.
        data: the bytes, up to SizeOfHeaders.
        moved: how far the PE header was moved towards the file's start, in bytes.
    """

    original: PeHeaders
    data: bytearray
    moved: int = 0

    @property
    def coff(self) -> int:
        return self.original.start - self.moved + pe.COFF

    @property
    def optional(self) -> int:
        return self.original.start - self.moved + pe.OPTIONAL

    @property
    def end(self) -> int:
        """Offset after the section headers."""
        table = self.original.section_table - self.moved
        return table + SECTION_HEADER.size * len(self.original.sections)

    @property
    def section_alignment(self) -> int:
        return self.u32(self.optional + 32)

    @property
    def file_alignment(self) -> int:
        return self.u32(self.optional + 36)

    def u32(self, offset: int) -> int:
        return int.from_bytes(self.data[offset : offset + 4], "little")

    def put(self, offset: int, *values: int) -> None:
        """Write u32 numbers."""
        struct.pack_into(f"<{len(values)}I", self.data, offset, *values)

    def put_directory(self, index: int, rva: int, size: int) -> None:
        if index < len(self.original.directories):
            self.put(self.original.directories_at - self.moved + 8 * index, rva, size)


def plan_pe(
    file: BinaryIO, facts: NodeFacts, blob_size: int, identity: WindowsIdentity | None = None
) -> Plan:
    """Return the plan of the Node binary ``file`` with a blob of ``blob_size`` bytes.

    Args:
        file: open for reading, seekable; only headers and the resource tree are read.
        facts: of that file; ``fuse_offset`` is used.
        identity: what the executable says about itself; None leaves Node's own resources.

    Returns:
        A plan; the field at ``checksum_offset`` is zero until the writer fills it in.

    Raises:
        FormatError: the file is not a Windows executable to which a blob can be added.
    """
    original = read_pe(BoundedReader(file, _malformed))
    header = _read_header(original)
    header_size = len(header.data)
    raw_end = max((section.raw_end for section in original.sections), default=0)
    _check_sections(header, raw_end)
    _check_fuse(original, facts, header_size, raw_end)
    old_tree = _resources(original)
    described = identity_resources(identity)
    changes: list[_Change] = [
        (facts.fuse_offset, Literal(b"1")),
        *_overwritten(original, old_tree, described),
    ]
    _drop_what_is_not_loaded(header, raw_end)
    _make_room(header)

    rva = _round_up(max(section.end for section in original.sections), header.section_alignment)
    raw_offset = _round_up(raw_end, header.file_alignment)
    size_of_tree = tree_size(with_blob(described.added_to(old_tree, 0), Leaf(0, 0, 0)))
    resources_end = size_of_tree + len(described.data)
    before_blob = _round_up(resources_end, _BLOB_ALIGNMENT)
    virtual_size = before_blob + blob_size
    raw_size = _round_up(virtual_size, header.file_alignment)
    image_size = _round_up(rva + virtual_size, header.section_alignment)
    if image_size > _LARGEST_IMAGE or raw_offset + raw_size > _LARGEST_IMAGE:
        raise messages.PE_TOO_LARGE.error(size=image_size)
    new_tree = described.added_to(old_tree, rva + size_of_tree)
    tree = encode_tree(with_blob(new_tree, Leaf(rva + before_blob, blob_size, 0)))
    SECTION_HEADER.pack_into(
        header.data,
        header.end,
        *(SECTION_NAME, virtual_size, rva, raw_size, raw_offset, 0, 0, 0, 0),
        _INITIALIZED_DATA_READ,
    )
    struct.pack_into("<H", header.data, header.coff + 2, len(original.sections) + 1)
    optional = header.optional
    initialized = header.u32(optional + 8) + raw_size
    header.put(optional + 8, initialized & 0xFFFFFFFF)
    header.put(optional + 56, image_size)
    header.put(optional + 64, 0)
    header.put_directory(pe.RESOURCES, rva, virtual_size)
    if identity:
        subsystem = pe.CONSOLE if identity.console else pe.WINDOWED
        struct.pack_into("<H", header.data, optional + 68, subsystem)
    pieces: list[Piece] = [
        Literal(bytes(header.data)),
        *_copied(header_size, raw_end, changes),
        Zeros(raw_offset - raw_end),
        Literal(tree),
        Literal(described.data),
        Zeros(before_blob - resources_end),
        BlobHere(blob_size),
        Zeros(raw_size - virtual_size),
    ]
    kept = tuple(piece for piece in pieces if piece.size or isinstance(piece, BlobHere))
    return Plan(kept, checksum_offset=optional + 64)


def _read_header(original: PeHeaders) -> _Header:
    """Return the bytes of all headers, after checking that they are as linkers write them."""
    start, reader = original.start, original.reader
    (size,) = reader.numbers("<I", start + pe.OPTIONAL + 60)
    if start < _DOS_HEADER_SIZE or start % 4:
        raise _malformed(why="its PE header is in an unusual place")
    if not start + pe.OPTIONAL + 64 <= size <= min(_LARGEST_HEADERS, reader.size):
        raise _malformed(why="the headers' size is out of range")
    header = _Header(original, bytearray(reader.read(0, size)))
    if header.end > size or not 0 < len(original.sections) < pe.MOST_SECTIONS:
        raise _malformed(why="the headers do not fit into their size")
    if len(original.directories) <= pe.RESOURCES:
        raise _malformed(why="it has no data directory for resources")
    return header


def _check_sections(header: _Header, raw_end: int) -> None:
    for alignment in (header.section_alignment, header.file_alignment):
        if not 0 < alignment <= 1 << 16 or alignment & (alignment - 1):
            raise _malformed(why="an alignment is not a power of two")
    end = len(header.data)
    for section in header.original.sections:
        if section.rva < end or section.rva % header.section_alignment:
            raise _malformed(why="its sections are not in order")
        end = section.end
        if section.raw_size and section.raw_offset < len(header.data):
            raise _malformed(why="a section starts inside the headers")
    header.original.reader.check(raw_end, 0)


def _check_fuse(original: PeHeaders, facts: NodeFacts, start: int, end: int) -> None:
    fuse = facts.fuse_offset
    if not start <= fuse < end or original.reader.read(fuse, 1) != b"0":
        raise messages.FUSE_NOT_FOUND.error()


def _resources(original: PeHeaders) -> Directory:
    rva, size = original.directory(pe.RESOURCES)
    return read_tree(original.image(rva, min(size, LARGEST_TREE))) if rva else Directory()


def _overwritten(
    original: PeHeaders, tree: Directory, described: IdentityResources
) -> list[tuple[int, Zeros]]:
    """Return zeros, with their file offsets, for resources that no entry of the tree refers to."""
    kept = {(leaf.rva, leaf.size) for leaf in tree.without(described.replaced).leaves()}
    gone = {(leaf.rva, leaf.size) for leaf in tree.leaves()} - kept
    end = 0
    overwritten = []
    for rva, size in sorted(gone):
        if rva < end or any(rva < other + more and other < rva + size for other, more in kept):
            raise _malformed(why="its resources overlap")
        end = rva + size
        offset = original.file_offset(rva)
        if size > original.section_of(rva).raw_end - offset:
            raise _malformed(why="a resource reaches out of its section")
        overwritten.append((offset, Zeros(size)))
    return overwritten


def _copied(start: int, end: int, changes: list[_Change]) -> Iterator[Piece]:
    """Yield the base's bytes from ``start`` to ``end``, with changes at file offsets."""
    for offset, piece in sorted(changes, key=itemgetter(0)):
        if offset < start:
            raise _malformed(why="its resources overlap")
        yield Copy(start, offset - start)
        yield piece
        start = offset + piece.size
    yield Copy(start, end - start)


def _drop_what_is_not_loaded(header: _Header, raw_end: int) -> None:
    """Clear the references to what is after the last section or where the new header goes."""
    header.put_directory(pe.CERTIFICATES, 0, 0)
    header.put(header.coff + 8, 0, 0)
    bound, _ = header.original.directory(pe.BOUND_IMPORTS)
    if 0 < bound < len(header.data):
        # A cache of addresses, optional, that old linkers put behind the section headers.
        header.put_directory(pe.BOUND_IMPORTS, 0, 0)
        header.data[header.end :] = bytes(len(header.data) - header.end)
    rva, size = header.original.directory(pe.DEBUG)
    if rva and size:
        entries = header.original.image(rva, min(size, 64 * _DEBUG_ENTRY.size))
        complete = len(entries) // _DEBUG_ENTRY.size * _DEBUG_ENTRY.size
        for *_, data_size, _, data_offset in _DEBUG_ENTRY.iter_unpack(entries[:complete]):
            if data_size and data_offset + data_size > raw_end:
                header.put_directory(pe.DEBUG, 0, 0)


def _make_room(header: _Header) -> None:
    """Make room for one more section header, in place of the DOS program if necessary."""
    size = len(header.data)
    if header.end + SECTION_HEADER.size > size:
        moved = header.data[header.original.start : header.end]
        if _DOS_HEADER_SIZE + len(moved) + SECTION_HEADER.size > size:
            raise messages.PE_NO_ROOM.error()
        gap = header.original.start - _DOS_HEADER_SIZE
        header.data[_DOS_HEADER_SIZE:] = moved + header.data[header.end :] + bytes(gap)
        header.moved = gap
        header.put(60, _DOS_HEADER_SIZE)
    if any(header.data[header.end : header.end + SECTION_HEADER.size]):
        raise _malformed(why="there is data behind the section headers")


def _round_up(size: int, unit: int) -> int:
    return -(-size // unit) * unit
