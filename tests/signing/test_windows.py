"""Signatures of executables for Windows; osslsigncode and LIEF check them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import lief
import pefile
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from rigs.capability import lacking
from sealift.errors import SealiftError
from sealift.options import Signing
from sealift.signing import open_windows_signer, timestamp
from sealift.tools import http
from sealift.verify import publisher_signature, verify_signed
from support.certificates import STAMPED, Issued, issue, time_server, write
from support.signed import unsigned

PASSWORD = "geheim"


@pytest.fixture(scope="module")
def authority() -> Issued:
    return issue("Test Root", purpose=None)


@pytest.fixture(scope="module")
def publisher(authority: Issued) -> Issued:
    return issue("Example Ltd", authority)


@pytest.fixture(scope="module")
def clock(authority: Issued) -> Issued:
    return issue("Clock", authority, purpose=ExtendedKeyUsageOID.TIME_STAMPING)


@pytest.fixture
def options(tmp_path: Path, publisher: Issued, authority: Issued) -> Signing:
    certificate = write(tmp_path / "own.p12", publisher.pkcs12(PASSWORD.encode(), authority))
    return Signing(certificate, write(tmp_path / "password", b"geheim\r\nnot this\n"))


@pytest.fixture
def osslsigncode(equipment: None, tmp_path: Path, authority: Issued) -> list[str]:
    """The command that verifies a file against the authority, without the file."""
    if shutil.which("osslsigncode") is None:
        lacking("osslsigncode")
    root = str(write(tmp_path / "root.pem", authority.pem()))
    return ["osslsigncode", "verify", "-CAfile", root, "-TSA-CAfile", root, "-in"]


def accepted(command: list[str], file: Path) -> str:
    done = subprocess.run(
        [*command, str(file)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Signature verification: ok" in done.stdout
    return done.stdout


def code_of(options: Signing, path: Path | None = None) -> tuple[str, str]:
    """Return the code and the text of the error that signing ends with."""
    with pytest.raises(SealiftError) as caught:
        signer = open_windows_signer(options, "")
        if path is not None:
            signer.sign(path)
    assert PASSWORD not in caught.value.message + caught.value.remedy
    return caught.value.code, caught.value.message


def with_certificate(tmp_path: Path, issued: Issued) -> Signing:
    return Signing(write(tmp_path / "other.p12", issued.pkcs12(None)))


@pytest.mark.parametrize(("wide", "alignment"), [(True, 512), (False, 512), (True, 4)])
def test_a_signature_that_others_accept(
    options: Signing, osslsigncode: list[str], tmp_path: Path, wide: bool, alignment: int
) -> None:
    file = unsigned(tmp_path / "app.exe", wide=wide, file_alignment=alignment)
    open_windows_signer(options, "Grüße 日本").sign(file)
    verify_signed(file, "pe", "x64")
    assert "Text description: Grüße 日本" in accepted(osslsigncode, file)
    parsed = lief.PE.parse(str(file))
    assert parsed is not None
    assert parsed.verify_signature() == lief.PE.Signature.VERIFICATION_FLAGS.OK
    image = pefile.PE(str(file))
    assert image.verify_checksum()
    with file.open("rb") as opened:
        assert publisher_signature(opened, "pe") == ("Example Ltd", "")


def test_without_a_timestamp_the_same_input_gives_the_same_bytes(
    options: Signing, tmp_path: Path
) -> None:
    files = [unsigned(tmp_path / name) for name in ("a.exe", "b.exe")]
    for file in files:
        open_windows_signer(options, "").sign(file)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_an_elliptic_curve_key(authority: Issued, osslsigncode: list[str], tmp_path: Path) -> None:
    own = issue("Curve", authority, key=ec.generate_private_key(ec.SECP384R1()))
    file = unsigned(tmp_path / "app.exe")
    open_windows_signer(with_certificate(tmp_path, own), "").sign(file)
    accepted(osslsigncode, file)


def test_a_timestamp(
    options: Signing, osslsigncode: list[str], clock: Issued, tmp_path: Path
) -> None:
    file = unsigned(tmp_path / "app.exe")
    with time_server(clock) as url:
        stamped = Signing(options.certificate, options.password_file, timestamp_url=url)
        open_windows_signer(stamped, "").sign(file)
    assert "Timestamp Server Signature verification: ok" in accepted(osslsigncode, file)
    with file.open("rb") as opened:
        found = publisher_signature(opened, "pe")
    assert found == ("Example Ltd", STAMPED.strftime("%Y-%m-%d %H:%M:%S UTC"))


@pytest.mark.parametrize("encoding", ["raw", "base64"])
def test_a_command_that_signs(
    publisher: Issued, osslsigncode: list[str], tmp_path: Path, encoding: str
) -> None:
    key = write(tmp_path / "key.pem", publisher.key_pem())
    command = f"openssl pkeyutl -sign -inkey '{key}' -pkeyopt digest:sha256"
    if encoding == "base64":
        command = f'sh -c "{command} | base64"'
    signing = Signing(write(tmp_path / "own.pem", publisher.pem()), command=command)
    file = unsigned(tmp_path / "app.exe")
    open_windows_signer(signing, "").sign(file)
    accepted(osslsigncode, file)


@pytest.mark.parametrize(
    ("program", "code", "word"),
    [
        ("import sys; sys.exit('no token: password=hunter2')", "sign-command-failed", "no token"),
        ("pass", "sign-command-failed", "it wrote nothing"),
        ("print('AAAA')", "signing-key-differs", "Example Ltd"),
    ],
)
def test_a_command_that_does_not(
    publisher: Issued, tmp_path: Path, program: str, code: str, word: str
) -> None:
    certificate = write(tmp_path / "own.pem", publisher.pem())
    signing = Signing(certificate, command=f"'{sys.executable}' -c \"{program}\"")
    file = unsigned(tmp_path / "app.exe")
    before = file.read_bytes()
    found, message = code_of(signing, file)
    assert (found, file.read_bytes()) == (code, before)
    assert word in message and "hunter2" not in message


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ("refused", "rejection"),
        ("nonce", "another request"),
        ("imprint", "something else"),
        ("signature", "signature is wrong"),
        ("text", "malformed"),
        ("busy", "HTTP 503"),
        ("slow", "takes too long"),
    ],
)
def test_a_time_server_that_fails(
    options: Signing,
    clock: Issued,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    word: str,
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(http, "_FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(timestamp, "_SECONDS", 0.5)
    file = unsigned(tmp_path / "app.exe")
    before = file.read_bytes()
    with time_server(clock, fault) as url:
        stamped = Signing(options.certificate, options.password_file, timestamp_url=url)
        code, message = code_of(stamped, file)
    assert (code, file.read_bytes()) == ("timestamp-failed", before)
    assert word in message


@pytest.mark.parametrize("url", ["nonsense", "ftp://x", "http://", "http://[", "file:///x"])
def test_an_address_that_no_time_server_has(options: Signing, url: str) -> None:
    stamped = Signing(options.certificate, options.password_file, timestamp_url=url)
    assert code_of(stamped)[0] == "timestamp-address-malformed"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://user:geheim@127.0.0.1:1/"])
def test_a_time_server_that_is_away(
    options: Signing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(http, "_FIRST_PAUSE_SECONDS", 0.01)
    file = unsigned(tmp_path / "app.exe")
    before = file.read_bytes()
    stamped = Signing(options.certificate, options.password_file, timestamp_url=url)
    assert (code_of(stamped, file)[0], file.read_bytes()) == ("timestamp-failed", before)


def test_passwords(options: Signing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEALIFT_SIGN_PASSWORD", raising=False)
    alone = Signing(options.certificate)
    assert code_of(alone)[0] == "certificate-password-missing"
    monkeypatch.setenv("SEALIFT_SIGN_PASSWORD", "wrong")
    code, message = code_of(alone)
    assert code == "certificate-password-wrong" and "wrong" not in message
    monkeypatch.setenv("SEALIFT_SIGN_PASSWORD", PASSWORD)
    open_windows_signer(alone, "")
    absent = Signing(options.certificate, tmp_path / "absent")
    assert code_of(absent)[0] == "certificate-password-unreadable"


@pytest.mark.parametrize("content", [b"", b"MZ", b"0\x80", b"0\x03\x02\x01\x03"])
def test_files_that_are_no_certificate(tmp_path: Path, content: bytes) -> None:
    file = write(tmp_path / "own.p12", content)
    assert code_of(Signing(file))[0] == "certificate-unreadable"
    assert code_of(Signing(file, command="true"))[0] == "certificate-unreadable"
    assert code_of(Signing(tmp_path))[0] == "certificate-unreadable"
    assert code_of(Signing(tmp_path / "absent"))[0] == "certificate-unreadable"


def test_certificates_that_may_not_sign_programs(authority: Issued, tmp_path: Path) -> None:
    expected = {
        "certificate-not-valid": [{"start": -9, "end": -2}, {"start": 2}],
        "certificate-unsuitable": [
            {"purpose": ExtendedKeyUsageOID.SERVER_AUTH},
            {"purpose": None},
            {"signs": False},
        ],
    }
    for code, cases in expected.items():
        for case in cases:
            own = issue("Example Ltd", authority, key=authority.key, **case)  # type: ignore[arg-type]
            found, message = code_of(with_certificate(tmp_path, own))
            assert found == code, case
            assert "Example Ltd" in message


@pytest.mark.parametrize("command", ["'", "  "])
def test_a_malformed_command(publisher: Issued, tmp_path: Path, command: str) -> None:
    certificate = write(tmp_path / "own.pem", publisher.pem())
    signing = Signing(certificate, command=command)
    assert code_of(signing)[0] == "sign-command-malformed"


def test_a_missing_library(options: Signing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asn1crypto", None)
    code, message = code_of(options)
    assert code == "signing-libraries-missing" and "asn1crypto" in message


def test_a_file_that_is_signed_already(options: Signing, tmp_path: Path) -> None:
    file = unsigned(tmp_path / "app.exe")
    open_windows_signer(options, "").sign(file)
    assert code_of(options, file)[1].endswith("it is signed already.")
