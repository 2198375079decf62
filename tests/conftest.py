"""Fixtures that every part's tests share; the equipment itself is in ``tests/rigs``.

A capability that is missing on a developer's machine skips the tests that need it, by name; in
CI (``CI=true``) it fails them.
"""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import rigs
from rigs import binaries, npm
from rigs.capability import lacking

pytest_plugins = ("support.addon_projects", "support.bytecode_builds", "support.code_caches")

NodeBinaryFixture = Callable[[str, str, str], Path]
NpmProjectFixture = Callable[[str | Mapping[str, str]], Path]


@pytest.fixture(scope="session")
def node_binary() -> NodeBinaryFixture:
    """Callable ``(version, platform, arch) -> Path`` of a stock Node binary.

    ``version`` is exact (``"24.19.0"``) or a major (``"24"``) for the release that tests use.
    The file is shared by all tests and must not be changed.
    """

    def find(version: str, platform: str, arch: str) -> Path:
        try:
            return binaries.find_binary(version, platform, arch)
        except rigs.RigError as error:
            lacking(str(error))

    return find


@pytest.fixture(scope="session")
def npm_project() -> NpmProjectFixture:
    """Callable: a named set of ``rigs.npm.PROJECTS``, or packages with versions, to a directory.

    The directory holds ``package.json`` and ``node_modules``, is shared by all tests and must
    not be changed; ``copy_project`` makes a copy of it.
    """

    def find(packages: str | Mapping[str, str]) -> Path:
        try:
            return npm.install(packages)
        except rigs.RigError as error:
            lacking(str(error))

    return find


@pytest.fixture(scope="session")
def npm_package() -> Callable[[str], Path]:
    """Callable: ``name@1.2.3`` to a directory with that package alone, for whatever machine.

    It is shared by all tests and must not be changed.
    """

    def find(specifier: str) -> Path:
        try:
            return npm.unpack(specifier)
        except rigs.RigError as error:
            lacking(str(error))

    return find


@pytest.fixture
def copy_project(
    npm_project: NpmProjectFixture, tmp_path: Path
) -> Callable[[str | Mapping[str, str]], Path]:
    """Callable: the same as ``npm_project``, but a fresh copy, at ``tmp_path / "project"``."""

    def copy(packages: str | Mapping[str, str]) -> Path:
        return shutil.copytree(npm_project(packages), tmp_path / "project", symlinks=True)

    return copy


@pytest.fixture(scope="session")
def run_node(node_binary: NodeBinaryFixture) -> Callable[..., rigs.Completed]:
    """Callable ``(version, *args, cwd=None, env=None)``: plain Node on this machine, the oracle."""

    def run(
        version: str, *args: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> rigs.Completed:
        node = node_binary(version, *host_target())
        return rigs.linux_x64.run(node, *args, cwd=cwd, env=env)

    return run


def host_target() -> tuple[str, str]:
    """Platform and architecture of this machine, in the words of the target table."""
    systems = {"linux": "linux", "darwin": "macos", "win32": "win"}
    processors = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
    return systems[sys.platform], processors[platform.machine().lower()]


@pytest.fixture(scope="session")
def machine() -> Callable[[str, str], rigs.Machine]:
    """Callable ``(platform, arch)``: a machine that runs executables for that target."""

    def find(platform: str, arch: str) -> rigs.Machine:
        found = rigs.machines()[platform, arch]
        missing = found.missing()
        if missing:
            lacking(missing)
        return found

    return find
