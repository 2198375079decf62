from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import rigs.musl
from rigs import debian
from rigs.cache import RigError
from rigs.capability import lacking
from sealift.cache import Store
from sealift.errors import SealiftError
from sealift.model import MuslLibrary, SilentObserver
from sealift.musl import musl_source as source
from support.observers import Recorder


@pytest.fixture
def observer() -> Recorder:
    return Recorder()


@pytest.fixture(scope="session")
def musl(equipment: None) -> Callable[[str], MuslLibrary]:
    """Callable: musl for an architecture, shared by all tests."""

    def find(arch: str) -> MuslLibrary:
        try:
            return rigs.musl.musl(arch)
        except RigError as error:
            lacking(str(error))

    return find


@pytest.fixture(scope="session")
def musl_tarball(equipment: None) -> Path:
    """musl's source as it was released."""
    try:
        return source.obtain_source(Store(rigs.musl.cache()), False, SilentObserver())
    except SealiftError as error:
        lacking(error.message)


@pytest.fixture
def musl_tree(musl_tarball: Path, tmp_path: Path) -> Path:
    """A fresh copy of the source."""
    return source.unpack(musl_tarball, tmp_path / "musl")


@pytest.fixture(scope="session")
def debian_package(equipment: None) -> Callable[[str, str], Path]:
    """Callable ``(name, arch)``: directory of the files of a Debian 13 package."""

    def find(name: str, arch: str) -> Path:
        try:
            return debian.package(name, arch)
        except RigError as error:
            lacking(str(error))

    return find
