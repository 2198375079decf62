"""Read signed data (PKCS #7, CMS) of a publisher, and check the digest that it has of its content.

Whether the signer's key made the signature, and whether the certificates are to be trusted, is for
the operating system to decide. Source: RFC 2315; RFC 5652; RFC 3161.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from sealift.errors import FormatError
from sealift.verify.comparing import wrong
from sealift.verify.der import OBJECT, OCTETS, SEQUENCE, SET, Value, read_value

TAG_0 = 0xA0
MICROSOFT_TIMESTAMP = bytes.fromhex("2b060104018237030301")  # 1.3.6.1.4.1.311.3.3.1
CMS_TIMESTAMP = bytes.fromhex("2a864886f70d010910020e")  # 1.2.840.113549.1.9.16.2.14
_TAG_1, _TIME = 0xA1, 0x18
_TEXT_ENCODINGS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")  # 1.2.840.113549.1.7.2
_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")  # 1.2.840.113549.1.9.4
_NAMES = (bytes.fromhex("550403"), bytes.fromhex("55040a"))  # common name, organisation
_DIGESTS = {
    bytes.fromhex("2b0e03021a"): "sha1",
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
}


class Signer(NamedTuple):
    """Who signed, and when a time server saw it ("" for never)."""

    name: str
    time: str


def signed_data(whole: Value) -> Value:
    """Return the SignedData in a ContentInfo."""
    if whole.part((0, OBJECT)).content != _SIGNED_DATA:
        raise wrong("its signature is not of the expected form")
    return whole.part((1, TAG_0), (0, SEQUENCE))


def check_signer(signed: Value, content: bytes, timestamp: bytes) -> Signer:
    """Return who signed ``content``, after comparing its digest.

    Args:
        timestamp: kind of the attribute that has the timestamp.

    Raises:
        FormatError: ``verification-failed``.
    """
    *_, signers = signed.parts()
    signer = signers.part((0, SEQUENCE))
    attributes = signer.part((3, TAG_0))
    digest = hashlib.new(digest_name(signer.part((2, SEQUENCE))), content)
    stated = _attribute(attributes, _MESSAGE_DIGEST)
    if stated is None or stated.part((0, OCTETS)).content != digest.digest():
        raise wrong("the digest of the content of its signature is wrong")
    name = _signer_name(signed.part((3, TAG_0)), signer.part((1, SEQUENCE)))
    return Signer(name, _time(signer, timestamp))


def digest_name(algorithm: Value) -> str:
    """Return the name of an algorithm of digests, as hashlib has it."""
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
        if fields and fields[0].tag == TAG_0:  # the version, which may be left out
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


def _time(signer: Value, kind: bytes) -> str:
    """Return when a time server saw the signature; "" if none did, or in an unknown form."""
    last = signer.parts()[-1]
    if last.tag != _TAG_1:
        return ""
    try:
        token = _attribute(last, kind)
        if token is None:
            return ""
        stamp = token.part((0, SEQUENCE), (1, TAG_0), (0, SEQUENCE), (2, SEQUENCE))
        info, _ = read_value(stamp.part((1, TAG_0), (0, OCTETS)).content)
        text = info.part((4, _TIME)).content.decode("ascii", "replace")
    except FormatError:
        return ""
    day, clock = text[:8], text[8:14]
    return f"{day[:4]}-{day[4:6]}-{day[6:]} {clock[:2]}:{clock[2:4]}:{clock[4:]} UTC"
