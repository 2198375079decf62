"""The programs in front of compact files, compiled once for all tests."""

from __future__ import annotations

from rigs.cache import RigError
from rigs.musl import cache
from sealift.compact.fronts import obtain_front
from sealift.errors import SealiftError
from sealift.model import SilentObserver
from sealift.target import Arch
from sealift.target_build import Front


def front(arch: str) -> Front:
    """Return the front for x64 or arm64; ``dev.py rigs`` compiles each, in some seconds."""
    try:
        return obtain_front(Arch(arch), cache=cache(), offline=False, observer=SilentObserver())
    except SealiftError as error:
        raise RigError(f"the front of compact files for {arch}: {error.message}") from error


def set_up() -> None:
    """Compile both."""
    for arch in ("x64", "arm64"):
        front(arch)
