"""The C compiler: PyPI's ``ziglang``, which holds clang and lld for every host and both machines.

Its programs are called directly (``zig clang``, ``zig ld.lld``) and not through ``zig cc``, which
would choose flags, libraries and visibilities of its own.
"""

from __future__ import annotations

import errno
import importlib.util
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from sealift.cache import Store, places, touch
from sealift.errors import NodeError
from sealift.model import Observer
from sealift.nodes.provider import ProviderUnavailableError
from sealift.nodes.pypi_provider import run_pip
from sealift.tools import subprocesses as command

PROJECT = "ziglang"
VERSION = "0.15.2"
"""Part of a loader's identity: another compiler makes other bytes."""

_FULL = 1 << 20


@dataclass(frozen=True, slots=True)
class Zig:
    """An installed ``ziglang`` package."""

    folder: Path

    @property
    def program(self) -> Path:
        """The one program that is all of them."""
        return self.folder / ("zig.exe" if os.name == "nt" else "zig")

    def run(self, tool: str, arguments: Sequence[str], directory: Path) -> None:
        """Run ``zig TOOL ARGUMENTS...`` in a directory that is its own to write to.

        Raises:
            NodeError: the tool failed.
            OSError: it failed because the disk is full.
        """
        private = str(directory / "zig-cache")
        try:
            command.run(
                [str(self.program), tool, *arguments],
                directory=directory,
                environment={"ZIG_LOCAL_CACHE_DIR": private, "ZIG_GLOBAL_CACHE_DIR": private},
            )
        except command.CommandError as error:
            if shutil.disk_usage(directory).free < _FULL:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
            raise NodeError(
                "loader-build-failed",
                f"musl's loader could not be compiled: zig {tool}: {error}.",
                f"Make sure that {self.program} runs on this machine; or use a sealift wheel that"
                " carries the loaders.",
            ) from error


def obtain_zig(store: Store, offline: bool, observer: Observer) -> Zig:
    """Give the compiler: what is installed beside sealift, else the cache's, fetched once by pip.

    Raises:
        NodeError: it is not there and cannot be fetched; or the cache is unusable.
    """
    for zig in (_installed(), _cached(store)):
        if zig is not None and zig.program.is_file():
            if zig == _cached(store):
                touch(zig.folder.parent)
            return zig
    if offline:
        raise NodeError(
            "compiler-missing",
            f"musl's loader has to be built, and its compiler ({PROJECT} {VERSION}) is not cached.",
            f"Run once without --offline, or install it: pip install {PROJECT}=={VERSION}.",
        )
    zig = _cached(store)
    observer.stage(f"fetching a C compiler ({PROJECT} {VERSION})")
    store.make(zig.folder.parent, "a C compiler", zig.program.is_file, _install, observer)
    return zig


def _install(work: Path) -> None:
    try:
        run_pip(
            *("install", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-compile"),
            *("--target", str(work / "entry"), f"{PROJECT}=={VERSION}"),
        )
    except ProviderUnavailableError as error:
        raise NodeError(
            "compiler-missing",
            f"musl's loader has to be built, and its compiler ({PROJECT} {VERSION}) could not be"
            f" fetched ({error.reason}).",
            error.remedy
            or "Check the network and pip's settings, and that there is a wheel for this machine;"
            " or use a sealift wheel that carries the loaders.",
        ) from error


def _cached(store: Store) -> Zig:
    return Zig(store.path(places.ZIG, f"{PROJECT}-{VERSION}") / PROJECT)


def _installed() -> Zig | None:
    try:
        if metadata.version(PROJECT) != VERSION:
            return None
    except metadata.PackageNotFoundError:
        return None
    found = importlib.util.find_spec(PROJECT)
    return Zig(Path(found.origin).parent) if found and found.origin else None
