"""`--sign-windows` and `--sign-macos` sign what a build writes, or the build changes nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import lief

from rigs.capability import lacking
from sealift.verify_executable import verify_executable
from support.certificates import issue, write
from support.command_line import Sealift

TARGET = "node24-win-x64"
NOBODY = "http://127.0.0.1:9/"


def test_a_signed_build(
    sealift: Sealift, binary_options: Callable[..., list[str]], tmp_path: Path
) -> None:
    if shutil.which("osslsigncode") is None:
        lacking("osslsigncode")
    program = write(tmp_path / "main.js", b"console.log('hello');")
    root = issue("Test Root", purpose=None)
    certificate = write(tmp_path / "own.p12", issue("Example Ltd", root).pkcs12(b"geheim"))
    folder = tmp_path / "out"
    out, report = folder / "main.exe", tmp_path / "report.json"
    command = (
        *("build", program, "-t", TARGET, "--sea", "-o", out, "--sign-windows", certificate),
        *binary_options(TARGET),
    )
    secret = {"SEALIFT_SIGN_PASSWORD": "geheim"}

    done = sealift(*command, "--json", report, env=secret)
    assert done.code == 0, done.stderr
    trusted = str(write(tmp_path / "root.pem", root.pem()))
    verified = subprocess.run(
        ["osslsigncode", "verify", "-CAfile", trusted, "-in", str(out)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout
    parsed = lief.PE.parse(str(out))
    assert parsed is not None
    assert parsed.verify_signature() == lief.PE.Signature.VERIFICATION_FLAGS.OK
    assert verify_executable(out).signer == "Example Ltd"
    digest = subprocess.run(["sha256sum", out], capture_output=True, text=True, check=True)
    (made,) = json.loads(report.read_text())["executables"]
    assert (made["sha256"], made["size"]) == (digest.stdout.split()[0], out.stat().st_size)

    before = out.stat()
    failed = sealift(*command, "--timestamp-url", NOBODY, env=secret)
    assert failed.code == 5 and "The time server" in failed.stderr, failed.stderr
    assert "geheim" not in failed.stdout + failed.stderr + done.stdout + done.stderr
    assert list(folder.iterdir()) == [out]
    assert (out.stat().st_ino, out.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_signed_build_for_macos(
    sealift: Sealift, binary_options: Callable[..., list[str]], tmp_path: Path
) -> None:
    program = write(tmp_path / "main.js", b"console.log('hello');")
    own = issue("Example Ltd", unit="ABCDE12345")
    certificate = write(tmp_path / "own.p12", own.pkcs12(b"geheim"))
    target, out = "node24-macos-x64", tmp_path / "main"
    command = (
        *("build", program, "-t", target, "--sea", "-o", out, "--sign-macos", certificate),
        *binary_options(target),
    )
    done = sealift(*command, env={"SEALIFT_SIGN_PASSWORD": "geheim"})
    assert done.code == 0, done.stderr
    assert verify_executable(out).signer == "Example Ltd"
    both = sealift(*command, "--sign-windows", certificate)
    assert both.code == 2 and "Build for each platform on its own" in both.stderr
