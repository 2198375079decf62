"""Notarisation, with a stand-in of Apple's service that checks what it is sent."""

from __future__ import annotations

import hashlib
import io
import logging
import plistlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from sealift.errors import SealiftError
from sealift.findings import Severity
from sealift.formats.macho.plan import plan_macho
from sealift.identity import MacosIdentity
from sealift.model import SilentObserver
from sealift.notarization import NotaryOptions, follow, notarize, submission
from sealift.options import Signing
from sealift.record import replace
from sealift.signing import open_macos_signer
from sealift.tools import http
from support.certificates import Issued, issue, time_server, write
from support.command_line import Sealift
from support.macho_builder import ARM64, ENTITLED, X64, MachBuilder
from support.notary import (
    BUCKET,
    ISSUER,
    KEY_ID,
    SECRET,
    SESSION,
    SUBMISSION,
    Notary,
    notary_service,
)
from support.plans import carried_out, facts_of

BLOB = b"\x20\xda\x43\x01" + b"the blob" * 1000
IDENTITY = MacosIdentity("org.example.app")


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def unsigned(path: Path, machine: tuple[int, int, str, int], identity: MacosIdentity) -> Path:
    builder = MachBuilder(machine=machine, signature=ENTITLED)
    base = builder.build()
    facts = facts_of("macho", machine[2], builder.fuse)
    plan = plan_macho(io.BytesIO(base), facts, len(BLOB), identity)
    return write(path, carried_out(plan, base, BLOB))


@pytest.fixture(scope="module")
def publisher() -> Issued:
    return issue("Example Ltd", unit="ABCDE12345")


@pytest.fixture(scope="module")
def signed(publisher: Issued, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Executables: ready, without a timestamp, without a signature, with the right to debug."""
    folder = tmp_path_factory.mktemp("signed")
    certificate = write(folder / "own.p12", publisher.pkcs12(None))
    clock = issue("Clock", publisher)
    rights = plistlib.dumps({"com.apple.security.get-task-allow": True})
    debuggable = replace(IDENTITY, entitlements=rights)
    files = {}
    with time_server(clock) as url:
        for name, timestamp, identity in (
            ("app", url, IDENTITY),
            ("other/app", url, IDENTITY),
            ("without-time", "", IDENTITY),
            ("debuggable", url, debuggable),
        ):
            (folder / name).parent.mkdir(exist_ok=True)
            machine = X64 if name == "other/app" else ARM64
            files[name] = unsigned(folder / name, machine, identity)
            signer = open_macos_signer(Signing(certificate, timestamp_url=timestamp), identity)
            signer.sign(files[name], has_addons=False)
    files["adhoc"] = unsigned(folder / "adhoc", ARM64, IDENTITY)
    files["text"] = write(folder / "text", b"#!/bin/sh\n")
    files["windows"] = write(folder / "windows.exe", b"MZ")
    files["absent"] = folder / "absent"
    return files


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def notary(key: ec.EllipticCurvePrivateKey, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notary]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(http, "_FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(submission, "_FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(submission, "_LONGEST_PAUSE_SECONDS", 0.01)
    with notary_service(key.public_key()) as service:
        yield service


@pytest.fixture
def options(notary: Notary, key: ec.EllipticCurvePrivateKey, tmp_path: Path) -> NotaryOptions:
    return NotaryOptions(
        write(tmp_path / f"AuthKey_{KEY_ID}.p8", pem(key)),
        issuer=ISSUER,
        api=notary.url,
        storage=f"{notary.url}/storage/{{bucket}}",
    )


def test_accepted(
    notary: Notary,
    options: NotaryOptions,
    signed: dict[str, Path],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    notary.answers = ["In Progress", "In Progress", "Accepted"]
    sent: list[str] = []
    files = [signed["app"], signed["other/app"]]
    outcome = notarize(files, options, SilentObserver(), sent.append)
    outcome.check()
    assert (outcome.status, outcome.findings) == ("Accepted", ())
    assert sent == [outcome.submission] == [SUBMISSION]
    assert notary.announced["sha256"] == hashlib.sha256(notary.archive).hexdigest()
    assert notary.announced["submissionName"] == "app.zip"
    assert notary.files() == {
        "app": (0o100755, files[0].read_bytes()),
        "1/app": (0o100755, files[1].read_bytes()),
    }
    assert any(f"/storage/{BUCKET}/prod/AROAEXAMPLE%3A" in one for one in notary.requests)
    assert SECRET not in caplog.text and SESSION not in caplog.text and "Bearer" not in caplog.text


def test_the_same_files_give_the_same_archive(
    notary: Notary, options: NotaryOptions, signed: dict[str, Path]
) -> None:
    archives = []
    for _ in range(2):
        notarize([signed["app"]], replace(options, minutes=0), SilentObserver())
        archives.append(notary.archive)
    assert archives[0] == archives[1]


def test_refused(notary: Notary, options: NotaryOptions, signed: dict[str, Path]) -> None:
    notary.answers = ["Invalid"]
    path = "app.zip/app"
    notary.issues = [
        {
            "severity": "error",
            "code": None,
            "path": path,
            "message": "The executable does not have the hardened runtime enabled.",
            "architecture": "arm64",
        },
        {"severity": "warning", "path": None, "message": "Something new"},
    ]
    outcome = notarize([signed["app"]], options, SilentObserver())
    with pytest.raises(SealiftError, match="critical validation errors"):
        outcome.check()
    first, second = outcome.findings
    assert first.severity is Severity.ERROR and "codesign --options runtime" in first.remedy
    assert first.message.startswith("app.zip/app (arm64): The executable does not")
    assert (second.severity, second.message) == (
        Severity.WARNING,
        "the archive: Something new.",
    )


def test_waiting_again_sends_nothing(notary: Notary, options: NotaryOptions) -> None:
    notary.answers = ["In Progress", (500, ""), (500, ""), (500, ""), "Accepted"]
    assert follow(SUBMISSION, options, SilentObserver()).status == "Accepted"
    assert not any(one.startswith(("POST", "PUT")) for one in notary.requests)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("without-time", "no timestamp"),
        ("debuggable", "get-task-allow"),
        ("adhoc", "no publisher"),
        ("text", "not an executable"),
        ("windows", "not an executable"),
        ("absent", "No such file"),
    ],
)
def test_what_apple_would_refuse_is_not_sent(
    notary: Notary, options: NotaryOptions, signed: dict[str, Path], name: str, reason: str
) -> None:
    with pytest.raises(SealiftError) as caught:
        notarize([signed["app"], signed[name]], options, SilentObserver())
    assert reason in caught.value.message
    assert notary.requests == []


_DETAIL = '{"errors": [{"title": "FORBIDDEN", "detail": "A required agreement is missing."}]}'


@pytest.mark.parametrize(
    ("refused", "code", "reason"),
    [
        ({"create": (401, "")}, "notary-access-refused", "HTTP 401"),
        ({"create": (403, _DETAIL)}, "notary-not-permitted", "agreement is missing"),
        ({"create": (500, "<html>")}, "notary-service-failed", "HTTP 500"),
        ({"create": (200, "<html>")}, "notary-service-failed", "malformed"),
        ({"create": (200, "[" * 100_000)}, "notary-service-failed", "malformed"),
        ({"create": (307, "")}, "notary-service-failed", "HTTP 307"),
        ({"upload": (403, "<Error><Code>RequestTimeTooSkewed")}, "notary-upload-failed", "403"),
        ({"upload": (307, "")}, "notary-upload-failed", "HTTP 307"),
    ],
)
def test_a_service_that_refuses(
    notary: Notary,
    options: NotaryOptions,
    signed: dict[str, Path],
    refused: dict[str, tuple[int, str]],
    code: str,
    reason: str,
) -> None:
    notary.refused = refused
    with pytest.raises(SealiftError) as caught:
        notarize([signed["app"]], options, SilentObserver())
    assert caught.value.code == code and reason in caught.value.message
    assert not any("elsewhere" in one for one in notary.requests), "secrets go nowhere else"


def test_names_that_a_server_may_not_give(
    notary: Notary, options: NotaryOptions, signed: dict[str, Path]
) -> None:
    data = {
        "awsAccessKeyId": "A",
        "awsSecretAccessKey": "B",
        "awsSessionToken": "C\\r\\nHost: x",
        "bucket": "x.example.com/",
        "object": "o",
    }
    pairs = ", ".join(f'"{name}": "{value}"' for name, value in data.items())
    answer = f'{{"data": {{"id": "{SUBMISSION}", "attributes": {{{pairs}}}}}}}'
    notary.refused = {"create": (200, answer)}
    with pytest.raises(SealiftError, match="its answer is malformed"):
        notarize([signed["app"]], options, SilentObserver())


def test_time_is_limited(notary: Notary, options: NotaryOptions) -> None:
    notary.answers = ["In Progress"]
    with pytest.raises(SealiftError) as caught:
        follow(SUBMISSION, replace(options, minutes=0.001), SilentObserver())
    assert caught.value.code == "notary-undecided"
    assert f"--submission {SUBMISSION}" in caught.value.remedy


def test_a_submission_that_is_unknown_or_malformed(notary: Notary, options: NotaryOptions) -> None:
    notary.answers = [(404, "{}")]
    with pytest.raises(SealiftError) as caught:
        follow(SUBMISSION, options, SilentObserver())
    assert caught.value.code == "notary-submission-unknown"
    with pytest.raises(SealiftError) as caught:
        follow("../../users", options, SilentObserver())
    assert caught.value.code == "notary-submission-malformed"


def test_keys_that_are_not_usable(notary: Notary, options: NotaryOptions, tmp_path: Path) -> None:
    contents = {
        "text": b"hello",
        "other-curve": pem(ec.generate_private_key(ec.SECP384R1())),
        "rsa": pem(rsa.generate_private_key(65537, 2048)),
        "large": bytes(100_000),
    }
    paths = [write(tmp_path / name, content) for name, content in contents.items()]
    for path in (*paths, tmp_path, tmp_path / "absent"):
        with pytest.raises(SealiftError) as caught:
            follow(SUBMISSION, replace(options, key=path, key_id="A"), SilentObserver())
        assert caught.value.code == "notary-key-unreadable", path
    with pytest.raises(SealiftError, match="--key-id"):
        follow(SUBMISSION, replace(options, key=paths[0]), SilentObserver())
    with pytest.raises(SealiftError, match="--issuer"):
        follow(SUBMISSION, replace(options, issuer=""), SilentObserver())


@pytest.mark.parametrize("url", ["http://example.com", "ftp://127.0.0.1.example.com", "x", "//["])
def test_keys_are_sent_encrypted_only(options: NotaryOptions, url: str) -> None:
    for changed in (replace(options, api=url), replace(options, storage=url)):
        with pytest.raises(SealiftError) as caught:
            follow(SUBMISSION, changed, SilentObserver())
        assert caught.value.code == "notary-address-unsafe"


def test_the_command(
    sealift: Sealift, notary: Notary, options: NotaryOptions, signed: dict[str, Path]
) -> None:
    access = {
        "SEALIFT_NOTARY_URL": options.api,
        "SEALIFT_NOTARY_STORAGE_URL": options.storage,
        "SEALIFT_NOTARY_KEY": str(options.key),
        "SEALIFT_NOTARY_ISSUER": ISSUER,
    }
    done = sealift("notarize", signed["app"], env=access)
    assert (done.code, done.stdout) == (0, f"{SUBMISSION}: Accepted\n"), done.stderr
    assert f"submission {SUBMISSION}" in done.stderr
    notary.answers = ["Invalid"]
    notary.issues = [{"severity": "error", "path": "app", "message": "The binary is not signed."}]
    done = sealift("notarize", "--submission", SUBMISSION, env=access)
    assert done.code == 5
    assert "app: The binary is not signed." in done.stderr
    assert "Archive contains critical validation errors" in done.stderr
    for wrong in ([], [str(signed["app"]), "--submission", SUBMISSION]):
        assert sealift("notarize", *wrong, env=access).code == 2
    assert sealift("notarize", signed["app"]).code == 2
