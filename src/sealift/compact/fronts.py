"""The front for one architecture: from the wheel, from the cache, or compiled.

In the cache it is ``fronts/<arch>-<identity>/``, in a wheel ``sealift/compact/built/<arch>/``::

    front        the program
    LICENSE      of zstd, whose decoder is part of the program
    built.json   what `sealift.zig.record_built` writes
"""

from __future__ import annotations

import shutil
from pathlib import Path

from sealift.cache import Store, is_trusted_below, places, touch
from sealift.compact.compile import ZSTD_VERSION, compile_front
from sealift.compact.compile import identity as identity_of
from sealift.compact.layout import MACHINES
from sealift.compact.zstd_source import obtain_source
from sealift.model import Observer
from sealift.target import Arch
from sealift.target_build import Front
from sealift.zig import digest_of_built, obtain_zig, record_built

_PACKAGED = Path(__file__).parent / "built"
_FRONT = "front"
_WHAT = "the front of compact files"


def obtain_front(arch: Arch, *, cache: Path, offline: bool, observer: Observer) -> Front:
    """Return the front. If it must be compiled, that takes seconds, once for all processes.

    Args:
        arch: x64 or arm64; of the executable, not of this host.
        cache: root directory of sealift's cache.
        offline: fetch neither the source of zstd nor a compiler.
        observer: notified of downloads and of compiling.

    Raises:
        NodeError: the source or the compiler is not available; compiling fails; the cache is
            unusable.
        FormatError: what was compiled is not usable.
    """
    identity = identity_of(arch)
    store = Store(cache)
    directory = store.path(places.FRONTS, f"{arch}-{identity[:16]}")
    for place in (_PACKAGED / arch, directory):
        if place == directory and not is_trusted_below(store.root, directory):
            continue
        if (front := _read(place, arch, store)) is not None:
            if place == directory:
                touch(directory)
            return front
    store.sweep()
    source = obtain_source(store, offline, observer)
    compiler = obtain_zig(store, _WHAT, offline, observer)

    def fill(work: Path) -> None:
        observer.stage(f"compiling {_WHAT} for {arch}")
        compiled = compile_front(source, arch, compiler, work)
        content = work / "entry"
        content.mkdir()
        shutil.copy(compiled, content / _FRONT)
        shutil.copy(compiled.with_name("LICENSE"), content / "LICENSE")
        record_built(content / _FRONT, identity)

    def is_complete() -> bool:
        return is_trusted_below(store.root, directory) and _read(directory, arch, store) is not None

    store.make(directory, f"{_WHAT} for {arch}", is_complete, fill, observer)
    front = _read(directory, arch, store)
    if front is None:
        raise store.lost()
    return front


def package_fronts(*, cache: Path, observer: Observer) -> None:
    """Put the fronts into this package, so that a wheel of sealift includes them."""
    for arch in MACHINES:
        front = obtain_front(arch, cache=cache, offline=False, observer=observer)
        if front.path.parent != _PACKAGED / arch:
            shutil.copytree(front.path.parent, _PACKAGED / arch, dirs_exist_ok=True)


def _read(directory: Path, arch: Arch, store: Store) -> Front | None:
    """Return the front in a directory, unless it is missing, changed, or from other inputs."""
    path = directory / _FRONT
    sha256 = digest_of_built(path, identity_of(arch))
    if sha256 is None:
        return None
    parts = store.directory(places.COMPRESSED)
    return Front(arch, path, path.stat().st_size, sha256, ZSTD_VERSION, parts)
