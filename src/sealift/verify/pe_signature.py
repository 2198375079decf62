"""Check the Authenticode signature of a Windows executable, without trusting its certificates.

The certificate table must be the end of the file and hold one PKCS #7 signature, followed by zeros;
the digest in it must be that of the file, and the signer's attributes must have the digest of the
signed content. Whether the signer's key made the signature, and whether the certificates are to be
trusted, is for Windows to decide.

Source: Microsoft's "Windows Authenticode Portable Executable Signature Format"; RFC 2315; RFC 3161.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from sealift.errors import FormatError
from sealift.verify.comparing import read_exactly, wrong
from sealift.verify.der import OBJECT, OCTETS, SEQUENCE, SET, Value, read_value

_LARGEST = 1 << 22
_CHUNK = 1 << 20
_TAG_0, _TAG_1, _TIME = 0xA0, 0xA1, 0x18
_TEXT_ENCODINGS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")  # 1.2.840.113549.1.7.2
_INDIRECT_DATA = bytes.fromhex("2b060104018237020104")  # 1.3.6.1.4.1.311.2.1.4
_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")  # 1.2.840.113549.1.9.4
_TIMESTAMP = bytes.fromhex("2b060104018237030301")  # 1.3.6.1.4.1.311.3.3.1
_NAMES = (bytes.fromhex("550403"), bytes.fromhex("55040a"))  # common name, organisation
_DIGESTS = {
    bytes.fromhex("2b0e03021a"): "sha1",
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
}


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signature says.

    Attributes:
        signer: name of the certificate's owner.
        algorithm: of the digest, such as ``sha256``.
        digest: of the file.
        time: when a time server saw it, such as ``2026-11-30 00:40:41 UTC``; or "".
    """

    signer: str
    algorithm: str
    digest: bytes
    time: str


@dataclass(frozen=True, slots=True)
class TablePlace:
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
    if whole.part((0, OBJECT)).content != _SIGNED_DATA:
        raise wrong("its signature is not of the expected form")
    signed = whole.part((1, _TAG_0), (0, SEQUENCE))
    content = signed.part((2, SEQUENCE))
    if content.part((0, OBJECT)).content != _INDIRECT_DATA:
        raise wrong("its signature is not for a Windows executable")
    indirect = content.part((1, _TAG_0), (0, SEQUENCE))
    algorithm = _digest_name(indirect.part((1, SEQUENCE), (0, SEQUENCE)))
    digest = indirect.part((1, SEQUENCE), (1, OCTETS)).content
    *_, signers = signed.parts()
    signer = signers.part((0, SEQUENCE))
    attributes = signer.part((3, _TAG_0))
    content_digest = hashlib.new(_digest_name(signer.part((2, SEQUENCE))), indirect.content)
    stated = _attribute(attributes, _MESSAGE_DIGEST)
    if stated is None or stated.part((0, OCTETS)).content != content_digest.digest():
        raise wrong("the digest of the content of its signature is wrong")
    return Signature(
        signer=_signer_name(signed.part((3, _TAG_0)), signer.part((1, SEQUENCE))),
        algorithm=algorithm,
        digest=digest,
        time=_time(signer),
    )


def _digest_name(algorithm: Value) -> str:
    name = _DIGESTS.get(algorithm.part((0, OBJECT)).content)
    if name is None:
        raise wrong("its signature has an unknown kind of digest")
    return name


def _attribute(attributes: Value, kind: bytes) -> Value | None:
    """Return the values of one attribute, or None."""
    for attribute in attributes.parts():
        if attribute.part((0, OBJECT)).content == kind:
            return attribute.part((1, SET))
    return None


def _signer_name(certificates: Value, signer: Value) -> str:
    """Return the owner's name in the certificate that has the signer's issuer and number."""
    for certificate in certificates.parts():
        fields = certificate.part((0, SEQUENCE)).parts()
        if fields and fields[0].tag == _TAG_0:  # the version, which may be left out
            del fields[0]
        if len(fields) >= 5 and [fields[2], fields[0]] == signer.parts():
            return _name(fields[4])
    raise wrong("the certificate of its signer is missing")


def _name(subject: Value) -> str:
    entries = {kind.content: text for kind, text in _name_entries(subject)}
    for kind in _NAMES:
        if kind in entries:
            text = entries[kind]
            return text.content.decode(_TEXT_ENCODINGS.get(text.tag, "utf-8"), "replace")
    return "an unnamed certificate"


def _name_entries(subject: Value) -> Iterator[tuple[Value, Value]]:
    for group in subject.parts():
        for entry in group.parts():
            yield entry.part((0, OBJECT)), entry.parts()[-1]


def _time(signer: Value) -> str:
    """Return when a time server saw the signature; "" if none did, or in an unknown form."""
    last = signer.parts()[-1]
    if last.tag != _TAG_1:
        return ""
    try:
        token = _attribute(last, _TIMESTAMP)
        if token is None:
            return ""
        stamp = token.part((0, SEQUENCE), (1, _TAG_0), (0, SEQUENCE), (2, SEQUENCE))
        info, _ = read_value(stamp.part((1, _TAG_0), (0, OCTETS)).content)
        text = info.part((4, _TIME)).content.decode("ascii", "replace")
    except FormatError:
        return ""
    day, clock = text[:8], text[8:14]
    return f"{day[:4]}-{day[4:6]}-{day[6:]} {clock[:2]}:{clock[2:4]}:{clock[4:]} UTC"
