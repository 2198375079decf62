"""A publisher's certificate, and the key that signs with it: in a file, a program or a token."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from asn1crypto import pkcs12 as pkcs12_format
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import pkcs12
from msgspec import Struct

from sealift.options import Signing
from sealift.signing import messages
from sealift.signing.certificates import check_certificate, unsuitable
from sealift.signing.command_key import command_key
from sealift.signing.token_key import token_key
from sealift.tools.input_files import NotRegularError, read_regular
from sealift.tools.subprocesses import redact

PASSWORD_VARIABLE = "SEALIFT_SIGN_PASSWORD"
_LARGEST_FILE = 1 << 20
_PEM = b"-----BEGIN CERTIFICATE-----"
_unreadable = messages.CERTIFICATE_UNREADABLE.error


class Credentials(Struct, frozen=True):
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
    _check_address(options.timestamp_url)
    try:
        data = read_regular(path, _LARGEST_FILE)
    except NotRegularError as error:
        raise _unreadable(path=path, reason=error) from error
    except (OSError, ValueError) as error:
        raise _unreadable(path=path, reason=getattr(error, "strerror", None) or error) from error
    if options.command or options.key:
        certificate, *others = _pem_certificates(options, data)
        if options.command:
            sign = command_key(options.command, certificate, path)
        else:
            check_certificate(certificate, path)  # a wrong PIN may lock a token
            sign = token_key(options.key, certificate, path, *_password(options))
    else:
        certificate, others, sign = _pkcs12(options, data)
    check_certificate(certificate, path)
    chain = tuple(one for one in others if one.subject != one.issuer)
    return Credentials(path, certificate, chain, sign)


def _check_address(url: str) -> None:
    """Raise UsageError unless a time server can have an address; "" is none."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if url and not usable:
        raise messages.TIMESTAMP_ADDRESS_MALFORMED.error(url=redact(url))


def _pem_certificates(options: Signing, data: bytes) -> list[x509.Certificate]:
    path = options.certificate
    if _PEM not in data:
        option = "--sign-command" if options.command else "--sign-key"
        raise _unreadable(path=path, reason=f"{option} needs a PEM file, and it is none")
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
            raise messages.PASSWORD_MISSING.error(path=path, source=source) from error
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
    raise unsuitable(certificate, path, "its key is of another kind")


def _password(options: Signing) -> tuple[bytes | None, str]:
    """Return the password, None if there is none, and where it is from."""
    path = options.password_file
    if path is None:
        variable = options.password_variable or PASSWORD_VARIABLE
        password = os.environ.get(variable)
        return None if password is None else password.encode(), variable
    try:
        data = read_regular(path, _LARGEST_FILE)
    except NotRegularError as error:
        raise messages.PASSWORD_UNREADABLE.error(path=path, reason=error) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its path is malformed"
        raise messages.PASSWORD_UNREADABLE.error(path=path, reason=reason) from error
    return data.partition(b"\n")[0].removesuffix(b"\r"), str(path)
