"""Keys on a PKCS#11 token; SoftHSM is the token, and osslsigncode and LIEF check signatures."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import lief
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from rigs.capability import lacking
from sealift.errors import SealiftError
from sealift.options import Signing
from sealift.record import replace
from sealift.signing import open_windows_signer
from support.certificates import Issued, issue, rsa_key, write
from support.signed import unsigned

PIN = "4711"
MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
)
ADDRESS = "pkcs11:token=Acme;object={}%20key;type=private?module-path=MODULE"
MakeSigning = Callable[[str, str], Signing]


@pytest.fixture(scope="module")
def publishers() -> dict[str, Issued]:
    return {
        "rsa": issue("Example Ltd", key=rsa_key()),
        "ecdsa": issue("Curve Ltd", key=ec.generate_private_key(ec.SECP384R1())),
    }


@pytest.fixture(scope="module")
def module(
    equipment: None, publishers: dict[str, Issued], tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The path of SoftHSM's module; its token has the keys of the publishers."""
    path = next((one for one in MODULES if Path(one).exists()), None)
    if path is None or shutil.which("softhsm2-util") is None:
        lacking("SoftHSM")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    configuration = write(
        folder / "softhsm2.conf", f"directories.tokendir = {folder}/tokens\n".encode()
    )
    os.environ["SOFTHSM2_CONF"] = str(configuration)  # the module reads it once for this process

    def util(*arguments: str) -> None:
        done = subprocess.run(
            ["softhsm2-util", *arguments], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr

    # A process logs in to a token once, so wrong PINs need one of their own.
    for token in ("Acme", "Other"):
        util("--init-token", "--free", "--label", token, "--pin", PIN, "--so-pin", "0815")
        for number, (name, issued) in enumerate(publishers.items(), 1):
            private = write(
                folder / f"{name}.pem",
                issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            )
            arguments = ("--label", f"{name} key", "--id", f"0{number}", "--pin", PIN)
            util("--import", str(private), "--token", token, *arguments)
    return path


@pytest.fixture
def signing(module: str, publishers: dict[str, Issued], tmp_path: Path) -> MakeSigning:
    """Callable: returns how to sign with a publisher's certificate and an address of a key."""

    def make(name: str, address: str) -> Signing:
        return Signing(
            write(tmp_path / f"{name}.pem", publishers[name].pem()),
            write(tmp_path / "pin", PIN.encode()),
            key=address.replace("MODULE", module),
        )

    return make


def code_of(signing: Signing, path: Path | None = None) -> tuple[str, str]:
    with pytest.raises(SealiftError) as caught:
        signer = open_windows_signer(signing, "")
        if path is not None:
            signer.sign(path)
    assert PIN not in caught.value.message + caught.value.remedy
    return caught.value.code, caught.value.message


@pytest.mark.parametrize("name", ["rsa", "ecdsa"])
def test_a_signature_that_others_accept(
    signing: MakeSigning, publishers: dict[str, Issued], tmp_path: Path, name: str
) -> None:
    file = unsigned(tmp_path / "app.exe")
    open_windows_signer(signing(name, ADDRESS.format(name)), "").sign(file)
    if name == "rsa":  # LIEF does not know the other kind
        parsed = lief.PE.parse(str(file))
        assert parsed is not None
        assert parsed.verify_signature() == lief.PE.Signature.VERIFICATION_FLAGS.OK
    if shutil.which("osslsigncode") is None:
        lacking("osslsigncode")
    root = str(write(tmp_path / "root.pem", publishers[name].pem()))
    done = subprocess.run(
        ["osslsigncode", "verify", "-CAfile", root, "-in", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Signature verification: ok" in done.stdout, done.stdout + done.stderr


def test_the_module_is_named_by_a_variable(
    signing: MakeSigning, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_id = signing("rsa", "pkcs11:token=Acme;id=%01")
    monkeypatch.delenv("SEALIFT_PKCS11_MODULE", raising=False)
    assert code_of(by_id)[0] == "token-address-malformed"
    monkeypatch.setenv("SEALIFT_PKCS11_MODULE", module)
    open_windows_signer(by_id, "")


def test_a_pin_that_is_wrong_or_missing(
    signing: MakeSigning, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = signing("rsa", ADDRESS.format("rsa").replace("Acme", "Other"))
    wrong = replace(right, password_file=write(tmp_path / "wrong", b"9999\n"))
    code, message = code_of(wrong)
    assert code == "token-pin-refused" and "9999" not in message and "Other" in message
    monkeypatch.delenv("SEALIFT_SIGN_PASSWORD", raising=False)
    assert code_of(replace(right, password_file=None))[0] == "token-pin-refused"
    monkeypatch.setenv("ACME_PIN", PIN)
    open_windows_signer(replace(right, password_file=None, password_variable="ACME_PIN"), "")


def test_the_key_of_another_certificate(signing: MakeSigning, tmp_path: Path) -> None:
    file = unsigned(tmp_path / "app.exe")
    before = file.read_bytes()
    for name, other in (("rsa", "ecdsa"), ("ecdsa", "rsa")):
        code, _ = code_of(signing(name, ADDRESS.format(other)), file)
        assert (code, file.read_bytes()) == ("signing-key-differs", before)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("rsa key", "token-address-malformed"),
        ("pkcs11:token=Acme?module-path=MODULE", "token-address-malformed"),
        ("pkcs11:object=a;object=b?module-path=MODULE", "token-address-malformed"),
        ("pkcs11:object=a;type=cert?module-path=MODULE", "token-address-malformed"),
        ("pkcs11:object=%ff?module-path=MODULE", "token-address-malformed"),
        ("pkcs11:object=a?module-path=MODULE&pin-value=4711", "token-address-malformed"),
        ("pkcs11:object=a?module-path=/absent.so", "token-module-unusable"),
        ("pkcs11:object=a?module-path=/etc/passwd", "token-module-unusable"),
        ("pkcs11:token=Third;object=a?module-path=MODULE", "token-key-absent"),
        ("pkcs11:token=Acme;object=a?module-path=MODULE", "token-key-absent"),
        ("pkcs11:object=rsa%20key?module-path=MODULE", "token-key-absent"),
        ("pkcs11:serial=1;object=rsa%20key?module-path=MODULE", "token-key-absent"),
    ],
)
def test_addresses_that_name_no_key(signing: MakeSigning, address: str, code: str) -> None:
    assert code_of(signing("rsa", address))[0] == code
