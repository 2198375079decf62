"""Timestamps of a time server (RFC 3161), which keep a signature valid after its certificate."""

from __future__ import annotations

import hashlib
import secrets

from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from sealift.signing import messages
from sealift.signing.certificates import is_signed_by
from sealift.tools.http import Client, HttpError
from sealift.tools.subprocesses import redact

_SECONDS = 30.0
_LARGEST = 1 << 20
_GRANTED = ("granted", "granted_with_mods")
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


class _Response(core.Sequence):
    """A TimeStampResp; that of asn1crypto always has a token, which a refusal does not have."""

    _fields = [  # noqa: RUF012
        ("status", tsp.PKIStatusInfo),
        ("token", cms.ContentInfo, {"optional": True}),
    ]


class _RefusedError(Exception):
    """The answer of a time server is not a timestamp of what was asked."""


def fetch_timestamp(url: str, signature: bytes) -> cms.ContentInfo:
    """Return the token of a time server that a signature existed, after checking it.

    Raises:
        OutputError: ``timestamp-failed``.
    """
    digest, nonce = hashlib.sha256(signature).digest(), secrets.randbits(63)
    request = tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {
                "hash_algorithm": {"algorithm": "sha256", "parameters": core.Null()},
                "hashed_message": digest,
            },
            "nonce": nonce,
            "cert_req": True,
        }
    )
    try:
        with Client(_SECONDS, longest=_SECONDS) as client:
            answer = client.post(
                url, request.dump(), "application/timestamp-query", largest=_LARGEST
            )
        return _token(answer, digest, nonce)
    except HttpError as error:
        reason = error.reason.rstrip(".")
        raise messages.TIMESTAMP_FAILED.error(url=redact(url), reason=reason) from error
    except _RefusedError as error:
        raise messages.TIMESTAMP_FAILED.error(url=redact(url), reason=error) from error
    except (ValueError, TypeError, KeyError) as error:
        reason = "its answer is malformed"
        raise messages.TIMESTAMP_FAILED.error(url=redact(url), reason=reason) from error


def _token(answer: bytes, digest: bytes, nonce: int) -> cms.ContentInfo:
    response = _Response.load(answer, strict=True)
    status = response["status"]["status"].native
    if status not in _GRANTED:
        raise _RefusedError(f"it answered '{status}'")
    token = response["token"]
    signed = token["content"]
    stamp = signed["encap_content_info"]["content"]
    info = stamp.parsed
    if info["message_imprint"]["hashed_message"].native != digest:
        raise _RefusedError("it is for something else")
    if info["nonce"].native != nonce:
        raise _RefusedError("it answers another request")
    _check_signature(signed, bytes(stamp))
    return token


def _check_signature(signed: cms.SignedData, content: bytes) -> None:
    (signer,) = signed["signer_infos"]
    algorithm = signer["digest_algorithm"]["algorithm"].native
    attributes = {one["type"].native: one["values"] for one in signer["signed_attrs"]}
    hashing = _HASHES.get(algorithm)
    if hashing is None:
        raise _RefusedError(f"its digest is {algorithm}")
    if attributes["message_digest"][0].native != hashlib.new(algorithm, content).digest():
        raise _RefusedError("its digest is wrong")
    data = signer["signed_attrs"].untag().dump()
    signature = signer["signature"].native
    certificates = (
        x509.load_der_x509_certificate(one.chosen.dump()) for one in signed["certificates"]
    )
    if not any(is_signed_by(one, signature, data, hashing) for one in certificates):
        raise _RefusedError("its signature is wrong")
