"""The signature of a macOS code directory: detached CMS, with Apple's attributes.

Two attributes repeat the digest of the code directory, as Apple's tools write them: a property list
with its first 20 bytes, and its algorithm with all of it. Source: Apple's ``SecCodeSigner`` and
``CMSEncoder`` of Security.
"""

from __future__ import annotations

import hashlib
import plistlib
from collections.abc import Callable
from datetime import UTC, datetime

from asn1crypto import cms, core

from sealift.signing.credentials import Credentials
from sealift.signing.signer_info import SHA256, attribute, certificates_of, signer_info

_DIGEST_LIST = "1.2.840.113635.100.9.1"
_DIGESTS = "1.2.840.113635.100.9.2"
_SHA256_KIND = "2.16.840.1.101.3.4.2.1"
_LISTED = 20  # bytes of a digest


class _Digest(core.Sequence):
    _fields = [("algorithm", core.ObjectIdentifier), ("digest", core.OctetString)]  # noqa: RUF012


def code_signature(
    directory: bytes,
    credentials: Credentials,
    timestamp: Callable[[bytes], cms.ContentInfo] | None,
) -> bytes:
    """Return the signature, DER, of a code directory.

    Args:
        directory: the code directory.
        timestamp: returns the token of a time server for a signature; None for no timestamp.

    Raises:
        UsageError, OutputError: the key or the time server did not do its part.
    """
    digest = hashlib.sha256(directory).digest()
    listed = plistlib.dumps({"cdhashes": [digest[:_LISTED]]})
    attributes = [
        attribute("content_type", "data"),
        attribute("signing_time", cms.Time({"utc_time": datetime.now(UTC)})),
        attribute("message_digest", digest),
        attribute(_DIGEST_LIST, core.Any(core.OctetString(listed))),
        attribute(_DIGESTS, core.Any(_Digest({"algorithm": _SHA256_KIND, "digest": digest}))),
    ]
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [SHA256],
            "encap_content_info": {"content_type": "data"},
            "certificates": certificates_of(credentials),
            "signer_infos": [
                signer_info(credentials, attributes, "signature_time_stamp_token", timestamp)
            ],
        }
    )
    whole = cms.ContentInfo({"content_type": "signed_data", "content": signed})
    return bytes(whole.dump())
