from __future__ import annotations

from pathlib import Path

import pytest

from support.local_mirror import LocalMirror, tarball
from support.observers import Recorder


@pytest.fixture
def observer() -> Recorder:
    return Recorder()


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the environment says where Node comes from, and no proxy is in the way."""
    for name in ("PKG_NODE_PATH", "PKG_CACHE_PATH", "SEALIFT_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(scope="session")
def linux_tarball(node_binary, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tarball like nodejs.org's, with a real binary and some files around it."""
    top = "node-v24.19.0-linux-x64"
    content = tarball(
        (f"{top}/LICENSE", b"text"),
        (f"{top}/include/node/bin/node", b"not this one"),
        (f"{top}/bin/node", node_binary("24.19.0", "linux", "x64")),
        (f"{top}/share/man/man1/node.1", b"text" * 10_000),
    )
    path = tmp_path_factory.mktemp("tarball") / f"{top}.tar.gz"
    path.write_bytes(content)
    return path


@pytest.fixture
def real_mirror(mirror: LocalMirror, node_binary) -> LocalMirror:
    """A server with Node 22.20.0 for win-x64."""
    mirror.add_release(
        "22.20.0",
        {"win-x64/node.exe": node_binary("22.20.0", "win", "x64")},
        ["headers", "win-x64-exe", "win-x64-zip"],
    )
    return mirror
