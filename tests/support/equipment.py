"""Fixtures that fetch or run real things: Node binaries, npm packages, machines.

A plugin that ``tests/conftest.py`` loads. Every fixture here requests `equipment`, so a test that
uses one of them is an integration test (see `support.tiers`).

Equipment that is missing on a developer's machine skips the tests that need it, by name. In CI
(``CI=true``) it fails them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import rigs
from rigs import binaries, host_target, npm
from rigs.capability import lacking

FindNode = Callable[[str, str, str], Path]
FindMachine = Callable[[str], rigs.Machine]
InstallPackages = Callable[[str | Mapping[str, str]], Path]


@pytest.fixture(scope="session")
def equipment() -> None:
    """Make every test that requests this, directly or not, an integration test."""


@pytest.fixture(scope="session")
def node_binary(equipment: None) -> FindNode:
    """Callable ``(version, platform, arch) -> Path`` of a stock Node binary.

    ``version`` is exact (``"24.19.0"``) or a major (``"24"``) for the release that tests use.
    All tests share the file and must not change it.
    """

    def find(version: str, platform: str, arch: str) -> Path:
        try:
            return binaries.find_binary(version, platform, arch)
        except rigs.RigError as error:
            lacking(str(error))

    return find


@pytest.fixture(scope="session")
def npm_project(equipment: None) -> InstallPackages:
    """Callable: a named set of ``rigs.npm.PROJECTS``, or packages with versions, to a directory.

    The directory holds ``package.json`` and ``node_modules``. All tests share it and must not
    change it; ``copy_project`` makes a copy.
    """

    def find(packages: str | Mapping[str, str]) -> Path:
        try:
            return npm.install(packages)
        except rigs.RigError as error:
            lacking(str(error))

    return find


@pytest.fixture(scope="session")
def npm_package(equipment: None) -> Callable[[str], Path]:
    """Callable: ``name@1.2.3`` to a directory with that package alone, for any platform.

    All tests share the directory and must not change it.
    """

    def find(specifier: str) -> Path:
        try:
            return npm.unpack(specifier)
        except rigs.RigError as error:
            lacking(str(error))

    return find


@pytest.fixture
def copy_project(npm_project: InstallPackages, tmp_path: Path) -> InstallPackages:
    """Callable: the same as ``npm_project``, but a fresh copy, at ``tmp_path / "project"``."""

    def copy(packages: str | Mapping[str, str]) -> Path:
        return shutil.copytree(npm_project(packages), tmp_path / "project", symlinks=True)

    return copy


@pytest.fixture(scope="session")
def run_node(node_binary: FindNode) -> Callable[..., rigs.Completed]:
    """Callable ``(version, *args, cwd=None, env=None)``: run plain Node on the host, the oracle."""

    def run(
        version: str, *args: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> rigs.Completed:
        node = node_binary(version, *host_target())
        return rigs.linux_x64.run(node, *args, cwd=cwd, env=env)

    return run


@pytest.fixture(scope="session")
def machine(equipment: None) -> FindMachine:
    """Callable: a target's name (``"linux-arm64"``) to a machine that runs its executables."""

    def find(target: str) -> rigs.Machine:
        found = rigs.machines()[target]
        missing = found.missing()
        if missing:
            lacking(missing)
        return found

    return find
