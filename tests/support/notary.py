"""A stand-in of Apple's notary service and of the storage that it uses, on this machine.

The tokens are checked by `cryptography`, the signatures of uploads by Amazon's own library.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

SUBMISSION = "2efe2717-52ef-43a5-96dc-0797e4ca1041"
KEY_ID, ISSUER = "ABC123DEFG", "70a7de6a-a537-48e3-a053-5a8a7c22a4a1"
ACCESS_KEY, SECRET, SESSION = "ASIAIOSFODNN7EXAMPLE", "wJalr/XUtnFEMI+K7MDENG", "AQoDYXdzEJr=="
BUCKET, OBJECT = "notary-submissions-test", "prod/AROAEXAMPLE:2efe2717-52ef"


@dataclass
class Notary:
    """What the stand-in does, and what it has seen.

    Attributes:
        answers: of its API, in order: a status of a submission, or an HTTP status and a body. The
            last one is repeated.
        issues: of its log.
        refused: HTTP status and body of an announcement or upload, by ``create`` or ``upload``.
        requests: method and path of each.
        archive: what was uploaded.
    """

    public: ec.EllipticCurvePublicKey
    answers: list[str | tuple[int, str]] = field(default_factory=lambda: ["Accepted"])
    issues: list[dict[str, Any]] = field(default_factory=list)
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    announced: dict[str, str] = field(default_factory=dict)
    archive: bytes = b""
    url: str = ""

    def files(self) -> dict[str, tuple[int, bytes]]:
        """Return mode and content of each file in the archive."""
        with zipfile.ZipFile(io.BytesIO(self.archive)) as archive:
            return {
                one.filename: (one.external_attr >> 16, archive.read(one))
                for one in archive.infolist()
            }

    def claims(self, authorization: str) -> dict[str, Any]:
        """Return the claims of a token, after checking its signature."""
        kind, _, token = authorization.partition(" ")
        signed, _, signature = token.rpartition(".")
        head, claims = (json.loads(_decoded(part)) for part in signed.split("."))
        assert (kind, head) == ("Bearer", {"alg": "ES256", "kid": KEY_ID, "typ": "JWT"})
        raw = _decoded(signature)
        assert len(raw) == 64
        der = encode_dss_signature(*(int.from_bytes(raw[at : at + 32], "big") for at in (0, 32)))
        self.public.verify(der, signed.encode(), ec.ECDSA(SHA256()))
        found: dict[str, Any] = claims
        return found


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _check_upload(url: str, headers: dict[str, str], body: bytes) -> None:
    """Sign the request again with Amazon's library, and compare."""
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    assert headers["x-amz-content-sha256"] == hashlib.sha256(body).hexdigest()
    assert headers["x-amz-security-token"] == SESSION
    stated = datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - stated).total_seconds()) < 900
    scope = headers["authorization"].partition("Credential=")[2].partition(",")[0].split("/")
    assert [scope[0], *scope[2:]] == [ACCESS_KEY, "us-west-2", "s3", "aws4_request"]
    names = headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    request = AWSRequest(
        "PUT", url, {name: headers[name] for name in names if name != "host"}, body
    )
    request.context["timestamp"] = headers["x-amz-date"]
    signer = S3SigV4Auth(Credentials(ACCESS_KEY, SECRET, SESSION), "s3", "us-west-2")
    expected = signer.signature(
        signer.string_to_sign(request, signer.canonical_request(request)), request
    )
    assert headers["authorization"].endswith(f"Signature={expected}")


@contextmanager
def notary_service(public: ec.EllipticCurvePublicKey) -> Iterator[Notary]:
    """Run the stand-in; its API is at ``url``, and its storage at ``url``/storage/{bucket}."""
    notary = Notary(public)
    faults: list[BaseException] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer("GET")

        def do_POST(self) -> None:
            self.answer("POST")

        def do_PUT(self) -> None:
            self.answer("PUT")

        def answer(self, method: str) -> None:
            notary.requests.append(f"{method} {self.path}")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                status, text = self.reply(method, body)
            except BaseException as fault:
                faults.append(fault)
                status, text = 400, "{}"
            self.send_response(status)
            if status == 307:
                self.send_header("Location", f"{notary.url}/elsewhere")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def reply(self, method: str, body: bytes) -> tuple[int, str]:
            if self.path.startswith("/storage/"):
                if "upload" in notary.refused:
                    return notary.refused["upload"]
                headers = {name.lower(): value for name, value in self.headers.items()}
                _check_upload(notary.url + self.path, headers, body)
                notary.archive = body
                return 200, ""
            if self.path == "/log":
                assert "Authorization" not in self.headers, "the log is on another server"
                summary = "Archive contains critical validation errors"
                return 200, json.dumps({"statusSummary": summary, "issues": notary.issues or None})
            claims = notary.claims(self.headers["Authorization"])
            assert claims["iss"] == ISSUER and claims["aud"] == "appstoreconnect-v1"
            assert abs(claims["iat"] - time.time()) < 60
            assert 0 < claims["exp"] - claims["iat"] <= 1200
            if method == "POST":
                if "create" in notary.refused:
                    return notary.refused["create"]
                notary.announced = json.loads(body)
                storage = {
                    "awsAccessKeyId": ACCESS_KEY,
                    "awsSecretAccessKey": SECRET,
                    "awsSessionToken": SESSION,
                    "bucket": BUCKET,
                    "object": OBJECT,
                }
                data = {"id": SUBMISSION, "type": "newSubmissions", "attributes": storage}
                return 200, json.dumps({"data": data, "meta": {}})
            if self.path.endswith("/logs"):
                return 200, json.dumps(
                    {"data": {"attributes": {"developerLogUrl": f"{notary.url}/log"}}}
                )
            answers = notary.answers
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, tuple):
                return answer
            return 200, json.dumps({"data": {"attributes": {"status": answer, "name": "x"}}})

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        notary.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield notary
        finally:
            server.shutdown()
            thread.join(10)
    if faults:
        raise faults[0]
