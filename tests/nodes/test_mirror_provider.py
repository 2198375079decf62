"""Fetching from a server in the layout of nodejs.org's dist, with real binaries on it."""

from __future__ import annotations

import hashlib
import shutil
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rigs.capability import lacking
from sealift.cache import Store
from sealift.errors import NodeError, UsageError
from sealift.nodes import obtain
from sealift.nodes.mirror_provider import MirrorProvider
from sealift.options import NodeOptions
from sealift.record import replace
from sealift.target import Arch, NodeRange, NodeVersion, Platform, Target
from support.local_mirror import LocalMirror, tarball
from support.observers import Recorder

LINUX = Target(NodeRange((24,)), Platform.LINUX, Arch.X64)
WIN = Target(NodeRange((22,)), Platform.WIN, Arch.X64)
EXE = "/v22.20.0/win-x64/node.exe"


@pytest.fixture
def linux_mirror(mirror: LocalMirror, linux_tarball: Path) -> LocalMirror:
    """A server with Node 24.19.0 for linux-x64."""
    mirror.add_release(
        "24.19.0", {"node-v24.19.0-linux-x64.tar.gz": linux_tarball}, ["linux-x64", "src"]
    )
    return mirror


def options(mirror: LocalMirror, folder: Path, **more: object) -> NodeOptions:
    return NodeOptions(provider="mirror", mirror=mirror.url, cache=folder / "cache", **more)  # type: ignore[arg-type]


def code_of(target: Target, given: NodeOptions, observer: Recorder) -> tuple[str, str]:
    with pytest.raises(NodeError) as caught:
        obtain(target, given, observer)
    assert caught.value.remedy
    assert caught.value.exit_code == 4
    return caught.value.code, caught.value.message


def leftovers(folder: Path) -> list[Path]:
    return [
        path
        for name in ("nodes", "tmp", "downloads")
        for path in (folder / "cache" / name).glob("*")
    ]


def test_binary_out_of_a_tarball(
    linux_mirror: LocalMirror, tmp_path: Path, observer: Recorder, node_binary
) -> None:
    binary = obtain(LINUX, options(linux_mirror, tmp_path), observer)
    original = node_binary("24.19.0", "linux", "x64").read_bytes()
    assert binary.path.read_bytes() == original
    assert binary.sha256 == hashlib.sha256(original).hexdigest()
    assert (str(binary.version), binary.platform, binary.arch) == ("24.19.0", "linux", "x64")
    assert (binary.size, binary.provider) == (len(original), "mirror")
    assert binary.origin == f"{linux_mirror.url}/v24.19.0"
    assert binary.facts.container == "elf"
    assert binary.path.stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700
    assert leftovers(tmp_path) == [binary.path.parent]


def test_progress_is_reported_in_bytes(
    real_mirror: LocalMirror, tmp_path: Path, observer: Recorder, node_binary
) -> None:
    amounts: list[int] = []
    observer.advance = amounts.append  # type: ignore[method-assign]
    obtain(WIN, options(real_mirror, tmp_path), observer)
    size = node_binary("22.20.0", "win", "x64").stat().st_size
    shown = f"{size / 1e6:.1f} MB"
    assert (f"fetching Node 22.20.0 for win-x64 from mirror ({shown})", size) in observer.stages
    assert sum(amounts) == size


def test_a_cached_binary_is_not_requested_again(
    real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    first = obtain(WIN, options(real_mirror, tmp_path), observer)
    real_mirror.requests.clear()
    assert obtain(WIN, options(real_mirror, tmp_path), observer) == first
    exact = Target(NodeRange((22, 20, 0)), Platform.WIN, Arch.X64)
    assert obtain(exact, options(real_mirror, tmp_path, refresh=True), observer) == first
    assert real_mirror.requests == []
    assert obtain(WIN, options(real_mirror, tmp_path, refresh=True), observer) == first
    assert real_mirror.requests == ["/index.json"]


def test_redirects_are_followed(
    real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    real_mirror.files["/elsewhere"] = real_mirror.files.pop(EXE)
    real_mirror.redirects[EXE] = f"{real_mirror.url}/elsewhere"
    assert str(obtain(WIN, options(real_mirror, tmp_path), observer).version) == "22.20.0"


def test_redirects_to_files_are_not_followed(
    real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    real_mirror.redirects[EXE] = "file:///etc/passwd"
    assert code_of(WIN, options(real_mirror, tmp_path), observer)[0] == "download-failed"


def test_a_request_to_a_busy_server_is_repeated(
    real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    real_mirror.failures.update({"/index.json": 1, EXE: 1})
    assert str(obtain(WIN, options(real_mirror, tmp_path), observer).version) == "22.20.0"


def test_a_server_that_stays_busy(
    real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    real_mirror.failures[EXE] = 99
    code, message = code_of(WIN, options(real_mirror, tmp_path), observer)
    assert code == "download-failed"
    assert "HTTP 503" in message
    assert "Node 22.20.0 for win-x64 from mirror" in message
    assert real_mirror.requests.count(EXE) == 3
    assert leftovers(tmp_path) == []


def test_a_download_that_breaks_off(
    real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    real_mirror.cut[EXE] = 1_000_000
    code, _ = code_of(WIN, options(real_mirror, tmp_path), observer)
    assert code == "download-failed"
    (kept,) = leftovers(tmp_path)
    assert kept.parent.name == "downloads"
    assert (kept / "file").stat().st_size == 3_000_000  # three attempts


def test_a_tarball_that_breaks_off_is_continued_by_the_next_build(
    linux_mirror: LocalMirror, tmp_path: Path, observer: Recorder, node_binary
) -> None:
    linux_mirror.cut["/v24.19.0/node-v24.19.0-linux-x64.tar.gz"] = 1_000_000
    assert code_of(LINUX, options(linux_mirror, tmp_path), observer)[0] == "download-failed"
    linux_mirror.cut.clear()
    linux_mirror.ranges.clear()
    binary = obtain(LINUX, options(linux_mirror, tmp_path), observer)
    assert linux_mirror.ranges[-1] == "bytes=3000000-"
    assert any("MB, from 3.0 MB on)" in name for name in observer.names)
    assert binary.path.read_bytes() == node_binary("24.19.0", "linux", "x64").read_bytes()
    assert leftovers(tmp_path) == [binary.path.parent]


def test_source_that_two_builds_need_is_fetched_once(mirror: LocalMirror, tmp_path: Path) -> None:
    name = "node-v24.19.0.tar.xz"
    mirror.add_release("24.19.0", {name: b"source" * 1_000_000}, ["src"])
    mirror.pause = 0.05
    tarball = tmp_path / name

    def fetch(_: int) -> None:
        provider = MirrorProvider(mirror.url, None, Store(tmp_path / "cache"))
        provider.fetch_source(NodeVersion(24, 19, 0), tarball, Recorder())

    with ThreadPoolExecutor() as pool:
        assert list(pool.map(fetch, range(2))) == [None, None]
    assert tarball.read_bytes() == b"source" * 1_000_000
    assert mirror.requests.count(f"/v24.19.0/{name}") == 1


def test_wrong_digest(real_mirror: LocalMirror, tmp_path: Path, observer: Recorder) -> None:
    sums = "/v22.20.0/SHASUMS256.txt"
    real_mirror.files[sums] = f"{'ab' * 32}  win-x64/node.exe\n".encode()
    code, message = code_of(WIN, options(real_mirror, tmp_path), observer)
    assert code == "digest-mismatch"
    assert "ab" * 32 in message
    assert leftovers(tmp_path) == []


def test_a_damaged_tarball_is_a_wrong_digest(
    mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    name = "node-v24.19.0-linux-x64.tar.gz"
    content = bytearray(tarball(("node-v24.19.0-linux-x64/bin/node", bytes(range(256)) * 9000)))
    mirror.add_release("24.19.0", {name: bytes(content)}, ["linux-x64"])
    content[len(content) // 2] ^= 0xFF
    mirror.files[f"/v24.19.0/{name}"] = bytes(content)
    assert code_of(LINUX, options(mirror, tmp_path), observer)[0] == "digest-mismatch"


def test_a_tarball_with_two_binaries(
    mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    top = "node-v24.19.0-linux-x64"
    content = tarball((f"{top}/bin/node", b"a"), (f"{top}/bin/node", b"b"))
    mirror.add_release("24.19.0", {f"{top}.tar.gz": content}, ["linux-x64"])
    assert code_of(LINUX, options(mirror, tmp_path), observer)[0] == "archive-refused"
    assert leftovers(tmp_path) == []


def test_a_listed_file_that_is_missing(
    real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    del real_mirror.files[EXE]
    code, message = code_of(WIN, options(real_mirror, tmp_path), observer)
    assert (code, "HTTP 404" in message) == ("download-failed", True)


def test_release_without_a_digest(
    real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    real_mirror.files["/v22.20.0/SHASUMS256.txt"] = b"nothing of use\n"
    assert code_of(WIN, options(real_mirror, tmp_path), observer)[0] == "release-incomplete"


@pytest.mark.parametrize("index", [b"<html>", b"{}", b'[{"version": "v22.20.0"}]', b"[1]"])
def test_an_index_that_is_not_a_list_of_releases(
    mirror: LocalMirror, tmp_path: Path, observer: Recorder, index: bytes
) -> None:
    mirror.files["/index.json"] = index
    code, message = code_of(WIN, options(mirror, tmp_path), observer)
    assert code in ("sources-unreachable", "release-unknown")
    assert "node22-win-x64" in message or "win-x64" in message


def test_address_without_a_mirror(mirror: LocalMirror, tmp_path: Path, observer: Recorder) -> None:
    with pytest.raises(NodeError, match=r"/index\.json: HTTP 404") as caught:
        obtain(WIN, options(mirror, tmp_path), observer)
    assert caught.value.code == "sources-unreachable"
    assert caught.value.remedy.startswith("Check the mirror's address")


def test_a_server_that_cannot_be_reached(tmp_path: Path, observer: Recorder) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://me:hunter2@127.0.0.1:{unused.getsockname()[1]}"
        given = NodeOptions(provider="mirror", mirror=url, cache=tmp_path / "cache")
        code, message = code_of(WIN, given, observer)
    assert code == "sources-unreachable"
    assert "node22-win-x64" in message
    assert "mirror" in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSL_CERT_FILE", "/nowhere/certificates.pem"),
        ("ALL_PROXY", "gopher://127.0.0.1:9"),
        ("ALL_PROXY", "socks5://127.0.0.1:9"),
        ("HTTP_PROXY", "http://127.0.0.1:port"),
    ],
)
def test_environment_variables_that_are_malformed(
    name: str, value: str, tmp_path: Path, observer: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, value)
    given = NodeOptions(mirror="http://example.invalid/dist", cache=tmp_path / "cache")
    assert code_of(WIN, given, observer)[0] == "sources-unreachable"


def test_credentials_in_the_url_are_used_and_not_shown(
    real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    real_mirror.user = ("me", "hunter2")
    assert code_of(WIN, options(real_mirror, tmp_path), observer)[0] == "sources-unreachable"
    url = real_mirror.url.replace("://", "://me:hunter2@")
    binary = obtain(WIN, NodeOptions(mirror=url, cache=tmp_path / "cache"), observer)
    assert binary.origin == f"{real_mirror.url}/v22.20.0"
    for record in (tmp_path / "cache").rglob("*.json"):
        assert "hunter2" not in record.read_text()


@pytest.mark.parametrize("url", ["file:///srv/dist", "nodejs.org/dist", "http://"])
def test_texts_that_are_not_urls_of_mirrors(url: str, tmp_path: Path, observer: Recorder) -> None:
    with pytest.raises(UsageError, match="is not the URL of a mirror"):
        obtain(WIN, NodeOptions(mirror=url, cache=tmp_path), observer)


@pytest.mark.parametrize(
    ("served", "reason"),
    [
        (("24.19.0", "win", "x64"), "it is Node 24.19.0"),
        (("22.20.0", "win", "arm64"), "it is for win-arm64"),
        (("22.20.0", "macos", "x64"), "it is for macos-x64"),
    ],
)
def test_a_binary_of_another_release_or_machine(
    mirror: LocalMirror,
    tmp_path: Path,
    observer: Recorder,
    node_binary,
    served: tuple[str, str, str],
    reason: str,
) -> None:
    mirror.add_release("22.20.0", {"win-x64/node.exe": node_binary(*served)}, ["win-x64-exe"])
    code, message = code_of(WIN, options(mirror, tmp_path), observer)
    assert code == "binary-mismatch"
    assert reason in message
    assert leftovers(tmp_path) == []


def test_a_file_that_is_not_a_binary(
    mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    mirror.add_release("22.20.0", {"win-x64/node.exe": b"MZ and so on" * 99}, ["win-x64-exe"])
    assert code_of(WIN, options(mirror, tmp_path), observer)[0] == "binary-refused"
    assert leftovers(tmp_path) == []


def test_an_old_list_is_used_while_the_server_is_down(
    real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    first = obtain(WIN, options(real_mirror, tmp_path), observer)
    del real_mirror.files["/index.json"]
    again = obtain(WIN, options(real_mirror, tmp_path, refresh=True), observer)
    assert again.path == first.path
    assert [finding.code for finding in again.findings] == ["source-unavailable"]
    assert "its list of releases of" in again.findings[0].message


def test_the_cache_is_used_while_the_server_is_down(
    real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    first = obtain(WIN, options(real_mirror, tmp_path), observer)
    shutil.rmtree(tmp_path / "cache" / "index")
    del real_mirror.files["/index.json"]
    again = obtain(WIN, options(real_mirror, tmp_path), observer)
    assert again.path == first.path
    assert "in the cache" in again.findings[0].message


def test_binaries_are_not_shared_among_mirrors(
    real_mirror: LocalMirror, tmp_path: Path, observer: Recorder
) -> None:
    """A binary that was fetched without a signature is not used when one is required."""
    obtain(WIN, options(real_mirror, tmp_path), observer)
    given = options(real_mirror, tmp_path, offline=True)
    assert obtain(WIN, given, observer).provider == "mirror"
    for other in (
        replace(given, mirror=f"{real_mirror.url}/other"),
        replace(given, mirror_keyring=tmp_path / "keys.gpg"),
    ):
        assert code_of(WIN, other, observer)[0] == "not-cached"


@pytest.fixture
def signer(tmp_path: Path) -> Path:
    """A home directory of GnuPG with a key, and the key ring ``keys.gpg``."""
    if not (shutil.which("gpg") and shutil.which("gpgv")):
        lacking("gpg and gpgv")
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    base = ["gpg", "--homedir", str(home), "--batch", "--quiet"]
    subprocess.run(
        [*base, "--passphrase", "", "--quick-gen-key", "mirror@example.com", "ed25519", "sign"],
        check=True,
        capture_output=True,
    )
    subprocess.run([*base, "--output", str(home / "keys.gpg"), "--export"], check=True)
    return home


def sign(home: Path, content: bytes) -> bytes:
    command = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--detach-sign"]
    return subprocess.run(command, input=content, check=True, capture_output=True).stdout


def test_signed_digests(
    real_mirror: LocalMirror, tmp_path: Path, observer: Recorder, signer: Path
) -> None:
    given = options(real_mirror, tmp_path, mirror_keyring=signer / "keys.gpg")
    sums = real_mirror.files["/v22.20.0/SHASUMS256.txt"]
    assert isinstance(sums, bytes)

    real_mirror.files["/v22.20.0/SHASUMS256.txt.sig"] = sign(signer, sums + b"more\n")
    assert code_of(WIN, given, observer)[0] == "signature-refused"
    real_mirror.files["/v22.20.0/SHASUMS256.txt.sig"] = b"nothing"
    assert code_of(WIN, given, observer)[0] == "signature-refused"
    assert leftovers(tmp_path) == []

    real_mirror.files["/v22.20.0/SHASUMS256.txt.sig"] = sign(signer, sums)
    assert str(obtain(WIN, given, observer).version) == "22.20.0"


def test_a_signature_that_cannot_be_checked(
    real_mirror: LocalMirror, tmp_path: Path, observer: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_mirror.files["/v22.20.0/SHASUMS256.txt.sig"] = b"x"
    given = options(real_mirror, tmp_path, mirror_keyring=tmp_path / "keys.gpg")
    if shutil.which("gpgv"):
        assert code_of(WIN, given, observer)[0] == "keyring-missing"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert code_of(WIN, given, observer)[0] == "gpgv-missing"
