"""A publisher's certificate, and the key that signs with it: from a file, or in another program."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from asn1crypto import pkcs12 as pkcs12_format
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sealift.options import Signing
from sealift.signing import messages
from sealift.tools.input_files import NotRegularError, read_regular
from sealift.tools.subprocesses import CommandError, run_binary

PASSWORD_VARIABLE = "SEALIFT_SIGN_PASSWORD"
_LARGEST_FILE = 1 << 20
_PEM = b"-----BEGIN CERTIFICATE-----"
_COMMAND_SECONDS = 120.0
_unreadable = messages.CERTIFICATE_UNREADABLE.error


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signs.

    Attributes:
        path: the file of the certificate.
        certificate: of the publisher.
        chain: certificates of the authorities between the publisher and the root.
        sign: returns the signature of data, with SHA-256: PKCS #1 v1.5, or ECDSA as DER.
    """

    path: Path
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    sign: Callable[[bytes], bytes]


def open_credentials(options: Signing) -> Credentials:
    """Read the certificate, find its key, and check that it may sign programs now.

    Raises:
        UsageError: a file, the password, the certificate or the command is not usable.
    """
    path = options.certificate
    try:
        data = read_regular(path, _LARGEST_FILE)
    except NotRegularError as error:
        raise _unreadable(path=path, reason=error) from error
    except (OSError, ValueError) as error:
        raise _unreadable(path=path, reason=getattr(error, "strerror", None) or error) from error
    if options.command:
        certificate, *others = _pem_certificates(path, data)
        sign = _signing_command(options.command, certificate, path)
    else:
        certificate, others, sign = _pkcs12(options, data)
    _check(certificate, path)
    chain = tuple(one for one in others if one.subject != one.issuer)
    return Credentials(path, certificate, chain, sign)


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


def _pem_certificates(path: Path, data: bytes) -> list[x509.Certificate]:
    if _PEM not in data:
        raise _unreadable(path=path, reason="--sign-command needs a PEM file, and it is none")
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError as error:
        raise _unreadable(path=path, reason="a certificate in it is malformed") from error


def _pkcs12(
    options: Signing, data: bytes
) -> tuple[x509.Certificate, list[x509.Certificate], Callable[[bytes], bytes]]:
    path = options.certificate
    try:
        pkcs12_format.Pfx.load(data, strict=True)["auth_safe"].native  # noqa: B018 (parses it)
    except (ValueError, TypeError, KeyError) as error:
        raise _unreadable(path=path, reason="it is not a PKCS#12 file") from error
    password, source = _password(options)
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(data, password)
    except ValueError as error:
        if password is None:
            raise messages.PASSWORD_MISSING.error(path=path) from error
        raise messages.PASSWORD_WRONG.error(path=path, source=source) from error
    except UnsupportedAlgorithm as error:
        raise _unreadable(path=path, reason="its encryption is not supported") from error
    if key is None or certificate is None:
        missing = "private key" if key is None else "certificate of its private key"
        raise _unreadable(path=path, reason=f"it has no {missing}")
    if isinstance(key, rsa.RSAPrivateKey):
        rsa_key = key
        return certificate, others, lambda data: rsa_key.sign(data, padding.PKCS1v15(), SHA256())
    if isinstance(key, ec.EllipticCurvePrivateKey):
        ec_key = key
        return certificate, others, lambda data: ec_key.sign(data, ec.ECDSA(SHA256()))
    raise _unsuitable(certificate, path, "its key is of another kind")


def _password(options: Signing) -> tuple[bytes | None, str]:
    """Return the password, None if there is none, and where it is from."""
    path = options.password_file
    if path is None:
        password = os.environ.get(PASSWORD_VARIABLE)
        return None if password is None else password.encode(), PASSWORD_VARIABLE
    try:
        data = read_regular(path, _LARGEST_FILE)
    except NotRegularError as error:
        raise messages.PASSWORD_UNREADABLE.error(path=path, reason=error) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its path is malformed"
        raise messages.PASSWORD_UNREADABLE.error(path=path, reason=reason) from error
    return data.partition(b"\n")[0].removesuffix(b"\r"), str(path)


def _signing_command(
    command: str, certificate: x509.Certificate, path: Path
) -> Callable[[bytes], bytes]:
    lexer = shlex.shlex(command, posix=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    if os.name == "nt":
        lexer.escape = ""  # it separates the parts of a path
    try:
        words = list(lexer)
    except ValueError as error:
        raise messages.COMMAND_MALFORMED.error(reason=error) from error
    if not words:
        raise messages.COMMAND_MALFORMED.error(reason="it is empty")

    def sign(data: bytes) -> bytes:
        digest = hashlib.sha256(data).digest()
        try:
            output = run_binary(words, given=digest, seconds=_COMMAND_SECONDS)
        except CommandError as error:
            raise messages.COMMAND_FAILED.error(program=words[0], reason=error) from error
        for signature in (output, _from_base64(output)):
            if is_signed_by(certificate, signature, data, SHA256()):
                return signature
        if not output:
            raise messages.COMMAND_FAILED.error(program=words[0], reason="it wrote nothing")
        raise messages.KEY_DIFFERS.error(
            source=f"'{words[0]}'", subject=subject_of(certificate), path=path
        )

    return sign


def _from_base64(text: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        return b""


def _check(certificate: x509.Certificate, path: Path) -> None:
    """Raise UsageError unless a certificate may sign programs now."""
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not start <= datetime.now(UTC) <= end:
        raise messages.CERTIFICATE_NOT_VALID.error(
            subject=subject_of(certificate), path=path, start=start.date(), end=end.date()
        )
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise _unsuitable(certificate, path, "its key is of another kind")
    try:
        extensions = certificate.extensions
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        raise _unsuitable(certificate, path, "it is not for code signing") from None
    except ValueError as error:
        raise _unreadable(path=path, reason="its extensions are malformed") from error
    if ExtendedKeyUsageOID.CODE_SIGNING not in purposes:
        raise _unsuitable(certificate, path, "it is not for code signing")
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not usage.digital_signature:
        raise _unsuitable(certificate, path, "its key may not make signatures")


def _unsuitable(certificate: x509.Certificate, path: Path, reason: str) -> Exception:
    return messages.CERTIFICATE_UNSUITABLE.error(
        subject=subject_of(certificate), path=path, reason=reason
    )
