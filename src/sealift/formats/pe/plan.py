r"""Plan of a Windows executable: a Node binary with the blob as a resource, in a new last section.

Node asks Windows for resource ``NODE_SEA_BLOB`` of type RCDATA. The new section holds a whole
resource tree and the blob; the tree's other entries go on pointing at the old section, so that
icons, version and manifest survive (without its manifest Node exits with 216).

Layout (Microsoft's "PE Format"), integers little-endian::

    0 "MZ"   60 u32 e_lfanew, file offset of:
      0 "PE\0\0"
      COFF header, 20 bytes, at 4:  0 u16 machine   2 u16 number of sections
        8 u32 symbol table   12 u32 number of symbols   16 u16 size of optional header
      optional header at 24:  0 u16 magic (0x10b 32-bit, 0x20b 64-bit)
        8 u32 SizeOfInitializedData   32 u32 SectionAlignment   36 u32 FileAlignment
        56 u32 SizeOfImage   60 u32 SizeOfHeaders   64 u32 CheckSum
        92 or 108 u32 NumberOfRvaAndSizes, then as many (u32 RVA, u32 size):
        2 resources, 4 certificates (a file offset), 6 debug, 11 bound imports
      section headers, 40 bytes each, right after the optional header:
        0 char[8] name   8 u32 VirtualSize   12 u32 VirtualAddress   16 u32 SizeOfRawData
        20 u32 PointerToRawData   24 u32 relocations   28 u32 line numbers   32 u16, u16 counts
        36 u32 characteristics

Sections follow one another in memory without gaps in pages, so the new one comes last. Its header
needs 40 bytes before SizeOfHeaders; where there are none (both arm64 wheels), the DOS program
before the PE header is dropped: it only says that DOS cannot run this.

What stands after the last section is never loaded and is left out: the Authenticode certificates
(which no longer fit), COFF symbols.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from sealift.errors import FormatError
from sealift.formats.node_facts import NodeFacts
from sealift.formats.pe.resources import (
    Directory,
    Leaf,
    encode_tree,
    malformed,
    read_tree,
    tree_size,
    with_blob,
)
from sealift.formats.pieces import BlobHere, Copy, Literal, Piece, Plan, Zeros

SECTION_NAME = b".sea"

_DOS_HEADER_SIZE = 64
_COFF = 4
_OPTIONAL = 24
_SECTION = struct.Struct("<8sIIIIIIHHI")
_DATA_DIRECTORIES = {0x10B: 96, 0x20B: 112}
_RESOURCES, _CERTIFICATES, _DEBUG, _BOUND_IMPORTS = 2, 4, 6, 11
_INITIALIZED_DATA_READ = 0x40000040
_MOST_SECTIONS = 96  # Windows' own limit
_LARGEST_HEADERS = 1 << 16
_LARGEST_TREE = 1 << 22
_LARGEST_IMAGE = 0x7FFFFFFF
_DEBUG_ENTRY = struct.Struct("<IIHHIIII")


@dataclass(frozen=True, slots=True)
class _Section:
    virtual_size: int
    rva: int
    raw_size: int
    raw_offset: int

    @property
    def end(self) -> int:
        """First RVA after it."""
        return self.rva + max(self.virtual_size, self.raw_size)

    @property
    def raw_end(self) -> int:
        """First file offset after it."""
        return self.raw_offset + self.raw_size if self.raw_size else 0


@dataclass(slots=True)
class _Headers:
    """The headers' bytes, to be changed, and where things are in them."""

    data: bytearray
    pe: int
    directories: int
    directory_count: int
    sections: tuple[_Section, ...]
    file_size: int

    def u16(self, offset: int) -> int:
        return int.from_bytes(self.data[offset : offset + 2], "little")

    def u32(self, offset: int) -> int:
        return int.from_bytes(self.data[offset : offset + 4], "little")

    def put32(self, offset: int, value: int) -> None:
        struct.pack_into("<I", self.data, offset, value)

    @property
    def optional(self) -> int:
        return self.pe + _OPTIONAL

    @property
    def section_table(self) -> int:
        return self.optional + self.u16(self.pe + _COFF + 16)

    @property
    def end(self) -> int:
        return self.section_table + _SECTION.size * len(self.sections)

    def directory(self, index: int) -> tuple[int, int]:
        """RVA and size of a data directory; zeros if there is none."""
        if index >= self.directory_count:
            return 0, 0
        at = self.directories + 8 * index
        return self.u32(at), self.u32(at + 4)

    def put_directory(self, index: int, rva: int, size: int) -> None:
        if index < self.directory_count:
            struct.pack_into("<II", self.data, self.directories + 8 * index, rva, size)


def plan_pe(file: BinaryIO, facts: NodeFacts, blob_size: int) -> Plan:
    """Plan the executable of the Node binary ``file`` and a blob of ``blob_size`` bytes.

    Args:
        file: open for reading, seekable; only headers and the resource tree are read.
        facts: of that file; ``fuse_offset`` is used.

    Returns:
        A plan; its ``checksum_offset`` holds zero until the writer fills it in.

    Raises:
        FormatError: the file is not a Windows executable that can take a blob.
    """
    headers = _read_headers(file)
    headers_size = len(headers.data)
    raw_end = max((section.raw_end for section in headers.sections), default=0)
    _check_sections(headers, raw_end)
    _check_fuse(file, facts, headers_size, raw_end)
    old_tree = _resources(file, headers)
    _drop_what_is_not_loaded(file, headers, raw_end)
    _make_room(headers)

    section_alignment = headers.u32(headers.optional + 32)
    file_alignment = headers.u32(headers.optional + 36)
    rva = _round_up(max(section.end for section in headers.sections), section_alignment)
    raw_offset = _round_up(raw_end, file_alignment)
    size_of_tree = tree_size(with_blob(old_tree, Leaf(0, 0, 0)))
    virtual_size = size_of_tree + blob_size
    raw_size = _round_up(virtual_size, file_alignment)
    image_size = _round_up(rva + virtual_size, section_alignment)
    if image_size > _LARGEST_IMAGE or raw_offset + raw_size > _LARGEST_IMAGE:
        raise FormatError(
            "executable-too-large",
            f"The executable would take {image_size} bytes, and Windows takes no more than 2 GiB.",
            "Package fewer or smaller files.",
        )
    tree = encode_tree(with_blob(old_tree, Leaf(rva + size_of_tree, blob_size, 0)))
    _SECTION.pack_into(
        headers.data,
        headers.end,
        *(SECTION_NAME, virtual_size, rva, raw_size, raw_offset, 0, 0, 0, 0),
        _INITIALIZED_DATA_READ,
    )
    struct.pack_into("<H", headers.data, headers.pe + _COFF + 2, len(headers.sections) + 1)
    optional = headers.optional
    initialized = headers.u32(optional + 8) + raw_size
    headers.put32(optional + 8, initialized & 0xFFFFFFFF)
    headers.put32(optional + 56, image_size)
    headers.put32(optional + 64, 0)
    headers.put_directory(_RESOURCES, rva, virtual_size)
    pieces: list[Piece] = [
        Literal(bytes(headers.data)),
        Copy(headers_size, facts.fuse_offset - headers_size),
        Literal(b"1"),
        Copy(facts.fuse_offset + 1, raw_end - facts.fuse_offset - 1),
        Zeros(raw_offset - raw_end),
        Literal(tree),
        BlobHere(blob_size),
        Zeros(raw_size - virtual_size),
    ]
    kept = tuple(piece for piece in pieces if piece.size or isinstance(piece, BlobHere))
    return Plan(kept, checksum_offset=optional + 64)


def _read_headers(file: BinaryIO) -> _Headers:
    file_size = file.seek(0, 2)
    file.seek(0)
    dos = file.read(_DOS_HEADER_SIZE)
    if len(dos) < _DOS_HEADER_SIZE or dos[:2] != b"MZ":
        raise malformed("it does not start with a DOS header")
    pe = int.from_bytes(dos[60:64], "little")
    file.seek(pe)
    start = file.read(_OPTIONAL + 64)
    if len(start) < _OPTIONAL + 64 or start[:4] != b"PE\0\0" or pe < _DOS_HEADER_SIZE or pe % 4:
        raise malformed("there is no PE header")
    size = int.from_bytes(start[_OPTIONAL + 60 : _OPTIONAL + 64], "little")
    if not pe + _OPTIONAL + 64 <= size <= min(_LARGEST_HEADERS, file_size):
        raise malformed("the headers' size is out of range")
    file.seek(0)
    headers = _Headers(bytearray(file.read(size)), pe, 0, 0, (), file_size)
    directories = _DATA_DIRECTORIES.get(headers.u16(headers.optional))
    if directories is None:
        raise malformed("the optional header is neither 32-bit nor 64-bit")
    headers.directories = headers.optional + directories
    headers.directory_count = headers.u32(headers.directories - 4)
    count = headers.u16(pe + _COFF + 2)
    if (
        len(headers.data) != size
        or headers.directory_count > 16
        or headers.directories + 8 * headers.directory_count > headers.section_table
        or headers.section_table + _SECTION.size * count > size
        or not 0 < count < _MOST_SECTIONS
    ):
        raise malformed("the headers do not fit into their size")
    if headers.directory_count <= _RESOURCES:
        raise malformed("it has no data directory for resources")
    table = bytes(headers.data[headers.section_table :][: _SECTION.size * count])
    headers.sections = tuple(_Section(*fields[1:5]) for fields in _SECTION.iter_unpack(table))
    return headers


def _check_sections(headers: _Headers, raw_end: int) -> None:
    section_alignment = headers.u32(headers.optional + 32)
    file_alignment = headers.u32(headers.optional + 36)
    for alignment in (section_alignment, file_alignment):
        if not 0 < alignment <= 1 << 16 or alignment & (alignment - 1):
            raise malformed("an alignment is not a power of two")
    end = len(headers.data)
    for section in headers.sections:
        if section.rva < end or section.rva % section_alignment:
            raise malformed("its sections are not in order")
        end = section.end
        if section.raw_size and section.raw_offset < len(headers.data):
            raise malformed("a section starts inside the headers")
    if raw_end > headers.file_size:
        raise malformed("a section is cut off")


def _check_fuse(file: BinaryIO, facts: NodeFacts, start: int, end: int) -> None:
    file.seek(facts.fuse_offset)
    if not start <= facts.fuse_offset < end or file.read(1) != b"0":
        raise FormatError(
            "fuse-not-found",
            "The Node binary has no unset fuse where it was found before.",
            "Use a Node binary as it was released.",
        )


def _resources(file: BinaryIO, headers: _Headers) -> Directory:
    rva, size = headers.directory(_RESOURCES)
    if not rva:
        return Directory()
    return read_tree(_read_image(file, headers, rva, min(size, _LARGEST_TREE)))


def _read_image(file: BinaryIO, headers: _Headers, rva: int, size: int) -> bytes:
    """``size`` bytes at ``rva``, of which as many as the section has in the file."""
    for section in headers.sections:
        if section.rva <= rva < section.rva + section.raw_size:
            offset = rva - section.rva
            file.seek(section.raw_offset + offset)
            return file.read(min(size, section.raw_size - offset))
    raise malformed("a data directory points to where no section is")


def _drop_what_is_not_loaded(file: BinaryIO, headers: _Headers, raw_end: int) -> None:
    """Clear the references to what stands after the last section or in the room we need."""
    headers.put_directory(_CERTIFICATES, 0, 0)
    headers.put32(headers.pe + _COFF + 8, 0)
    headers.put32(headers.pe + _COFF + 12, 0)
    bound, _ = headers.directory(_BOUND_IMPORTS)
    if 0 < bound < len(headers.data):
        # A cache of addresses, optional, that old linkers put behind the section headers.
        headers.put_directory(_BOUND_IMPORTS, 0, 0)
        headers.data[headers.end :] = bytes(len(headers.data) - headers.end)
    rva, size = headers.directory(_DEBUG)
    if rva and size:
        entries = _read_image(file, headers, rva, min(size, 64 * _DEBUG_ENTRY.size))
        whole = len(entries) // _DEBUG_ENTRY.size * _DEBUG_ENTRY.size
        for *_, data_size, _, data_offset in _DEBUG_ENTRY.iter_unpack(entries[:whole]):
            if data_size and data_offset + data_size > raw_end:
                headers.put_directory(_DEBUG, 0, 0)


def _make_room(headers: _Headers) -> None:
    """See that one more section header fits, if need be in place of the DOS program."""
    size = len(headers.data)
    if headers.end + _SECTION.size > size:
        moved = headers.data[headers.pe : headers.end]
        gap = headers.pe - _DOS_HEADER_SIZE
        if _DOS_HEADER_SIZE + len(moved) + _SECTION.size > size:
            raise FormatError(
                "pe-no-room",
                "The Node binary has no room for one more section header.",
                "Use another build of this Node release.",
            )
        headers.data[_DOS_HEADER_SIZE:] = moved + headers.data[headers.end :] + bytes(gap)
        headers.pe -= gap
        headers.directories -= gap
        headers.put32(60, headers.pe)
    if any(headers.data[headers.end : headers.end + _SECTION.size]):
        raise malformed("there is data behind the section headers")


def _round_up(size: int, unit: int) -> int:
    return -(-size // unit) * unit
