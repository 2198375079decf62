"""Registries on the loopback interface, which the real npm and pip use.

A plugin that ``tests/conftest.py`` loads.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.local_mirror import LocalMirror


@pytest.fixture(scope="session")
def server() -> Iterator[LocalMirror]:
    served = LocalMirror()
    running = served.start()
    yield served
    running.shutdown()
    running.server_close()


@pytest.fixture
def mirror(server: LocalMirror) -> LocalMirror:
    """A server of nothing."""
    server.forget()
    return server


@pytest.fixture
def registry(mirror: LocalMirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalMirror:
    """A server of no packages, the only registry of npm and pip; `publish` adds to it.

    Their settings are in ``tmp_path``, as ``npmrc`` and ``pip.conf``.
    """
    (tmp_path / "npmrc").write_text(
        f"registry={mirror.url}/\ncache={tmp_path / 'npm'}\nfetch-retries=0\n"
    )
    (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {mirror.url}/simple\n")
    for name in list(os.environ):
        if name.lower().startswith(("npm_config_", "pip_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("npm_config_userconfig", str(tmp_path / "npmrc"))
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return mirror


def publish(registry: LocalMirror, packed: bytes, **manifest: Any) -> str:
    """Publish an npm package, the only version of its name; return its integrity.

    ``packed`` is its tarball, ``manifest`` what its package.json says.
    """
    name, version = manifest["name"], manifest["version"]
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
    return integrity
