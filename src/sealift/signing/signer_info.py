"""The part of signed data (PKCS #7, CMS) that a publisher signs, with its timestamp."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from asn1crypto import cms, core, x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from sealift.signing.credentials import Credentials

SHA256 = {"algorithm": "sha256", "parameters": core.Null()}
"""The digest of everything that is signed."""


def certificates_of(credentials: Credentials) -> list[x509.Certificate]:
    """Return the publisher's certificate, then those of the authorities."""
    return [
        x509.Certificate.load(one.public_bytes(Encoding.DER))
        for one in (credentials.certificate, *credentials.chain)
    ]


def attribute(kind: str, value: object) -> cms.CMSAttribute:
    """Return an attribute with one value."""
    return cms.CMSAttribute({"type": kind, "values": [value]})


def signer_info(
    credentials: Credentials,
    attributes: Sequence[cms.CMSAttribute],
    timestamp_kind: str,
    timestamp: Callable[[bytes], cms.ContentInfo] | None,
) -> cms.SignerInfo:
    """Return what the publisher signs.

    Args:
        attributes: the signed ones.
        timestamp_kind: of the attribute that has the timestamp.
        timestamp: returns the token of a time server for a signature; None for no timestamp.

    Raises:
        UsageError, OutputError: the key or the time server did not do its part.
    """
    certificate, *_ = certificates_of(credentials)
    signed = cms.CMSAttributes(list(attributes))
    signature = credentials.sign(signed.dump())
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                {"issuer": certificate.issuer, "serial_number": certificate.serial_number},
            ),
            "digest_algorithm": SHA256,
            "signed_attrs": signed,
            "signature_algorithm": _signature_algorithm(credentials),
            "signature": signature,
        }
    )
    if timestamp is not None:
        token = attribute(timestamp_kind, timestamp(signature))
        signer["unsigned_attrs"] = cms.CMSAttributes([token])
    return signer


def _signature_algorithm(credentials: Credentials) -> dict[str, object]:
    if isinstance(credentials.certificate.public_key(), rsa.RSAPublicKey):
        return {"algorithm": "rsassa_pkcs1v15", "parameters": core.Null()}
    return {"algorithm": "sha256_ecdsa"}
