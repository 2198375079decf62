"""Ad-hoc code signatures of Mach-O files: their size, hashes and bytes; entitlements are read.

"Ad-hoc" is what ``codesign --sign -`` makes: page hashes without a certificate. Apple silicon does
not start a program without at least that. `publisher_signature` replaces it
by one with a certificate, and Apple's ``codesign --force`` can do so too.

All integers are big-endian. Layout (xnu ``osfmk/kern/cs_blobs.h``)::

    SuperBlob       u32 magic 0xfade0cc0, u32 length, u32 count, count x (u32 type, u32 offset)
      0x00000  CodeDirectory   0xfade0c02   see below
      0x00002  Requirements    0xfade0c01   u32 length 12, u32 count 0 (none)
      0x00005  Entitlements    0xfade7171   u32 length, XML property list       (if there are any)
      0x00007  DER entitlements 0xfade7172  u32 length, DER                     (if there are any)
      0x10000  CMS wrapper     0xfade0b01   u32 length 8 (empty: there is no certificate)

    CodeDirectory, version 0x20400 (88 bytes, then identifier NUL, then hashes)
       0 u32 magic          24 u32 nSpecialSlots   40 u32 spare2 (0)           64 u64 execSegBase
       4 u32 length         28 u32 nCodeSlots      44 u32 scatterOffset (0)    72 u64 execSegLimit
       8 u32 version        32 u32 codeLimit       48 u32 teamOffset (0)       80 u64 execSegFlags
      12 u32 flags          36 u8  hashSize 32     52 u32 spare3 (0)
      16 u32 hashOffset     37 u8  hashType 2      56 u64 codeLimit64 (0)
      20 u32 identOffset    38 u8  platform 0
                            39 u8  pageSize 12 (log2)

The special slots' hashes are before ``hashOffset``, slot n at ``hashOffset - 32 * n``; a slot
without a blob is zero. The kernel refuses pages larger than its own (4 KiB on x64), so 4 KiB is
right for both architectures, and it is what Apple's linker writes for arm64 too.

Entitlements that are present must be present in both forms: macOS 12 and later read the DER form.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from typing import BinaryIO

from msgspec import Struct
from msgspec.structs import astuple

from sealift.formats import messages
from sealift.formats.bounded_reader import BoundedReader
from sealift.formats.macho.entitlements import LARGEST_ENTITLEMENTS, entitlements_der
from sealift.formats.pieces import SignatureHere

PAGE_SIZE = 4096
_HASH_SIZE = 32
_ALIGNMENT = 16

_SUPER_BLOB = 0xFADE0CC0
_REQUIREMENTS = 0xFADE0C01
_ENTITLEMENTS = 0xFADE7171
_DER_ENTITLEMENTS = 0xFADE7172
_CMS_WRAPPER = 0xFADE0B01

_SLOT_CODE_DIRECTORY = 0
SLOT_REQUIREMENTS = 2
_SLOT_ENTITLEMENTS = 5
_SLOT_DER_ENTITLEMENTS = 7
_SLOT_CMS = 0x10000

_BLOB = struct.Struct(">II")
_INDEX = struct.Struct(">III")

_MOST_BLOBS = 64
_malformed = messages.SIGNATURE_MALFORMED.error


class CodeDirectory(Struct, frozen=True, kw_only=True):
    """The fixed part of a code directory, in the order of its bytes; offsets are from its start.

    Attributes:
        length: of the whole code directory, hashes included, in bytes.
        hash_offset: where the hashes of pages begin; those of special slots are before it.
        ident_offset: where the identifier begins.
        special_slots: number of special slots.
        code_slots: number of pages.
        code_limit: length of what is signed, in bytes.
        page_size: log2 of a page's size in bytes.
        exec_segment_base, exec_segment_limit: file offset and file size of ``__TEXT``.
    """

    magic: int = 0xFADE0C02
    length: int
    version: int = 0x20400
    flags: int = 0x2  # CS_ADHOC
    hash_offset: int
    ident_offset: int
    special_slots: int
    code_slots: int
    code_limit: int
    hash_size: int = hashlib.sha256().digest_size
    hash_type: int = 2  # CS_HASHTYPE_SHA256
    platform: int = 0
    page_size: int = PAGE_SIZE.bit_length() - 1
    spare2: int = 0
    scatter_offset: int = 0
    team_offset: int = 0
    spare3: int = 0
    code_limit_64: int = 0
    exec_segment_base: int = 0
    exec_segment_limit: int
    exec_segment_flags: int = 0x1  # CS_EXECSEG_MAIN_BINARY

    def encode(self) -> bytes:
        """Return its 88 bytes."""
        return _DIRECTORY.pack(*astuple(self))


_DIRECTORY = struct.Struct(">9I4B4I4Q")
DIRECTORY_SIZE = _DIRECTORY.size
"""Length of the fixed part of a code directory, in bytes."""


def signature_size(code_limit: int, identifier: str, entitlements: bytes = b"") -> int:
    """Return the length of `sign`'s result in bytes; a multiple of 16.

    Args:
        code_limit: file offset at which the signature will start.
        identifier: as in `sign`.
        entitlements: as in `sign`.
    """
    specials = special_blobs(entitlements)
    directory = _directory_size(code_limit, identifier, max(specials))
    blobs = directory + sum(map(len, specials.values())) + _BLOB.size
    return round_up(_INDEX.size + _BLOB.size * (len(specials) + 2) + blobs)


def sign(
    page_hashes: bytes,
    code_limit: int,
    identifier: str,
    exec_segment_size: int,
    entitlements: bytes = b"",
) -> bytes:
    """Return the signature of a main executable.

    Args:
        page_hashes: SHA-256 of each `PAGE_SIZE` bytes of the file before the signature, joined;
            the last page may be short.
        code_limit: file offset at which the signature starts.
        identifier: the program's name for the system.
        exec_segment_size: file size of ``__TEXT``, which starts at file offset 0.
        entitlements: XML property list, or nothing.

    Raises:
        FormatError: the entitlements are not a property list of booleans, numbers, strings,
            arrays and dictionaries.
    """
    if len(page_hashes) != _HASH_SIZE * _page_count(code_limit):
        raise ValueError("one hash for each page is needed")
    specials = special_blobs(entitlements)
    slots = max(specials)
    name = identifier.encode() + b"\0"
    header_size = _DIRECTORY.size + len(name)
    code_directory = CodeDirectory(
        length=_directory_size(code_limit, identifier, slots),
        hash_offset=header_size + _HASH_SIZE * slots,
        ident_offset=_DIRECTORY.size,
        special_slots=slots,
        code_slots=_page_count(code_limit),
        code_limit=code_limit,
        exec_segment_limit=exec_segment_size,
    )
    special_hashes = [slot_hash(specials.get(slot)) for slot in range(slots, 0, -1)]
    directory = b"".join([code_directory.encode(), name, *special_hashes, page_hashes])
    whole = super_blob(directory, specials, b"")
    return whole.ljust(round_up(len(whole)), b"\0")


def super_blob(directory: bytes, specials: Mapping[int, bytes], signed: bytes) -> bytes:
    """Return a signature of its parts.

    Args:
        directory: the code directory.
        specials: the blobs whose hashes are in it, by slot.
        signed: a signature of the code directory, CMS; empty for an ad-hoc one.
    """
    blobs = [
        (_SLOT_CODE_DIRECTORY, directory),
        *sorted(specials.items()),
        (_SLOT_CMS, _blob(_CMS_WRAPPER, signed)),
    ]
    offset = _INDEX.size + _BLOB.size * len(blobs)
    index = []
    for slot, blob in blobs:
        index.append(_BLOB.pack(slot, offset))
        offset += len(blob)
    return b"".join(
        [_INDEX.pack(_SUPER_BLOB, offset, len(blobs)), *index, *(blob for _, blob in blobs)]
    )


class Signer:
    """Hash an executable while it is written, then make its signature.

    For a plan whose last piece is a `SignatureHere`::

        signer = Signer(plan.pieces[-1])
        for chunk in all_bytes_before_it:   # chunks of any size
            signer.update(chunk)
        out.write(signer.finish())          # exactly piece.size bytes
    """

    def __init__(self, piece: SignatureHere) -> None:
        self._piece = piece
        self._hashes = bytearray()
        self._page = hashlib.sha256()
        self._filled = 0
        self._size = 0

    def update(self, chunk: bytes | bytearray | memoryview) -> None:
        """Take the next bytes of the executable."""
        view = memoryview(chunk).cast("B")
        self._size += len(view)
        start = 0
        if self._filled:
            start = min(PAGE_SIZE - self._filled, len(view))
            self._page.update(view[:start])
            self._filled += start
            if self._filled < PAGE_SIZE:
                return
            self._end_page()
        whole_end = start + (len(view) - start) // PAGE_SIZE * PAGE_SIZE
        sha256 = hashlib.sha256
        for offset in range(start, whole_end, PAGE_SIZE):
            self._hashes += sha256(view[offset : offset + PAGE_SIZE]).digest()
        if whole_end < len(view):
            self._page.update(view[whole_end:])
            self._filled = len(view) - whole_end

    def finish(self) -> bytes:
        """Return the signature of all bytes taken; ``piece.size`` bytes."""
        if self._filled:
            self._end_page()
        piece = self._piece
        signature = sign(
            bytes(self._hashes),
            self._size,
            piece.identifier,
            piece.exec_segment_size,
            piece.entitlements,
        )
        if len(signature) != piece.size:
            raise ValueError(f"signature of {len(signature)} bytes where {piece.size} were planned")
        return signature

    def _end_page(self) -> None:
        self._hashes += self._page.digest()
        self._page = hashlib.sha256()
        self._filled = 0


def read_entitlements(file: BinaryIO, offset: int, size: int) -> bytes:
    """Return the XML entitlements of the signature at ``offset``; b"" if it has none.

    Raises:
        FormatError: ``signature-malformed``: the ``size`` bytes there are not a signature.
    """
    reader = BoundedReader(file, _malformed, offset, size)
    magic, length, count = _INDEX.unpack(reader.read(0, _INDEX.size))
    if magic != _SUPER_BLOB or length > size or count > _MOST_BLOBS:
        raise reader.broken("it is not a super blob")
    index = reader.read(_INDEX.size, count * _BLOB.size)
    for slot, start in _BLOB.iter_unpack(index):
        if slot == _SLOT_ENTITLEMENTS:
            magic, blob_size = _BLOB.unpack(reader.read(start, _BLOB.size))
            if magic != _ENTITLEMENTS or not _BLOB.size <= blob_size <= LARGEST_ENTITLEMENTS:
                raise reader.broken("the entitlements in it have an unknown form")
            return reader.read(start, blob_size)[_BLOB.size :]
    return b""


def _directory_size(code_limit: int, identifier: str, slots: int) -> int:
    name_size = len(identifier.encode()) + 1
    return _DIRECTORY.size + name_size + _HASH_SIZE * (slots + _page_count(code_limit))


def _page_count(size: int) -> int:
    return -(-size // PAGE_SIZE)


def round_up(size: int) -> int:
    """Return the size of a signature with the zeros at its end."""
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def _blob(magic: int, content: bytes) -> bytes:
    return _BLOB.pack(magic, _BLOB.size + len(content)) + content


def slot_hash(blob: bytes | None) -> bytes:
    """Return the hash of a special slot; zeros if it has no blob."""
    return bytes(_HASH_SIZE) if blob is None else hashlib.sha256(blob).digest()


def special_blobs(entitlements: bytes) -> dict[int, bytes]:
    """Return the blobs whose hashes are in the special slots, by slot."""
    specials = {SLOT_REQUIREMENTS: _blob(_REQUIREMENTS, struct.pack(">I", 0))}
    if entitlements:
        specials[_SLOT_ENTITLEMENTS] = _blob(_ENTITLEMENTS, entitlements)
        specials[_SLOT_DER_ENTITLEMENTS] = _blob(_DER_ENTITLEMENTS, entitlements_der(entitlements))
    return specials
