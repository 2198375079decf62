"""musl for one architecture: from the wheel, from the cache, or compiled.

In the cache it is in ``loaders/<arch>-<identity>/``, in a wheel in ``sealift/musl/built/<arch>/``.
Beside it is its licence.
"""

from __future__ import annotations

from pathlib import Path

from sealift.cache import Store, places
from sealift.model import MuslLibrary, Observer
from sealift.musl.compile import MACHINES, compile_musl, identity
from sealift.musl.musl_source import VERSION, obtain_source
from sealift.musl.validate import check_musl
from sealift.target import Arch
from sealift.zig import Compiled, find_built, make_built, obtain_zig, package_built

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
    store = Store(cache)
    digest = identity(arch)
    wanted = Compiled(
        what=f"musl for {arch}",
        name="libc.so",
        licence="COPYRIGHT",
        identity=digest,
        packaged=_PACKAGED / arch,
        directory=store.path(places.MUSL, f"{arch}-{digest[:16]}"),
    )
    built = find_built(wanted, store)
    if built is None:
        store.sweep()
        tarball = obtain_source(store, offline, observer)
        compiler = obtain_zig(store, "musl", offline, observer)

        def compile_in(work: Path) -> Path:
            compiled = compile_musl(tarball, arch, compiler, work, observer)
            check_musl(compiled, arch)
            return compiled

        built = make_built(wanted, store, compile_in, observer)
    return MuslLibrary(VERSION, arch, built.path, built.path.stat().st_size, built.sha256)


def package_musl(*, cache: Path, observer: Observer) -> None:
    """Put musl for all architectures into this package, so that a wheel of sealift includes it."""
    for arch in MACHINES:
        musl = obtain_musl(arch, cache=cache, offline=False, observer=observer)
        package_built(musl.path, _PACKAGED / arch)
