"""Packages with a target's addons, whose downloads are interrupted and continued.

The registry is on the loopback interface; npm is the real one.
"""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path

from sealift.addons import messages
from sealift.addons.package_cache import Stored
from sealift.addons.package_fetch import PackageFetcher
from sealift.addons.problem import Problem
from sealift.lockfiles import PackageVersion
from sealift.options import NodeOptions
from support.local_mirror import LocalMirror, tarball
from support.local_registry import publish
from support.observers import Recorder

CONTENT = random.Random(1).randbytes(3_000_000)
TARBALL = "/addon-win32-x64/-/addon-win32-x64-1.2.3.tgz"


def published(registry: LocalMirror, name: str, version: str = "1.2.3") -> PackageVersion:
    """Publish a package for Windows; return it as a lockfile lists it."""
    manifest = {"name": name, "version": version, "os": ["win32"], "cpu": ["x64"]}
    packed = tarball(
        ("package/package.json", json.dumps(manifest).encode()), ("package/addon.node", CONTENT)
    )
    return PackageVersion(name, name, version, publish(registry, packed, **manifest))


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
