"""Signatures of publishers for macOS; OpenSSL and LIEF check them."""

from __future__ import annotations

import io
import plistlib
import struct
import subprocess
from pathlib import Path

import lief
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from sealift.errors import FormatError, SealiftError
from sealift.formats.macho.plan import plan_macho
from sealift.identity import MacosIdentity
from sealift.options import Signing
from sealift.signing import open_macos_signer
from sealift.verify import publisher_signature, verify_signed
from support.certificates import STAMPED, Issued, issue, time_server, write
from support.macho_builder import ARM64, ENTITLED, X64, MachBuilder
from support.plans import carried_out, facts_of

BLOB = b"\x20\xda\x43\x01" + b"the blob" * 1000
TEAM = "ABCDE12345"
IDENTITY = MacosIdentity("org.example.app")
RIGHTS = "com.apple.security.cs."
SIGNATURE = 0x1D

# `codesign` writes this for a Developer ID:
#   identifier "org.example.app" and anchor apple generic and
#   certificate 1[field.1.2.840.113635.100.6.2.6] exists and
#   certificate leaf[field.1.2.840.113635.100.6.1.13] exists and
#   certificate leaf[subject.OU] = ABCDE12345
REQUIREMENT = bytes.fromhex(
    "00000006 00000006 00000006 00000006 00000002 0000000f"
    + b"org.example.app\0".hex()
    + "0000000f 0000000e 00000001 0000000a 2a864886f76364060206 0000 00000000"
    + "0000000e 00000000 0000000a 2a864886f7636406010d 0000 00000000"
    + "0000000b 00000000 0000000a"
    + b"subject.OU\0\0".hex()
    + "00000001 0000000a"
    + b"ABCDE12345\0\0".hex()
)


@pytest.fixture(scope="module")
def authority() -> Issued:
    return issue("Test Root", purpose=None)


@pytest.fixture(scope="module")
def publisher(authority: Issued) -> Issued:
    return issue("Example Ltd", authority, unit=TEAM)


@pytest.fixture
def options(tmp_path: Path, publisher: Issued, authority: Issued) -> Signing:
    return Signing(write(tmp_path / "own.p12", publisher.pkcs12(None, authority)))


def unsigned(path: Path, builder: MachBuilder) -> Path:
    base = builder.build()
    facts = facts_of("macho", builder.machine[2], builder.fuse)
    plan = plan_macho(io.BytesIO(base), facts, len(BLOB), IDENTITY)
    return write(path, carried_out(plan, base, BLOB))


def parts_of(data: bytes) -> dict[int, bytes]:
    """Return the parts of the code signature, by slot."""
    count, at = struct.unpack_from("<I", data, 16)[0], 32
    for _ in range(count):
        kind, size = struct.unpack_from("<II", data, at)
        if kind == SIGNATURE:
            start, length = struct.unpack_from("<II", data, at + 8)
        at += size
    assert start + length == len(data)
    whole = data[start:]
    found = {}
    for index in range(struct.unpack_from(">I", whole, 8)[0]):
        slot, at = struct.unpack_from(">II", whole, 12 + 8 * index)
        found[slot] = whole[at : at + struct.unpack_from(">I", whole, at + 4)[0]]
    return found


def accepted_by_openssl(parts: dict[int, bytes], authority: Issued, folder: Path) -> None:
    """Assert that OpenSSL accepts the signature of the code directory."""
    signature = write(folder / "cms", parts[0x10000][8:])
    content = write(folder / "directory", parts[0])
    root = write(folder / "root.pem", authority.pem())
    done = subprocess.run(
        [
            *("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any"),
            *("-in", signature, "-content", content, "-CAfile", root, "-out", "/dev/null"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("machine", [ARM64, X64], ids=["arm64", "x64"])
@pytest.mark.parametrize("has_addons", [False, True])
def test_a_signature(
    equipment: None,
    options: Signing,
    authority: Issued,
    tmp_path: Path,
    machine: tuple[int, int, str, int],
    has_addons: bool,
) -> None:
    file = unsigned(tmp_path / "app", MachBuilder(machine=machine, signature=ENTITLED))
    open_macos_signer(options, IDENTITY).sign(file, has_addons)
    verify_signed(file, "macho", machine[2])
    parts = parts_of(file.read_bytes())
    accepted_by_openssl(parts, authority, tmp_path)

    directory = parts[0]
    version, flags = struct.unpack_from(">II", directory, 8)
    assert (version, flags) == (0x20500, 0x10000), "the hardened runtime"
    name_at, team_at = struct.unpack_from(">I", directory, 20)[0], directory[48:52]
    assert directory[name_at:].startswith(b"org.example.app\0ABCDE12345\0")
    assert int.from_bytes(team_at, "big") == name_at + len("org.example.app") + 1
    assert parts[2].endswith(REQUIREMENT)
    rights = {"allow-jit", "allow-unsigned-executable-memory"}
    if has_addons:
        rights.add("disable-library-validation")
    assert plistlib.loads(parts[5][8:]) == {RIGHTS + right: True for right in rights}
    image = lief.MachO.parse(str(file))
    assert image is not None
    checked, why = lief.MachO.check_layout(image)
    assert checked, why
    with file.open("rb") as opened:
        assert publisher_signature(opened, "macho") == ("Example Ltd", "")


def test_own_entitlements_stay_as_they_are(options: Signing, tmp_path: Path) -> None:
    file = unsigned(tmp_path / "app", MachBuilder(signature=ENTITLED))
    own = MacosIdentity("org.example.app", plistlib.dumps({"a": True}))
    before = parts_of(file.read_bytes())[5]
    open_macos_signer(options, own).sign(file, has_addons=True)
    assert parts_of(file.read_bytes())[5] == before


def test_a_timestamp_and_an_elliptic_curve_key(
    equipment: None, authority: Issued, tmp_path: Path
) -> None:
    own = issue("Curve", authority, unit=TEAM, key=ec.generate_private_key(ec.SECP256R1()))
    clock = issue("Clock", authority, purpose=ExtendedKeyUsageOID.TIME_STAMPING)
    file = unsigned(tmp_path / "app", MachBuilder())
    certificate = write(tmp_path / "curve.p12", own.pkcs12(None, authority))
    with time_server(clock) as url:
        open_macos_signer(Signing(certificate, timestamp_url=url), IDENTITY).sign(file, False)
    accepted_by_openssl(parts_of(file.read_bytes()), authority, tmp_path)
    with file.open("rb") as opened:
        found = publisher_signature(opened, "macho")
    assert found == ("Curve", STAMPED.strftime("%Y-%m-%d %H:%M:%S UTC"))


def test_a_certificate_without_a_team(authority: Issued, tmp_path: Path) -> None:
    own = issue("Example Ltd", authority, key=authority.key)
    certificate = write(tmp_path / "own.p12", own.pkcs12(None))
    with pytest.raises(SealiftError, match="not a team") as caught:
        open_macos_signer(Signing(certificate), IDENTITY)
    assert caught.value.code == "certificate-unsuitable"


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, publisher: Issued) -> bytes:
    folder = tmp_path_factory.mktemp("signed")
    file = unsigned(folder / "app", MachBuilder())
    certificate = write(folder / "own.p12", publisher.pkcs12(None))
    open_macos_signer(Signing(certificate), IDENTITY).sign(file, has_addons=False)
    return file.read_bytes()


@pytest.mark.parametrize(
    ("slot", "at", "why"),
    [
        (0, 14, "digest of the content"),  # flags of the code directory
        (0, 90, "digest of the content"),  # the runtime's version
        (0, -1, "digest of the content"),  # the last page's hash
        (2, -5, "slot 2"),
        (5, -5, "entitlements|slot 5"),
        (0x10000, 9, "signature"),
    ],
)
def test_damage(signed: bytes, tmp_path: Path, slot: int, at: int, why: str) -> None:
    part = parts_of(signed)[slot]
    start = signed.index(part)
    data = bytearray(signed)
    data[start + (at % len(part))] ^= 1
    file = write(tmp_path / "app", bytes(data))
    with pytest.raises(FormatError, match=why):
        verify_signed(file, "macho", "arm64")


def test_a_page_that_was_changed(signed: bytes, tmp_path: Path) -> None:
    data = bytearray(signed)
    data[data.index(BLOB) + 100] ^= 1
    with pytest.raises(FormatError, match="page hash"):
        verify_signed(write(tmp_path / "app", bytes(data)), "macho", "arm64")
