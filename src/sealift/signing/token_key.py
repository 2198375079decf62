"""A key on a token, such as a smart card or an HSM, which a PKCS#11 module reaches.

The address of the key is a URI (RFC 7512)::

    pkcs11:token=Acme;object=signing?module-path=/usr/lib/softhsm/libsofthsm2.so

Source: PKCS #11 v3.1; with ``CKM_ECDSA`` a signature is two numbers of equal length, not DER.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from msgspec import Struct

from sealift.signing import messages
from sealift.signing.certificates import is_signed_by, subject_of

if TYPE_CHECKING:
    import pkcs11

MODULE_VARIABLE = "SEALIFT_PKCS11_MODULE"
_SCHEME = "pkcs11:"
_OF_TOKENS, _OF_KEYS = ("token", "serial"), ("object", "id")
_SUPPORTED = (*_OF_TOKENS, *_OF_KEYS, "type", "module-path")
_malformed = messages.TOKEN_ADDRESS_MALFORMED.error


class _Address(Struct, frozen=True):
    """Where a key is; None for what the address does not say."""

    module: Path
    token: str | None
    serial: bytes | None
    label: str | None
    id: bytes | None


def token_key(
    address: str, certificate: x509.Certificate, path: Path, pin: bytes | None, source: str
) -> Callable[[bytes], bytes]:
    """Return what signs data by the key at an address; the token is logged in to.

    Args:
        address: PKCS#11 URI.
        certificate: that the key belongs to; each signature is checked with it.
        path: the file of the certificate.
        pin: of the token's user; None for a token that asks by itself.
        source: where the PIN is from, for messages.

    Raises:
        UsageError: the address, the module, the PIN or the key is not usable.
    """
    try:
        import pkcs11
    except ImportError as error:
        raise messages.TOKEN_LIBRARY_MISSING.error() from error
    place = _read(address)
    token = _token(place)
    key = _log_in(token, place, pin, source)
    is_rsa = isinstance(certificate.public_key(), rsa.RSAPublicKey)
    differs = messages.KEY_DIFFERS.error(
        source=f"the token {token.label}", subject=subject_of(certificate), path=path
    )
    if key.key_type != (pkcs11.KeyType.RSA if is_rsa else pkcs11.KeyType.EC):
        raise differs

    def sign(data: bytes) -> bytes:
        try:
            if is_rsa:
                signature = key.sign(data, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS)
            else:
                digest = hashlib.sha256(data).digest()
                raw = key.sign(digest, mechanism=pkcs11.Mechanism.ECDSA)
                half = len(raw) // 2
                numbers = (int.from_bytes(part, "big") for part in (raw[:half], raw[half:]))
                signature = encode_dss_signature(*numbers)
        except pkcs11.PKCS11Error as error:
            raise messages.TOKEN_FAILED.error(token=token.label, reason=_reason(error)) from error
        if not is_signed_by(certificate, signature, data, SHA256()):
            raise differs
        return bytes(signature)

    return sign


def _read(address: str) -> _Address:
    if not address.startswith(_SCHEME):
        raise _malformed(reason=f"it does not begin with {_SCHEME}")
    path, _, query = address.removeprefix(_SCHEME).partition("?")
    found: dict[str, bytes] = {}
    for part in (*path.split(";"), *query.split("&")):
        name, equals, value = part.partition("=")
        if not part:
            continue
        if name in ("pin-value", "pin-source"):
            raise _malformed(reason="a PIN is no part of it, as others can read it there")
        if name not in _SUPPORTED or not equals or name in found:
            reason = f"{name} is not one of {', '.join(_SUPPORTED)}, or is there twice"
            raise _malformed(reason=reason)
        found[name] = unquote_to_bytes(value)
    if found.pop("type", b"private") != b"private":
        raise _malformed(reason="its type is not private")
    if not found.keys() & set(_OF_KEYS):
        raise _malformed(reason="neither object nor id says which key")
    try:
        texts = {name: found[name].decode() for name in ("token", "object") if name in found}
    except UnicodeDecodeError as error:
        raise _malformed(reason="a name in it is not UTF-8") from error
    module = os.fsdecode(found.get("module-path", b"")) or os.environ.get(MODULE_VARIABLE, "")
    if not module or "\0" in module:
        raise _malformed(reason=f"neither module-path nor {MODULE_VARIABLE} names a module")
    return _Address(
        Path(module), texts.get("token"), found.get("serial"), texts.get("object"), found.get("id")
    )


def _token(place: _Address) -> pkcs11.Token:
    import pkcs11

    if not place.module.is_file():
        raise messages.TOKEN_MODULE_UNUSABLE.error(
            path=place.module, reason="there is no such file"
        )
    try:
        module = pkcs11.lib(str(place.module))
        tokens = list(module.get_tokens(token_label=place.token, token_serial=place.serial))
    except (pkcs11.PKCS11Error, OSError) as error:
        reason = _reason(error)
        raise messages.TOKEN_MODULE_UNUSABLE.error(path=place.module, reason=reason) from error
    tokens = [one for one in tokens if one.flags & pkcs11.TokenFlag.TOKEN_INITIALIZED]
    if len(tokens) != 1:
        number = "no token fits" if not tokens else f"{len(tokens)} tokens fit"
        raise messages.TOKEN_KEY_ABSENT.error(path=place.module, reason=number)
    return tokens[0]


def _log_in(token: pkcs11.Token, place: _Address, pin: bytes | None, source: str) -> Any:
    """Return the key, in a session that stays open until the process ends."""
    import pkcs11

    refused = messages.TOKEN_PIN_REFUSED.error
    given: Any = None
    if pin is not None:
        try:
            given = pin.decode()
        except UnicodeDecodeError as error:
            raise refused(token=token.label, source=source, reason="it is not UTF-8") from error
    elif token.flags & pkcs11.TokenFlag.LOGIN_REQUIRED:
        if not token.flags & pkcs11.TokenFlag.PROTECTED_AUTHENTICATION_PATH:
            raise refused(token=token.label, source=source, reason="there is none")
        given = pkcs11.PROTECTED_AUTH
    try:
        try:
            session = token.open(user_pin=given)
        except pkcs11.UserAlreadyLoggedIn:  # another key of this build is on the same token
            session = token.open()
    except (
        pkcs11.PinIncorrect,
        pkcs11.PinInvalid,
        pkcs11.PinLenRange,
        pkcs11.PinLocked,
        pkcs11.PinExpired,
        pkcs11.UserPinNotInitialized,
    ) as error:
        raise refused(token=token.label, source=source, reason=_reason(error)) from error
    except pkcs11.PKCS11Error as error:
        reason = _reason(error)
        raise messages.TOKEN_MODULE_UNUSABLE.error(path=place.module, reason=reason) from error
    try:
        return session.get_key(
            object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=place.label, id=place.id
        )
    except pkcs11.MultipleObjectsReturned as error:
        reason = "several keys fit"
        raise messages.TOKEN_KEY_ABSENT.error(path=place.module, reason=reason) from error
    except pkcs11.PKCS11Error as error:
        reason = "no private key fits" if isinstance(error, pkcs11.NoSuchKey) else _reason(error)
        raise messages.TOKEN_KEY_ABSENT.error(path=place.module, reason=reason) from error


def _reason(error: Exception) -> str:
    """Return what the module reported; some errors have only a kind, such as ``PinIncorrect``."""
    text = " ".join(str(error).split()).rstrip(".")
    return text or type(error).__name__
