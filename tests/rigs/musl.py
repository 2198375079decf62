"""sealift's musl libraries, built once for all tests and kept in the development cache."""

from __future__ import annotations

from pathlib import Path

from rigs.cache import RigError, dev_cache
from sealift.errors import SealiftError
from sealift.model import MuslLibrary, SilentObserver
from sealift.musl.obtain import obtain_musl
from sealift.target import Arch


def cache() -> Path:
    """Return the cache that sealift builds them in, with the compiler and musl's sources."""
    return dev_cache() / "sealift"


def musl(arch: str) -> MuslLibrary:
    """Return musl for x64 or arm64; ``dev.py rigs`` builds each, in about a minute."""
    try:
        return obtain_musl(Arch(arch), cache=cache(), offline=False, observer=SilentObserver())
    except SealiftError as error:
        raise RigError(f"musl's loader for {arch}: {error.message}") from error


def set_up() -> None:
    """Build both."""
    for arch in ("x64", "arm64"):
        musl(arch)
