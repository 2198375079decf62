"""Packages with a target's addons, whose downloads are interrupted and continued.

The registry is on the loopback interface; npm is the real one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from sealift.addons import messages
from sealift.addons.package_cache import Stored
from sealift.addons.package_fetch import PackageFetcher
from sealift.addons.problem import Problem
from sealift.lockfiles import PackageVersion
from sealift.options import NodeOptions
from support.local_mirror import LocalMirror, tarball
from support.observers import Recorder

CONTENT = random.Random(1).randbytes(3_000_000)
TARBALL = "/addon-win32-x64/-/addon-win32-x64-1.2.3.tgz"


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalMirror]:
    mirror = LocalMirror()
    server = mirror.start()
    for name in list(os.environ):
        if name.lower().startswith("npm_config_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("npm_config_userconfig", str(tmp_path / "npmrc"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    (tmp_path / "npmrc").write_text(
        f"registry={mirror.url}/\ncache={tmp_path / 'npm'}\nfetch-retries=0\n"
    )
    yield mirror
    server.shutdown()
    server.server_close()


def published(registry: LocalMirror, name: str, version: str = "1.2.3") -> PackageVersion:
    """Publish a package for Windows; return it as a lockfile lists it."""
    manifest = {"name": name, "version": version, "os": ["win32"], "cpu": ["x64"]}
    packed = tarball(
        ("package/package.json", json.dumps(manifest).encode()), ("package/addon.node", CONTENT)
    )
    path = f"/{name}/-/{name}-{version}.tgz"
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode()
    dist = {"tarball": registry.url + path, "integrity": integrity}
    document = {
        "name": name,
        "dist-tags": {"latest": version},
        "versions": {version: {**manifest, "dist": dist}},
    }
    registry.files[f"/{name}"] = json.dumps(document).encode()
    registry.files[path] = packed
    return PackageVersion(name, name, version, integrity)


def obtain(tmp_path: Path, *packages: PackageVersion) -> list[Stored | Problem]:
    root = tmp_path / "project"
    root.mkdir(exist_ok=True)
    fetcher = PackageFetcher(root, NodeOptions(cache=tmp_path / "cache"), Recorder())
    found = fetcher.obtain(packages)
    return [found[package] for package in packages]


def arrived(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "cache" / "downloads").glob("*/file"))


def test_a_server_that_ends_every_connection(registry: LocalMirror, tmp_path: Path) -> None:
    package = published(registry, "addon-win32-x64")
    registry.cut[TARBALL] = 100_000
    (problem,) = obtain(tmp_path, package)
    assert isinstance(problem, Problem)
    assert problem.message is messages.INTERRUPTED
    (file,) = arrived(tmp_path)
    size = file.stat().st_size
    assert 200_000 <= size < 3_000_000

    registry.cut.clear()
    registry.ranges.clear()
    (stored,) = obtain(tmp_path, package)
    assert isinstance(stored, Stored)
    assert (stored.directory / "addon.node").read_bytes() == CONTENT
    assert registry.ranges[-1] == f"bytes={size}-"
    assert arrived(tmp_path) == []


def test_what_was_there_is_not_its_beginning(registry: LocalMirror, tmp_path: Path) -> None:
    package = published(registry, "addon-win32-x64")
    registry.cut[TARBALL] = 100_000
    obtain(tmp_path, package)
    (file,) = arrived(tmp_path)
    file.write_bytes(b"\0" * file.stat().st_size)
    registry.cut.clear()
    (stored,) = obtain(tmp_path, package)
    assert isinstance(stored, Stored)
    assert (stored.directory / "addon.node").read_bytes() == CONTENT


def test_a_registry_that_only_npm_may_ask(registry: LocalMirror, tmp_path: Path) -> None:
    package = published(registry, "addon-win32-x64")
    registry.user = ("me", "hunter2")
    host = registry.url.removeprefix("http:")
    secret = base64.b64encode(b"me:hunter2").decode()
    with (tmp_path / "npmrc").open("a") as settings:
        settings.write(f"{host}/:_auth={secret}\n")
    (stored,) = obtain(tmp_path, package)
    assert isinstance(stored, Stored)
    assert (stored.directory / "addon.node").read_bytes() == CONTENT
    assert registry.requests.count(TARBALL) == 2
    assert arrived(tmp_path) == []


def test_one_of_two_does_not_exist(registry: LocalMirror, tmp_path: Path) -> None:
    package = published(registry, "addon-win32-x64")
    other = PackageVersion("addon-win32-arm64", "addon-win32-arm64", "1.2.3", package.integrity)
    stored, problem = obtain(tmp_path, package, other)
    assert isinstance(stored, Stored)
    assert isinstance(problem, Problem)
    assert problem.message is messages.FETCH_FAILED
