"""The Authenticode signature of a Windows executable: a PKCS #7 SignedData around its digest.

Source: Microsoft's "Windows Authenticode Portable Executable Signature Format"; RFC 2315 (PKCS #7
1.5). The signed content is not in an octet string, as CMS has it, and the digest of the content
leaves out its tag and length.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from asn1crypto import algos, cms, core

from sealift.signing.credentials import Credentials
from sealift.signing.signer_info import SHA256, attribute, certificates_of, signer_info

_INDIRECT_DATA = "1.3.6.1.4.1.311.2.1.4"
_PE_IMAGE = "1.3.6.1.4.1.311.2.1.15"
_STATEMENT_TYPE = "1.3.6.1.4.1.311.2.1.11"
_INDIVIDUAL = "1.3.6.1.4.1.311.2.1.21"
_OPUS_INFO = "1.3.6.1.4.1.311.2.1.12"
# SpcPeImageData: no flags, and an empty file name, as signtool writes it.
_PE_IMAGE_DATA = bytes.fromhex("3009 030100 a004 a202 8000")


class _ImageData(core.Sequence):
    _fields = [("type", core.ObjectIdentifier), ("value", core.Any)]  # noqa: RUF012


class _IndirectData(core.Sequence):
    _fields = [("data", _ImageData), ("digest", algos.DigestInfo)]  # noqa: RUF012


class _Content(core.Sequence):
    _fields = [  # noqa: RUF012
        ("content_type", core.ObjectIdentifier),
        ("content", _IndirectData, {"explicit": 0}),
    ]


class _SignedData(core.Sequence):
    _fields = [  # noqa: RUF012
        ("version", core.Integer),
        ("digest_algorithms", cms.DigestAlgorithms),
        ("content", _Content),
        ("certificates", cms.CertificateSet, {"implicit": 0}),
        ("signer_infos", cms.SignerInfos),
    ]


class _ContentInfo(core.Sequence):
    _fields = [  # noqa: RUF012
        ("content_type", core.ObjectIdentifier),
        ("content", _SignedData, {"explicit": 0}),
    ]


class _Text(core.Choice):
    _alternatives = [("unicode", core.BMPString, {"implicit": 0})]  # noqa: RUF012


class _OpusInfo(core.Sequence):
    _fields = [("name", _Text, {"explicit": 0})]  # noqa: RUF012


class _Statements(core.SequenceOf):
    _child_spec = core.ObjectIdentifier


def authenticode_signature(
    digest: bytes,
    name: str,
    credentials: Credentials,
    timestamp: Callable[[bytes], cms.ContentInfo] | None,
) -> bytes:
    """Return the signature, DER, of an executable.

    Args:
        digest: of the executable, SHA-256, as Authenticode defines it.
        name: of the program; Windows shows it when it asks for an administrator's rights.
        timestamp: returns the token of a time server for a signature; None for no timestamp.

    Raises:
        UsageError, OutputError: the key or the time server did not do its part.
    """
    content = _IndirectData(
        {
            "data": {"type": _PE_IMAGE, "value": core.Any.load(_PE_IMAGE_DATA)},
            "digest": {"digest_algorithm": SHA256, "digest": digest},
        }
    )
    content.dump()
    attributes = [
        attribute("content_type", _INDIRECT_DATA),
        attribute("message_digest", hashlib.sha256(content.contents).digest()),
        attribute(_STATEMENT_TYPE, core.Any(_Statements([_INDIVIDUAL]))),
        attribute(_OPUS_INFO, _opus_info(name)),
    ]
    signer = signer_info(credentials, attributes, "microsoft_time_stamp_token", timestamp)
    signed = _SignedData(
        {
            "version": 1,
            "digest_algorithms": [SHA256],
            "content": {"content_type": _INDIRECT_DATA, "content": content},
            "certificates": certificates_of(credentials),
            "signer_infos": [signer],
        }
    )
    whole = _ContentInfo({"content_type": "1.2.840.113549.1.7.2", "content": signed})
    return bytes(whole.dump())


def _opus_info(name: str) -> core.Any:
    if not name:
        return core.Any.load(b"\x30\x00")  # an empty sequence
    return core.Any(_OpusInfo({"name": _Text("unicode", core.BMPString(name, implicit=0))}))
