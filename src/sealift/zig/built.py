"""What is compiled from C: a file with its licence, in the wheel, in the cache, or made now.

In the file's directory::

    NAME         the file
    LICENCE      its licence, which accompanies every copy
    built.json   the digests of what it was compiled from and of the file
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from sealift.cache import (
    Store,
    digest_of,
    is_trusted_below,
    read_record,
    touch,
    write_record,
)
from sealift.model import Observer

_RECORD = "built.json"


class _Record(msgspec.Struct, frozen=True):
    identity: str
    sha256: str


class Built(msgspec.Struct, frozen=True):
    """A compiled file that is as it was when it was compiled.

    Attributes:
        sha256: of the file, in hex.
    """

    path: Path
    sha256: str


class Compiled(msgspec.Struct, frozen=True):
    """A file that is compiled from C.

    Attributes:
        what: it is and for which machine, for messages.
        name, licence: of the file, and of the file with its licence.
        identity: digest of everything that its bytes depend on.
        packaged: where a wheel of sealift has it.
        directory: where the cache has it.
    """

    what: str
    name: str
    licence: str
    identity: str
    packaged: Path
    directory: Path


def find_built(wanted: Compiled, store: Store) -> Built | None:
    """Return the file that the wheel or the cache has; None if it must be compiled."""
    if (built := _read(wanted, wanted.packaged)) is not None:
        return built
    if (built := _in_cache(wanted, store)) is not None:
        touch(wanted.directory)
    return built


def make_built(
    wanted: Compiled, store: Store, compile_in: Callable[[Path], Path], observer: Observer
) -> Built:
    """Compile a file into the cache, once for all processes.

    Args:
        wanted: the file.
        store: the cache.
        compile_in: compiles it in an empty directory, and returns its path; its licence is beside
            it.
        observer: notified if another process compiles it.

    Raises:
        SealiftError: as ``compile_in``; or the cache is unusable.
    """

    def fill(work: Path) -> None:
        compiled = compile_in(work)
        content = work / "entry"
        content.mkdir()
        path = content / wanted.name
        shutil.copy(compiled, path)
        shutil.copy(compiled.with_name(wanted.licence), content / wanted.licence)
        write_record(content / _RECORD, _Record(wanted.identity, digest_of(path)))

    def is_complete() -> bool:
        return _in_cache(wanted, store) is not None

    store.make(wanted.directory, wanted.what, is_complete, fill, observer)
    built = _read(wanted, wanted.directory)
    if built is None:
        raise store.lost()
    return built


def package_built(path: Path, packaged: Path) -> None:
    """Copy a compiled file, with what is beside it, to where a wheel of sealift includes it."""
    if path.parent != packaged:
        shutil.copytree(path.parent, packaged, dirs_exist_ok=True)


def _in_cache(wanted: Compiled, store: Store) -> Built | None:
    if not is_trusted_below(store.root, wanted.directory):
        return None
    return _read(wanted, wanted.directory)


def _read(wanted: Compiled, directory: Path) -> Built | None:
    """Return the file in a directory, unless it is missing, changed, or from other inputs."""
    path = directory / wanted.name
    record = read_record(directory / _RECORD, _Record)
    try:
        sha256 = digest_of(path)
    except OSError:
        return None
    return Built(path, sha256) if record == _Record(wanted.identity, sha256) else None
