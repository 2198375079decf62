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
from sealift.tools import pip
from sealift.tools.subprocesses import CommandError, run
from sealift.zig import messages

PROJECT = "ziglang"
VERSION = "0.15.2"
"""Part of the identity of a compiled musl, because another compiler makes other bytes."""

_FULL = 1 << 20


class Zig(Struct, frozen=True):
    """An installed ``ziglang`` package.

    Attributes:
        what: it compiles, for messages.
    """

    directory: Path
    what: str

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
                what=self.what, tool=tool, reason=error, program=self.program
            ) from error


def obtain_zig(store: Store, what: str, offline: bool, observer: Observer) -> Zig:
    """Return the compiler: the one installed beside sealift, or the cache's, which pip fetches.

    Args:
        store: the cache.
        what: must be compiled, for messages.
        offline: fetch nothing.
        observer: notified when it is fetched.

    Raises:
        NodeError: ``compiler-missing``: it is not installed, and was not fetched; or the cache is
            unusable.
    """
    if (zig := _installed(what)) is not None and zig.program.is_file():
        return zig
    directory = store.path(places.ZIG, f"{PROJECT}-{VERSION}")
    zig = Zig(directory / PROJECT, what)

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
        raise messages.COMPILER_NOT_CACHED.error(what=what, project=PROJECT, version=VERSION)
    observer.stage(f"fetching a C compiler ({PROJECT} {VERSION})")
    store.make(
        directory,
        "a C compiler",
        is_there,
        lambda work: _install(work, what, store, observer),
        observer,
    )
    return zig


def _install(work: Path, what: str, store: Store, observer: Observer) -> None:
    requirement = f"{PROJECT}=={VERSION}"
    try:
        with store.arriving(f"pip {requirement}", "a C compiler", observer) as wheel:
            pip.install(requirement, wheel, work)
    except pip.PipError as error:
        raise messages.COMPILER_NOT_FETCHED.error(
            what=what,
            project=PROJECT,
            version=VERSION,
            reason=error.reason,
            remedy=error.remedy or messages.FETCH_COMPILER,
        ) from error
    seal_tree(work / "entry")


def _installed(what: str) -> Zig | None:
    from importlib import metadata  # slow to import, and a compiled musl is usually there

    try:
        if metadata.version(PROJECT) != VERSION:
            return None
    except metadata.PackageNotFoundError:
        return None
    found = importlib.util.find_spec(PROJECT)
    return Zig(Path(found.origin).parent, what) if found and found.origin else None
