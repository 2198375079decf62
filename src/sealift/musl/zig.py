"""The C compiler: PyPI's ``ziglang``, which contains clang and lld for all hosts and targets.

Its programs are called directly (``zig clang``, ``zig ld.lld``) and not through ``zig cc``, which
chooses flags, libraries and visibilities of its own.
"""

from __future__ import annotations

import errno
import importlib.util
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from sealift.cache import Store, is_intact_tree, is_trusted_below, places, seal_tree, touch
from sealift.model import Observer
from sealift.musl import messages
from sealift.tools import pip
from sealift.tools.subprocesses import CommandError, run

PROJECT = "ziglang"
VERSION = "0.15.2"
"""Part of the identity of a compiled musl, because another compiler makes other bytes."""

_FULL = 1 << 20


class Zig(Struct, frozen=True):
    """An installed ``ziglang`` package."""

    directory: Path

    @property
    def program(self) -> Path:
        """The program that contains all tools."""
        return self.directory / ("zig.exe" if os.name == "nt" else "zig")

    def run(self, tool: str, arguments: Sequence[str], directory: Path) -> None:
        """Run ``zig TOOL ARGUMENTS...`` in a directory of its own.

        Raises:
            NodeError: ``musl-build-failed``: the tool failed.
            OSError: it failed because the disk is full.
        """
        private = str(directory / "zig-cache")
        try:
            run(
                [str(self.program), tool, *arguments],
                directory=directory,
                environment={"ZIG_LOCAL_CACHE_DIR": private, "ZIG_GLOBAL_CACHE_DIR": private},
            )
        except CommandError as error:
            if shutil.disk_usage(directory).free < _FULL:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
            raise messages.COMPILE_FAILED.error(
                tool=tool, reason=error, program=self.program
            ) from error


def obtain_zig(store: Store, offline: bool, observer: Observer) -> Zig:
    """Return the compiler: the one installed beside sealift, or the cache's, which pip fetches.

    Raises:
        NodeError: ``compiler-missing``: it is not installed, and was not fetched; or the cache is
            unusable.
    """
    if (zig := _installed()) is not None and zig.program.is_file():
        return zig
    directory = store.path(places.ZIG, f"{PROJECT}-{VERSION}")
    zig = Zig(directory / PROJECT)

    def is_there() -> bool:
        return (
            zig.program.is_file()
            and is_trusted_below(store.root, directory)
            and is_intact_tree(directory)
        )

    if is_there():
        touch(directory)
        return zig
    if offline:
        raise messages.COMPILER_NOT_CACHED.error(project=PROJECT, version=VERSION)
    observer.stage(f"fetching a C compiler ({PROJECT} {VERSION})")
    store.make(directory, "a C compiler", is_there, _install, observer)
    return zig


def _install(work: Path) -> None:
    try:
        pip.install(f"{PROJECT}=={VERSION}", work / "entry")
    except pip.PipError as error:
        raise messages.COMPILER_NOT_FETCHED.error(
            project=PROJECT,
            version=VERSION,
            reason=error.reason,
            remedy=error.remedy or messages.FETCH_COMPILER,
        ) from error
    seal_tree(work / "entry")


def _installed() -> Zig | None:
    from importlib import metadata  # slow to import, and a compiled musl is usually there

    try:
        if metadata.version(PROJECT) != VERSION:
            return None
    except metadata.PackageNotFoundError:
        return None
    found = importlib.util.find_spec(PROJECT)
    return Zig(Path(found.origin).parent) if found and found.origin else None
