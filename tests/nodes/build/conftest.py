"""The stand-in's trees, and the compilers that they need."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from nodes.build.stand_in import HOST_MACHINE, make_tree
from rigs import host_target
from rigs.capability import lacking
from sealift.model import NodeBinary, Observer, SilentObserver
from sealift.nodes import obtain
from sealift.options import NodeOptions
from sealift.target import parse_target


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove variables that choose compilers or providers of Node."""
    for name in ("CC", "CXX", "CC_host", "CXX_host", "MAKEFLAGS", "SEALIFT_CACHE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("PKG_NODE_PATH", "PKG_CACHE_PATH", "SEALIFT_NODE_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def host_compiler(equipment: None) -> None:
    """What compiles the stand-in."""
    for program in ("g++", "make"):
        if shutil.which(program) is None:
            lacking(f"{program}, which compiles a stand-in for Node")


@pytest.fixture
def real_binary(node_binary) -> Path:
    """Node 24.19.0 for this machine."""
    return node_binary("24.19.0", *host_target())


@pytest.fixture
def tree(tmp_path: Path, real_binary: Path, host_compiler: None) -> Path:
    """A source tree of Node 24.19.0 that yields this machine's binary."""
    return make_tree(tmp_path / "tree", real_binary)


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., NodeBinary]:
    """Callable: a target and options to a binary, with a cache at ``tmp_path / "cache"``."""

    def get(target: str, observer: Observer | None = None, **options: object) -> NodeBinary:
        given = NodeOptions(compile=True, cache=tmp_path / "cache", **options)  # type: ignore[arg-type]
        return obtain(parse_target(target, HOST_MACHINE), given, observer or SilentObserver())

    return get
