"""musl for one architecture: from the wheel, from the cache, or compiled.

In the cache it is ``loaders/<arch>-<identity>/``, in a wheel ``sealift/musl/built/<arch>/``::

    libc.so      musl
    COPYRIGHT    musl's licence, which accompanies every copy of musl
    built.json   the digests of what it was compiled from (`compile.identity`) and of libc.so
"""

from __future__ import annotations

import shutil
from pathlib import Path

from sealift.cache import Store, is_trusted_below, places, touch
from sealift.model import MuslLibrary, Observer
from sealift.musl.compile import MACHINES, compile_musl
from sealift.musl.compile import identity as identity_of
from sealift.musl.musl_source import VERSION, obtain_source
from sealift.musl.validate import check_musl
from sealift.target import Arch
from sealift.zig import digest_of_built, obtain_zig, record_built

_PACKAGED = Path(__file__).parent / "built"


def obtain_musl(arch: Arch, *, cache: Path, offline: bool, observer: Observer) -> MuslLibrary:
    """Return musl. If it must be compiled, that takes about a minute, once for all processes.

    Args:
        arch: x64 or arm64; of the executable, not of this host.
        cache: root directory of sealift's cache.
        offline: fetch neither musl's source nor a compiler.
        observer: receives the progress of downloads and of compiling, in files.

    Raises:
        NodeError: the source or the compiler is not available; compiling fails; the cache is
            unusable.
        UsageError: ``SEALIFT_MUSL_SOURCE`` names something else.
        FormatError: what was compiled is not usable.
    """
    identity = identity_of(arch)
    store = Store(cache)
    directory = store.path(places.MUSL, f"{arch}-{identity[:16]}")
    for place in (_PACKAGED / arch, directory):
        if place == directory and not is_trusted_below(store.root, directory):
            continue
        if (musl := _read(place, arch, identity)) is not None:
            if place == directory:
                touch(directory)
            return musl
    store.sweep()
    tarball = obtain_source(store, offline, observer)
    compiler = obtain_zig(store, "musl", offline, observer)

    def fill(work: Path) -> None:
        compiled = compile_musl(tarball, arch, compiler, work, observer)
        check_musl(compiled, arch)
        content = work / "entry"
        content.mkdir()
        shutil.copy(compiled, content / "libc.so")
        shutil.copy(compiled.with_name("COPYRIGHT"), content / "COPYRIGHT")
        record_built(content / "libc.so", identity)

    def is_complete() -> bool:
        return (
            is_trusted_below(store.root, directory) and _read(directory, arch, identity) is not None
        )

    store.make(directory, f"musl for {arch}", is_complete, fill, observer)
    musl = _read(directory, arch, identity)
    if musl is None:
        raise store.lost()
    return musl


def package_musl(*, cache: Path, observer: Observer) -> None:
    """Put musl for all architectures into this package, so that a wheel of sealift includes it."""
    for arch in MACHINES:
        musl = obtain_musl(arch, cache=cache, offline=False, observer=observer)
        if musl.path.parent != _PACKAGED / arch:
            shutil.copytree(musl.path.parent, _PACKAGED / arch, dirs_exist_ok=True)


def _read(directory: Path, arch: Arch, identity: str) -> MuslLibrary | None:
    """Return the musl in a directory, unless it is missing, changed, or from other inputs."""
    path = directory / "libc.so"
    sha256 = digest_of_built(path, identity)
    return MuslLibrary(VERSION, arch, path, path.stat().st_size, sha256) if sha256 else None
