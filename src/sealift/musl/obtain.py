"""A loader for one architecture: out of the wheel, out of the cache, or built.

In the cache it is ``loaders/<arch>-<identity>/``, in a wheel ``sealift/loader/built/<arch>/``::

    libc.so      the loader
    COPYRIGHT    musl's licence, which goes wherever the loader goes
    built.json   what it was built of (`build.identity`) and the digest of libc.so
"""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from sealift.cache import Store, digest_of, places, read_record, touch, write_record
from sealift.model import MuslLibrary, Observer
from sealift.musl import compile as build
from sealift.musl import musl_source as source
from sealift.musl.validate import check
from sealift.musl.zig import obtain_zig
from sealift.target import Arch

_PACKAGED = Path(__file__).parent / "built"
_RECORD = "built.json"


class _Record(msgspec.Struct, frozen=True):
    identity: str
    sha256: str


def obtain_musl(arch: Arch, *, cache: Path, offline: bool, observer: Observer) -> MuslLibrary:
    """Get the loader; if it has to be built, that takes about a minute, once for all processes.

    Args:
        arch: x64 or arm64; of the executable, not of this host.
        cache: root directory of sealift's cache.
        offline: fetch neither musl's sources nor a compiler.
        observer: told of downloads and of compiling, in files.

    Raises:
        NodeError: sources or compiler cannot be had; compiling fails; the cache is unusable.
        UsageError: ``SEALIFT_MUSL_SOURCE`` names something else.
        FormatError: what was built is not usable.
    """
    identity = build.identity(arch)
    store = Store(cache)
    folder = store.path(places.MUSL, f"{arch}-{identity[:16]}")
    for place in (_PACKAGED / arch, folder):
        if (musl := _take(place, arch, identity)) is not None:
            if place == folder:
                touch(folder)
            return musl
    store.sweep()
    tarball = source.obtain_source(store, offline, observer)
    zig = obtain_zig(store, offline, observer)

    def fill(work: Path) -> None:
        built = build.build(tarball, arch, zig, work, observer)
        check(built, arch)
        content = work / "entry"
        content.mkdir()
        shutil.copy(built, content / "libc.so")
        shutil.copy(built.with_name("COPYRIGHT"), content / "COPYRIGHT")
        write_record(content / _RECORD, _Record(identity, digest_of(built)))

    def complete() -> bool:
        return _take(folder, arch, identity) is not None

    store.make(folder, f"musl's loader for {arch}", complete, fill, observer)
    musl = _take(folder, arch, identity)
    if musl is None:
        raise store.lost()
    return musl


def package_musl(*, cache: Path, observer: Observer) -> None:
    """Put the loaders of all architectures where a wheel of sealift takes them from."""
    for arch in build.MACHINES:
        musl = obtain_musl(arch, cache=cache, offline=False, observer=observer)
        if musl.path.parent != _PACKAGED / arch:
            shutil.copytree(musl.path.parent, _PACKAGED / arch, dirs_exist_ok=True)


def _take(folder: Path, arch: Arch, identity: str) -> MuslLibrary | None:
    """Give the loader in a folder, if it is there, unchanged, and what sealift builds today."""
    path = folder / "libc.so"
    record = read_record(folder / _RECORD, _Record)
    try:
        sha256, size = digest_of(path), path.stat().st_size
    except OSError:
        return None
    if record != _Record(identity, sha256):
        return None
    return MuslLibrary(source.VERSION, arch, path, size, sha256)
