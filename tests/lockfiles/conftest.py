"""Lockfiles written by a test, and installed packages to look up in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.lockfiles import Lockfile, open_lockfile
from support.lockfile_samples import OnDisk


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[str, str | bytes], Lockfile]:
    """Callable ``(file name, content)``: the lockfile, opened as one of a project."""

    def write(name: str, content: str | bytes) -> Lockfile:
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / name).write_bytes(data)
        lockfile = open_lockfile(tmp_path)
        assert lockfile is not None
        return lockfile

    return write


@pytest.fixture
def package(tmp_path: Path) -> Callable[..., OnDisk]:
    """Callable ``(name, version, path=...)``: a package installed in the project."""

    def make(name: str, version: str, path: str | None = None) -> OnDisk:
        return OnDisk(tmp_path / (path or f"node_modules/{name}"), name, version)

    return make
