"""What a certificate says: whose it is, whose signature is whose, and what it may sign."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import HashAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sealift.errors import UsageError
from sealift.signing import messages


def subject_of(certificate: x509.Certificate) -> str:
    """Return the name of a certificate's owner."""
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in certificate.subject.get_attributes_for_oid(oid):
            return str(attribute.value)
    return certificate.subject.rfc4514_string()


def unit_of(certificate: x509.Certificate) -> str:
    """Return the organisational unit of a certificate's owner, or ""."""
    for attribute in certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME):
        return str(attribute.value)
    return ""


def is_signed_by(
    certificate: x509.Certificate, signature: bytes, data: bytes, algorithm: HashAlgorithm
) -> bool:
    """Return True if the key of a certificate made the signature of data."""
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def check_certificate(certificate: x509.Certificate, path: Path) -> None:
    """Raise UsageError unless a certificate may sign programs now."""
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not start <= datetime.now(UTC) <= end:
        raise messages.CERTIFICATE_NOT_VALID.error(
            subject=subject_of(certificate), path=path, start=start.date(), end=end.date()
        )
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise unsuitable(certificate, path, "its key is of another kind")
    try:
        extensions = certificate.extensions
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        raise unsuitable(certificate, path, "it is not for code signing") from None
    except ValueError as error:
        raise messages.CERTIFICATE_UNREADABLE.error(
            path=path, reason="its extensions are malformed"
        ) from error
    if ExtendedKeyUsageOID.CODE_SIGNING not in purposes:
        raise unsuitable(certificate, path, "it is not for code signing")
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not usage.digital_signature:
        raise unsuitable(certificate, path, "its key may not make signatures")


def unsuitable(certificate: x509.Certificate, path: Path, reason: str) -> UsageError:
    """Return the error for a certificate that cannot sign programs."""
    return messages.CERTIFICATE_UNSUITABLE.error(
        subject=subject_of(certificate), path=path, reason=reason
    )
