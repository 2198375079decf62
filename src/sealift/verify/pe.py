r"""Check a Windows executable against the Node binary that it was made of.

Everything that Windows' loader checks is checked (``MiVerifyImageHeader`` and the demands of
Microsoft's "PE Format"), and everything else must equal the base:

- headers: the base's, except for one more section, the sizes, the resource directory and what was
  removed (certificates, COFF symbols); the DOS program in front may be missing;
- sections: the base's with the same bytes except the fuse and zeros in place of replaced resources,
  then one more, read-only, last in memory and file;
- resources: the base's, unchanged unless they are replaced, those that describe the executable, and
  the blob, in directories that are sorted;
- the file ends with its last section, and its checksum is right.

Offsets from "PE\0\0": machine 4, sections 6 (u16), symbol table 8+4, symbols 12+4, size of the
optional header 20 (u16); optional header 24: magic, SizeOfInitializedData 32, section alignment
56, file alignment 60, SizeOfImage 80, SizeOfHeaders 84, CheckSum 88 (u32), subsystem 92 (u16); data
directories at 24 + 96 (32-bit) or 24 + 112 (64-bit).
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO, NamedTuple

from sealift.formats.node_facts import NodeFacts
from sealift.identity import WindowsIdentity
from sealift.verify.comparing import must_equal, read_exactly, wrong
from sealift.verify.pe_identity import Key, check_identity, described_by
from sealift.verify.pe_resources import Resource, Tree, read_tree
from sealift.verify.pe_signature import Signature, TablePlace, check_digest, read_signature

_MACHINES = {"x64": 0x8664, "arm64": 0xAA64, "x86": 0x14C}
_RESOURCE, _CERTIFICATE, _DEBUG, _BOUND = 2, 4, 6, 11
_READ_DATA = 0x40000040
_MOST_IMAGE = 0x7FFFFFFF
_MOST_HEADERS = 1 << 16
_LONGEST_TREE = 1 << 22
_RCDATA = 10
_FUSE = b"NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1"
_WORDS_AT_ONCE = 1 << 16


class _Section(NamedTuple):
    name: bytes
    size: int
    rva: int
    raw_size: int
    raw_offset: int
    relocations: int
    lines: int
    counts: int
    flags: int

    @property
    def pages_end(self) -> int:
        return self.rva + max(self.size, self.raw_size)


class _Image:
    """Headers of one file."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.file_size = file.seek(0, os.SEEK_END)
        dos = read_exactly(file, 0, 64)
        self.pe = int.from_bytes(dos[60:64], "little")
        if dos[:2] != b"MZ" or self.pe < 64 or self.pe % 4:
            raise wrong("it has no DOS header")
        headers_size = struct.unpack("<I", read_exactly(file, self.pe + 84, 4))[0]
        if not self.pe + 120 <= headers_size <= _MOST_HEADERS:
            raise wrong("its headers have an impossible size")
        self.headers = read_exactly(file, 0, headers_size)
        if self.headers[self.pe : self.pe + 4] != b"PE\0\0":
            raise wrong("it has no PE header")
        magic = self.u16(24)
        if magic not in (0x10B, 0x20B):
            raise wrong("it is neither a 32-bit nor a 64-bit executable")
        self.directories_at = 24 + (96 if magic == 0x10B else 112)
        self.sections_at = self.pe + 24 + self.u16(20)
        count = self.u16(6)
        self.headers_end = self.sections_at + 40 * count
        self.directory_count = self.u32(self.directories_at - 4)
        directories_end = self.pe + self.directories_at + 8 * self.directory_count
        if self.headers_end > headers_size or directories_end > self.sections_at or not count:
            raise wrong("its headers do not fit into their size")
        table = self.headers[self.sections_at : self.headers_end]
        self.sections = [_Section(*fields) for fields in struct.iter_unpack("<8s8I", table)]

    def u16(self, at: int) -> int:
        return int.from_bytes(self.headers[self.pe + at : self.pe + at + 2], "little")

    def u32(self, at: int) -> int:
        return int.from_bytes(self.headers[self.pe + at : self.pe + at + 4], "little")

    def directory(self, index: int) -> tuple[int, int]:
        if index >= self.directory_count:
            return 0, 0
        at = self.directories_at + 8 * index
        return self.u32(at), self.u32(at + 4)

    def offset(self, rva: int, size: int) -> int:
        """Return the file offset of ``size`` bytes of memory, in one section's file part."""
        for section in self.sections:
            if section.rva <= rva and rva + size <= section.rva + section.raw_size:
                return section.raw_offset + rva - section.rva
        raise wrong(f"no section holds what is at {rva:#x}")

    def signature_place(self) -> TablePlace:
        at = self.pe + self.directories_at + 8 * _CERTIFICATE
        return TablePlace(self.pe + 88, at, *self.directory(_CERTIFICATE))

    def resources(self) -> Tree:
        rva, size = self.directory(_RESOURCE)
        if not rva:
            return Tree({}, {}, 0)
        for section in self.sections:
            if section.rva <= rva < section.rva + section.raw_size:
                size = min(size, section.rva + section.raw_size - rva, _LONGEST_TREE)
        return read_tree(read_exactly(self.file, self.offset(rva, size), size))


def verify_pe(
    file: BinaryIO, base: BinaryIO, facts: NodeFacts, identity: WindowsIdentity | None = None
) -> tuple[int, int]:
    """Check ``file`` against ``base`` and return the file offset and size of the blob.

    ``identity`` is what the executable must say about itself; None for Node's own resources.

    Raises:
        FormatError: ``verification-failed``.
    """
    image, original = _Image(file), _Image(base)
    if image.u16(4) != _MACHINES.get(facts.machine):
        raise wrong(f"it is not for {facts.machine}")
    _check_headers(image, original, identity)
    _check_sections(image, original)
    replaced = {key[0] for key in described_by(identity)} if identity else set()
    _check_bytes(file, base, original, facts, _overwritten(original, replaced))
    blob = _check_resources(file, base, image, original, identity)
    _check_checksum(file, image)
    return blob


def verify_pe_alone(file: BinaryIO) -> tuple[int, int]:
    """Check ``file`` without its base, and return the file offset and size of the blob.

    Raises:
        FormatError: ``verification-failed``.
    """
    image = _Image(file)
    for section in image.sections:
        if section.raw_offset + section.raw_size > image.file_size:
            raise wrong(f"section {section.name!r} reaches past the end of the file")
    _check_checksum(file, image)
    check_pe_signature(file)
    blob = image.resources().resources.get((_RCDATA, "NODE_SEA_BLOB", 0))
    if blob is None:
        raise wrong("it has no blob")
    return image.offset(blob.rva, blob.size), blob.size


def pe_signature(file: BinaryIO) -> Signature | None:
    """Return the signature of ``file``, or None; neither its digest nor the file is checked.

    Raises:
        FormatError: ``verification-failed``: it is malformed.
    """
    return _signature(_Image(file))


def check_pe_signature(file: BinaryIO) -> None:
    """Check that the signature of ``file``, if there is one, covers all of it.

    Raises:
        FormatError: ``verification-failed``.
    """
    image = _Image(file)
    signature = _signature(image)
    if signature is not None:
        check_digest(file, image.signature_place(), signature)


def _signature(image: _Image) -> Signature | None:
    end = max(section.raw_offset + section.raw_size for section in image.sections)
    return read_signature(image.file, image.signature_place(), end)


def _check_headers(image: _Image, original: _Image, identity: WindowsIdentity | None) -> None:
    ours, theirs = bytearray(_new_headers(image)), bytearray(_new_headers(original))
    fields = [(6, 2), (12, 8), (32, 4), (80, 4), (88, 4)]
    for index in (_RESOURCE, _CERTIFICATE, _DEBUG, _BOUND):
        if index < image.directory_count:
            fields.append((image.directories_at + 8 * index, 8))
        changed = image.directory(index), original.directory(index)
        if index != _RESOURCE and changed[0] not in ((0, 0), changed[1]):
            raise wrong("a data directory of its headers differs from the base's")
    if identity:
        fields.append((92, 2))
        if image.u16(92) != (3 if identity.console else 2):
            raise wrong("its subsystem is not the planned one")
    for at, size in fields:
        ours[at : at + size] = theirs[at : at + size] = bytes(size)
    if ours != theirs:
        raise wrong("its PE header differs from the base's")
    dos, their_dos = image.headers[:60], original.headers[:60]
    moved = image.pe != original.pe
    if dos != their_dos or (moved and image.pe != 64):
        raise wrong("its DOS header differs from the base's")
    if not moved and image.headers[64 : image.pe] != original.headers[64 : original.pe]:
        raise wrong("its DOS program differs from the base's")
    if image.directory(_CERTIFICATE) != (0, 0) or image.u32(12) or image.u32(16):
        raise wrong("it still points to certificates or symbols")
    if any(image.headers[image.headers_end :]):
        raise wrong("there is something behind its section headers")
    bound = image.directory(_BOUND)[0]
    if 0 < bound < len(image.headers):
        raise wrong("its bound imports were overwritten")


def _new_headers(image: _Image) -> bytes:
    """Check the COFF header and the optional header."""
    return image.headers[image.pe : image.sections_at]


def _check_sections(image: _Image, original: _Image) -> None:
    *kept, added = image.sections
    if kept != original.sections:
        raise wrong("its sections are not the base's and one more")
    alignment, file_alignment = image.u32(56), image.u32(60)
    if alignment < file_alignment or not file_alignment:
        raise wrong("its alignments are impossible")
    rva = -(-len(image.headers) // alignment) * alignment
    raw_end = len(image.headers)
    for section in image.sections:
        # The loader demands sections one after another in memory, without missing pages.
        if section.rva != rva or not section.size:
            raise wrong(f"section {section.name!r} is not where the one before ends")
        rva = -(-(section.rva + section.size) // alignment) * alignment
        if section.raw_size:
            if section.raw_offset % file_alignment or section.raw_size % file_alignment:
                raise wrong(f"section {section.name!r} is not aligned in the file")
            if section.raw_offset < raw_end and section is added:
                raise wrong("the new section overlaps another in the file")
            raw_end = max(raw_end, section.raw_offset + section.raw_size)
    if (
        added.name != b".sea\0\0\0\0"
        or added.flags != _READ_DATA
        or added.relocations
        or added.lines
        or added.counts
    ):
        raise wrong("the new section is not plain read-only data")
    if added.raw_offset + added.raw_size != image.file_size or raw_end != image.file_size:
        raise wrong("the file does not end with its last section")
    if not added.size <= added.raw_size < added.size + file_alignment:
        raise wrong("the new section is longer in the file than it needs to be")
    if image.u32(80) != rva or rva > _MOST_IMAGE:
        raise wrong("SizeOfImage is not where the last section ends")
    if image.u32(32) != (original.u32(32) + added.raw_size) & 0xFFFFFFFF:
        raise wrong("SizeOfInitializedData does not count the new section")


def _overwritten(original: _Image, replaced: set[int | str]) -> list[tuple[int, int]]:
    """Return file offset and size of the base's resources that must be zeros."""
    resources = original.resources().resources
    kept = {resource for key, resource in resources.items() if key[0] not in replaced}
    gone = {resource for key, resource in resources.items() if key[0] in replaced} - kept
    return [(original.offset(one.rva, one.size), one.size) for one in gone]


def _check_bytes(
    file: BinaryIO,
    base: BinaryIO,
    original: _Image,
    facts: NodeFacts,
    zeros: list[tuple[int, int]],
) -> None:
    start, fuse = len(original.headers), facts.fuse_offset
    end = max(section.raw_offset + section.raw_size for section in original.sections)
    if not start <= fuse < end:
        raise wrong("its fuse is not in a section")
    if read_exactly(file, fuse + 1 - len(_FUSE), len(_FUSE)) != _FUSE:
        raise wrong("its fuse is not blown")
    for offset, size in sorted([(fuse, 1), *zeros]):
        must_equal(file, start, base, start, offset - start, f"the part before {offset:#x}")
        if offset != fuse and any(read_exactly(file, offset, size)):
            raise wrong("a resource of Node that was replaced is still there")
        start = offset + size
    must_equal(file, start, base, start, end - start, "the part behind the fuse")


def _check_resources(
    file: BinaryIO,
    base: BinaryIO,
    image: _Image,
    original: _Image,
    identity: WindowsIdentity | None,
) -> tuple[int, int]:
    section = image.sections[-1]
    if image.directory(_RESOURCE) != (section.rva, section.size):
        raise wrong("its resources are not in the new section")
    tree, their_tree = image.resources(), original.resources()
    ours = tree.resources
    added: set[Key] = described_by(identity) if identity else set()
    replaced = {key[0] for key in added}
    kept = {key: one for key, one in their_tree.resources.items() if key[0] not in replaced}
    for path, fields in tree.directories.items():
        is_new = path and path[0] in replaced
        if fields != ((0,) * 4 if is_new else their_tree.directories.get(path, (0,) * 4)):
            raise wrong(f"directory {path} of its resources differs from the base's")
    blob_key: Key = (_RCDATA, "NODE_SEA_BLOB", 0)
    if ours.keys() - kept.keys() != {*added, blob_key} or kept.keys() - ours.keys():
        raise wrong("its resources are not the base's and the blob")
    for key, resource in kept.items():
        if ours[key] != resource:
            raise wrong(f"resource {key} differs from the base's")
        offset = image.offset(resource.rva, resource.size)
        its_offset = original.offset(resource.rva, resource.size)
        must_equal(file, offset, base, its_offset, resource.size, f"resource {key}")
    if identity:
        check_identity(
            identity,
            lambda key: (
                read_exactly(file, image.offset(*ours[key][:2]), ours[key].size)
                if key in ours
                else b""
            ),
        )
    blob = ours[blob_key]
    end = _end_of_added(file, image, section.rva + tree.end, [ours[key] for key in added])
    if blob.rva + blob.size != section.rva + section.size or blob.code_page:
        raise wrong("the blob does not end where its section does")
    _check_gap(file, image, end, blob.rva)
    offset = image.offset(blob.rva, blob.size)
    if any(read_exactly(file, offset + blob.size, image.file_size - offset - blob.size)):
        raise wrong("the padding behind the blob is not of zeros")
    return offset, blob.size


def _end_of_added(file: BinaryIO, image: _Image, end: int, added: list[Resource]) -> int:
    """Check that resources follow one another from ``end`` on, and return where the last ends."""
    for resource in sorted(added):
        _check_gap(file, image, end, resource.rva)
        if resource.code_page:
            raise wrong("a resource has a code page")
        end = resource.rva + resource.size
    return end


def _check_gap(file: BinaryIO, image: _Image, end: int, start: int) -> None:
    """Check that there are only zeros, fewer than 16, between two parts of the new section."""
    gap = start - end
    if not 0 <= gap < 16 or any(read_exactly(file, image.offset(end, gap), gap)):
        raise wrong("the resources do not stand right behind the resource tree")


def _check_checksum(file: BinaryIO, image: _Image) -> None:
    """Return the sum of all 16-bit words, with carries, plus the length (``CheckSumMappedFile``).

    The words are added as digits of long numbers, of which only few have to be divided.
    """
    field = image.pe + 88
    total = -image.u32(88) << (8 * (field % 2))
    size = 0
    file.seek(0)
    while data := file.read(2 * _WORDS_AT_ONCE):
        total += int.from_bytes(data, "little")
        size += len(data)
    expected = ((total - 1) % 0xFFFF + 1 if total else 0) + size
    if image.u32(88) != expected & 0xFFFFFFFF:
        raise wrong("its checksum is wrong")
