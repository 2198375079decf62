"""The certificate table of a Windows executable, and the digest that a signature in it covers.

The digest is of the whole file except the checksum, the table's data directory and the table. The
table is the end of the file, at a multiple of 8 bytes. Its entry, integers little-endian::

    0 u32 length of the entry   4 u16 revision (0x200)   6 u16 type (2: PKCS #7)
    8 the signature, DER, then zeros up to a multiple of 8 bytes

Source: Microsoft's "Windows Authenticode Portable Executable Signature Format".
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct

from sealift.formats import messages
from sealift.formats.bounded_reader import BoundedReader
from sealift.formats.pe import headers as pe
from sealift.formats.pe.checksum import Checksum

_ENTRY = struct.Struct("<IHH")
_REVISION, _PKCS7 = 0x200, 2
_ALIGNMENT = 8
_CHUNK = 1 << 20
_malformed = messages.PE_MALFORMED.error


class UnsignedPe(Struct, frozen=True):
    """Where a signature belongs in a Windows executable that has none.

    Attributes:
        checksum_at: file offset of the checksum, 4 bytes.
        directory_at: file offset of the certificate table's data directory, 8 bytes.
        size: of the file.
    """

    checksum_at: int
    directory_at: int
    size: int

    @property
    def padding(self) -> bytes:
        """The zeros between the file's end and the table; the signature covers them."""
        return bytes(-self.size % _ALIGNMENT)


def read_unsigned(file: BinaryIO) -> UnsignedPe:
    """Return where a signature belongs in ``file``.

    Raises:
        FormatError: it is not a Windows executable, has a signature, or has no place for one.
    """
    headers = pe.read_pe(BoundedReader(file, _malformed))
    if len(headers.directories) <= pe.CERTIFICATES:
        raise _malformed(why="it has no data directory for certificates")
    if headers.directory(pe.CERTIFICATES) != (0, 0):
        raise _malformed(why="it is signed already")
    return UnsignedPe(
        checksum_at=headers.start + pe.OPTIONAL + 64,
        directory_at=headers.directories_at + 8 * pe.CERTIFICATES,
        size=file.seek(0, os.SEEK_END),
    )


def authenticode_digest(file: BinaryIO, unsigned: UnsignedPe) -> bytes:
    """Return the SHA-256 digest that the signature of ``file`` covers."""
    digest = hashlib.sha256()
    start = 0
    for field, size in ((unsigned.checksum_at, 4), (unsigned.directory_at, 8)):
        for chunk in _chunks(file, start, field):
            digest.update(chunk)
        start = field + size
    for chunk in _chunks(file, start, unsigned.size):
        digest.update(chunk)
    digest.update(unsigned.padding)
    return digest.digest()


def append_signature(file: BinaryIO, unsigned: UnsignedPe, signature: bytes) -> None:
    """Write a signature, DER, to the end of ``file``, and correct its headers.

    Raises:
        OSError: the file cannot be written.
    """
    length = _ENTRY.size + len(signature)
    length += -length % _ALIGNMENT
    entry = _ENTRY.pack(length, _REVISION, _PKCS7) + signature
    file.seek(unsigned.size)
    file.write(unsigned.padding + entry.ljust(length, b"\0"))
    file.seek(unsigned.directory_at)
    file.write(struct.pack("<II", unsigned.size + len(unsigned.padding), length))
    file.seek(unsigned.checksum_at)
    file.write(bytes(4))
    checksum = Checksum()
    for chunk in _chunks(file, 0, file.seek(0, os.SEEK_END)):
        checksum.update(chunk)
    file.seek(unsigned.checksum_at)
    file.write(checksum.finish().to_bytes(4, "little"))
    file.flush()


def _chunks(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    file.seek(start)
    while start < end and (data := file.read(min(_CHUNK, end - start))):
        start += len(data)
        yield data
