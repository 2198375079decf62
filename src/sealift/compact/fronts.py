"""The front for one architecture: from the wheel, from the cache, or compiled.

In the cache it is in ``fronts/<arch>-<identity>/``, in a wheel ``sealift/compact/built/<arch>/``.
Beside it is the licence of Brotli, whose decoder is part of it.
"""

from __future__ import annotations

from pathlib import Path

from sealift.cache import Store, places
from sealift.compact import brotli_source
from sealift.compact.compile import compile_front, identity
from sealift.compact.layout import MACHINES
from sealift.model import Observer
from sealift.target import Arch
from sealift.target_build import Front
from sealift.zig import Compiled, find_built, make_built, obtain_zig, package_built

_PACKAGED = Path(__file__).parent / "built"
_WHAT = "the front of compact files"


def obtain_front(arch: Arch, *, cache: Path, offline: bool, observer: Observer) -> Front:
    """Return the front. If it must be compiled, that takes seconds, once for all processes.

    Args:
        arch: x64 or arm64; of the executable, not of this host.
        cache: root directory of sealift's cache.
        offline: fetch neither the source of Brotli nor a compiler.
        observer: notified of downloads and of compiling.

    Raises:
        NodeError: the source or the compiler is not available; compiling fails; the cache is
            unusable.
        FormatError: what was compiled is not usable.
    """
    store = Store(cache)
    digest = identity(arch)
    wanted = Compiled(
        what=f"{_WHAT} for {arch}",
        name="front",
        licence=brotli_source.LICENCE,
        identity=digest,
        packaged=_PACKAGED / arch,
        directory=store.path(places.FRONTS, f"{arch}-{digest[:16]}"),
    )
    built = find_built(wanted, store)
    if built is None:
        store.sweep()
        source = brotli_source.obtain_source(store, offline, observer)
        compiler = obtain_zig(store, _WHAT, offline, observer)

        def compile_in(work: Path) -> Path:
            observer.stage(f"compiling {wanted.what}")
            return compile_front(source, arch, compiler, work)

        built = make_built(wanted, store, compile_in, observer)
    size, parts = built.path.stat().st_size, store.directory(places.COMPRESSED)
    return Front(arch, built.path, size, built.sha256, brotli_source.VERSION, parts)


def package_fronts(*, cache: Path, observer: Observer) -> None:
    """Put the fronts into this package, so that a wheel of sealift includes them."""
    for arch in MACHINES:
        front = obtain_front(arch, cache=cache, offline=False, observer=observer)
        package_built(front.path, _PACKAGED / arch)
