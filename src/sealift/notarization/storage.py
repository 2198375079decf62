"""Send a file to Amazon S3 with the temporary credentials that Apple's notary service gives.

One PUT, signed with AWS Signature Version 4. Source: "Authenticating Requests: Using the
Authorization Header" of Amazon's S3 API reference. A library for it would be a hundred times as
large as its one use here; the tests have one check the signature.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

from msgspec import Struct

from sealift.tools.http import Client

STORAGE = "https://{bucket}.s3-accelerate.amazonaws.com"
"""Where Apple's own tool sends archives; ``{bucket}`` is part of Apple's answer."""
_REGION = "us-west-2"
_ALGORITHM = "AWS4-HMAC-SHA256"
_CHUNK = 1 << 20
_LARGEST_ANSWER = 64 << 10


class Place(Struct, frozen=True):
    """Where a file is to be sent, and the right to do so.

    Attributes:
        url: of the object, with its path encoded.
        key_id, secret, session: temporary credentials; only the first may be shown.
    """

    url: str
    key_id: str
    secret: str
    session: str

    def __repr__(self) -> str:
        return f"Place({self.url!r}, {self.key_id!r})"


def object_url(base: str, bucket: str, name: str) -> str:
    """Return the address of an object; ``base`` may contain ``{bucket}``."""
    server = base.replace("{bucket}", bucket).rstrip("/")
    return f"{server}/{quote(name, safe='/-_.~')}"


def upload(
    path: Path, size: int, sha256: str, place: Place, advance: Callable[[int], None]
) -> None:
    """Send a file.

    Args:
        sha256: its digest, in hex.
        advance: called with the number of bytes of each piece.

    Raises:
        HttpError: the server refused it, or cannot be reached.
        OSError: the file cannot be read.
    """

    def pieces() -> Iterator[bytes]:
        with path.open("rb") as file:
            while piece := file.read(_CHUNK):
                yield piece
                advance(len(piece))

    headers = signed_headers("PUT", place, sha256, datetime.now(UTC))
    with Client() as client:
        client.send(
            "PUT",
            place.url,
            {**headers, "Content-Length": str(size), "Content-Type": "application/zip"},
            pieces,
            largest=_LARGEST_ANSWER,
        )


def signed_headers(method: str, place: Place, sha256: str, now: datetime) -> Mapping[str, str]:
    """Return the headers of a request with the signature of its content and of themselves."""
    time = now.strftime("%Y%m%dT%H%M%SZ")
    url = urlsplit(place.url)
    headers = {
        "host": url.netloc,
        "x-amz-content-sha256": sha256,
        "x-amz-date": time,
    }
    if place.session:
        headers["x-amz-security-token"] = place.session
    names = ";".join(headers)  # in the order of the alphabet
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"{method}\n{url.path}\n\n{lines}\n{names}\n{sha256}"
    scope = f"{time[:8]}/{_REGION}/s3/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{place.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signed = f"{_ALGORITHM}\n{time}\n{scope}\n{digest}"
    signature = hmac.digest(key, signed.encode(), "sha256").hex()
    headers["authorization"] = (
        f"{_ALGORITHM} Credential={place.key_id}/{scope},"
        f"SignedHeaders={names},Signature={signature}"
    )
    return headers
