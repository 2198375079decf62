"""The key of App Store Connect, and the tokens that it signs (JSON Web Tokens with ES256).

Source: Apple's "Generating tokens for API requests"; RFC 7515; RFC 7518, 3.4: the signature is two
numbers of 32 bytes, not DER.
"""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from sealift.notarization import messages
from sealift.tools.input_files import NotRegularError, read_regular

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

_LARGEST = 64 << 10
_SECONDS = 600  # Apple refuses tokens that are valid for more than 20 minutes
_AUDIENCE = "appstoreconnect-v1"
_unreadable = messages.KEY_UNREADABLE.error


class ConnectKey(Struct, frozen=True):
    """A team's key.

    Attributes:
        key_id: its identifier, ten letters and digits.
        issuer: the identifier of the team in App Store Connect, a UUID.
        private: signs.
    """

    key_id: str
    issuer: str
    private: ec.EllipticCurvePrivateKey

    def token(self) -> str:
        """Return a token that is valid from now on for ten minutes."""
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
        from cryptography.hazmat.primitives.hashes import SHA256

        now = int(time.time())
        head = {"alg": "ES256", "kid": self.key_id, "typ": "JWT"}
        claims = {"iss": self.issuer, "iat": now, "exp": now + _SECONDS, "aud": _AUDIENCE}
        signed = ".".join(_encoded(json.dumps(one).encode()) for one in (head, claims))
        numbers = decode_dss_signature(self.private.sign(signed.encode(), ec.ECDSA(SHA256())))
        signature = b"".join(number.to_bytes(32, "big") for number in numbers)
        return f"{signed}.{_encoded(signature)}"


def read_key(path: Path, key_id: str, issuer: str) -> ConnectKey:
    """Return the key in a file.

    Raises:
        UsageError: ``notary-key-unreadable``.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        data = read_regular(path, _LARGEST)
    except NotRegularError as error:
        raise _unreadable(path=path, reason=error) from error
    except (OSError, ValueError) as error:
        raise _unreadable(path=path, reason=getattr(error, "strerror", None) or error) from error
    try:
        key = load_pem_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        reason = "it is not a private key in PEM without a password"
        raise _unreadable(path=path, reason=reason) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _unreadable(path=path, reason="it is not a key of the curve P-256")
    return ConnectKey(key_id, issuer, key)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
