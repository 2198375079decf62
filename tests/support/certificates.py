"""Certificates for signing programs, and a time server, made for a test."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_SHA256 = {"algorithm": "sha256", "parameters": core.Null()}
STAMPED = datetime.datetime.now(datetime.UTC).replace(microsecond=0) - datetime.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def pkcs12(self, password: bytes | None, *others: Issued) -> bytes:
        encryption = (
            serialization.NoEncryption()
            if password is None
            else serialization.BestAvailableEncryption(password)
        )
        chain = [one.certificate for one in others]
        return pkcs12.serialize_key_and_certificates(
            b"signer", self.key, self.certificate, chain, encryption
        )


def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def issue(
    name: str,
    issuer: Issued | None = None,
    *,
    key: Key | None = None,
    purpose: ObjectIdentifier | None = ExtendedKeyUsageOID.CODE_SIGNING,
    start: int = -1,
    end: int = 30,
    signs: bool = True,
    unit: str = "",
) -> Issued:
    """Return a certificate; ``start`` and ``end`` are days from now, no issuer means itself."""
    key = key or rsa_key()
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if unit:
        names.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
    subject = x509.Name(names)
    is_authority = purpose is None
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=start))
        .not_valid_after(now + datetime.timedelta(days=end))
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(
            x509.KeyUsage(
                *(signs, False, not signs, False, False, is_authority, is_authority),
                *(False, False),
            ),
            critical=True,
        )
    )
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
    return Issued(builder.sign((issuer.key if issuer else key), hashes.SHA256()), key)


@contextmanager
def time_server(issued: Issued, fault: str = "") -> Iterator[str]:
    """Run a time server on this machine and yield its URL.

    ``fault`` is what is wrong with its answers: ``refused``, ``nonce``, ``imprint``, ``signature``,
    ``text``, ``busy``, ``slow``; "" for nothing.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            answer = b"<html>" if fault == "text" else timestamp(issued, data, fault)
            self.send_response(503 if fault == "busy" else 200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            if fault == "slow":
                for byte in answer[:40]:
                    time.sleep(0.05)
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                return
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join(10)


def timestamp(issued: Issued, request: bytes, fault: str) -> bytes:
    """Return the answer of a time server to a request (RFC 3161)."""
    asked = tsp.TimeStampReq.load(request, strict=True)
    if fault == "refused":
        return bytes.fromhex("3005 3003 020102")  # a rejection, without a token
    imprint = asked["message_imprint"].copy()
    if fault == "imprint":
        imprint["hashed_message"] = bytes(32)
    info = tsp.TSTInfo(
        {
            "version": "v1",
            "policy": "1.2.3.4",
            "message_imprint": imprint,
            "serial_number": 7,
            "gen_time": STAMPED,
            "nonce": asked["nonce"].native + (fault == "nonce"),
        }
    ).dump()
    certificate = asn1_x509.Certificate.load(
        issued.certificate.public_bytes(serialization.Encoding.DER)
    )
    digest = hashes.Hash(hashes.SHA256())
    digest.update(info)
    certificate_digest = issued.certificate.fingerprint(hashes.SHA256())
    signing = tsp.SigningCertificateV2({"certs": [{"cert_hash": certificate_digest}]})
    attributes = cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": ["tst_info"]}),
            cms.CMSAttribute({"type": "message_digest", "values": [digest.finalize()]}),
            cms.CMSAttribute({"type": "signing_certificate_v2", "values": [signing]}),
        ]
    )
    assert isinstance(issued.key, rsa.RSAPrivateKey)
    signed = b"" if fault == "signature" else attributes.dump()
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                {"issuer": certificate.issuer, "serial_number": certificate.serial_number},
            ),
            "digest_algorithm": algos.DigestAlgorithm(_SHA256),
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "rsassa_pkcs1v15", "parameters": core.Null()},
            "signature": issued.key.sign(signed, padding.PKCS1v15(), hashes.SHA256()),
        }
    )
    token = cms.ContentInfo(
        {
            "content_type": "signed_data",
            "content": cms.SignedData(
                {
                    "version": "v3",
                    "digest_algorithms": [_SHA256],
                    "encap_content_info": {
                        "content_type": "tst_info",
                        "content": core.ParsableOctetString(info),
                    },
                    "certificates": [certificate],
                    "signer_infos": [signer],
                }
            ),
        }
    )
    whole = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})
    return bytes(whole.dump())


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
