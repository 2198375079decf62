"""Check the Authenticode signature of a Windows executable, without trusting its certificates.

The certificate table must be the end of the file and hold one PKCS #7 signature, followed by zeros;
the digest in it must be that of the file, and the signer's attributes must have the digest of the
signed content.

Source: Microsoft's "Windows Authenticode Portable Executable Signature Format".
"""

from __future__ import annotations

import hashlib
import os
import struct
from typing import BinaryIO

from msgspec import Struct

from sealift.verify.comparing import read_exactly, wrong
from sealift.verify.der import OBJECT, OCTETS, SEQUENCE, Value, read_value
from sealift.verify.signed_data import (
    MICROSOFT_TIMESTAMP,
    TAG_0,
    Signer,
    check_signer,
    digest_name,
    signed_data,
)

_LARGEST = 1 << 22
_CHUNK = 1 << 20
_INDIRECT_DATA = bytes.fromhex("2b060104018237020104")  # 1.3.6.1.4.1.311.2.1.4


class Signature(Struct, frozen=True):
    """What a signature says.

    Attributes:
        algorithm: of the digest, such as ``sha256``.
        digest: of the file.
    """

    signer: Signer
    algorithm: str
    digest: bytes


class TablePlace(Struct, frozen=True):
    """File offsets of the fields that concern signatures, and the table with its size."""

    checksum_at: int
    directory_at: int
    table: int
    size: int


def read_signature(file: BinaryIO, place: TablePlace, data_end: int) -> Signature | None:
    """Return the signature of ``file``, or None if it has none; the digest is not compared.

    Args:
        data_end: where the last section ends.

    Raises:
        FormatError: ``verification-failed``.
    """
    if not place.table and not place.size:
        return None
    if place.table % 8 or place.table < data_end or not 8 < place.size <= _LARGEST:
        raise wrong("its certificate table is at an impossible place")
    if place.table + place.size != file.seek(0, os.SEEK_END):
        raise wrong("its certificate table does not end where the file does")
    table = read_exactly(file, place.table, place.size)
    length, revision, kind = struct.unpack_from("<IHH", table)
    if not 8 < length <= place.size or (revision, kind) != (0x200, 2):
        raise wrong("its certificate table has no signature of PKCS #7")
    value, rest = read_value(table[8:length])
    if any(rest) or any(table[length:]):
        raise wrong("there is something behind its signature")
    return _parse(value)


def check_digest(file: BinaryIO, place: TablePlace, signature: Signature) -> None:
    """Raise FormatError unless the digest of the signature is that of the file."""
    digest = hashlib.new(signature.algorithm)
    left_out = ((place.checksum_at, 4), (place.directory_at, 8), (place.table, place.size))
    position = 0
    for offset, size in left_out:
        file.seek(position)
        while position < offset:
            data = file.read(min(_CHUNK, offset - position))
            if not data:
                raise wrong("it is cut off")
            digest.update(data)
            position += len(data)
        position = offset + size
    if digest.digest() != signature.digest:
        raise wrong("the digest in its signature is not that of the file")


def _parse(whole: Value) -> Signature:
    signed = signed_data(whole)
    content = signed.part((2, SEQUENCE))
    if content.part((0, OBJECT)).content != _INDIRECT_DATA:
        raise wrong("its signature is not for a Windows executable")
    indirect = content.part((1, TAG_0), (0, SEQUENCE))
    return Signature(
        signer=check_signer(signed, indirect.content, MICROSOFT_TIMESTAMP),
        algorithm=digest_name(indirect.part((1, SEQUENCE), (0, SEQUENCE))),
        digest=indirect.part((1, SEQUENCE), (1, OCTETS)).content,
    )
