"""The source of Brotli, whose decoder is part of the front.

It is in the source archive of ``brotli``, the library with which sealift compresses. pip downloads
the archive, and nothing in it is run.
"""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

from sealift.cache import Store, digest_of, places, touch
from sealift.compact import messages
from sealift.model import Observer
from sealift.tools import pip

PROJECT = "brotli"
VERSION = "1.2.1"
SHA256 = "02b2f7b5a83485efe448a44ddf7983def05c3bb1dcf917d4f7154070260e13de"
LICENCE = "LICENSE"
_DECODER = ("c/common/", "c/dec/", "c/include/brotli/")
_NAME = f"{PROJECT}-{VERSION}.tar.gz"


def obtain_source(store: Store, offline: bool, observer: Observer) -> Path:
    """Return the path of the archive, after checking its digest.

    Raises:
        NodeError: ``brotli-missing``: it is not available; ``digest-mismatch``; or the cache is
            unusable.
    """
    directory = store.path(places.BROTLI_SOURCE, f"{PROJECT}-{VERSION}")
    archive = directory / _NAME

    def complete() -> bool:
        return archive.is_file() and digest_of(archive) == SHA256

    if complete():
        touch(directory)
        return archive
    if offline:
        raise messages.SOURCE_NOT_CACHED.error(archive=_NAME)
    observer.stage(f"fetching the source of Brotli {VERSION}")
    store.make(directory, f"Brotli {VERSION}", complete, _fetch, observer)
    return archive


def unpack(archive: Path, directory: Path) -> tuple[str, ...]:
    """Write the decoder and its licence to a directory.

    Returns:
        The files to compile, as paths in that directory.
    """
    files = []
    with tarfile.open(archive) as opened:
        for member in opened:
            name = member.name.removeprefix(f"{PROJECT}-{VERSION}/")
            content = opened.extractfile(member)
            if content is None or not (name == LICENCE or name.startswith(_DECODER)):
                continue
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                shutil.copyfileobj(content, file)
            if path.suffix == ".c":
                files.append(name)
    return tuple(sorted(files))


def _fetch(work: Path) -> None:
    content = work / "entry"
    content.mkdir()
    archive = content / _NAME
    try:
        pip.fetch_source(f"{PROJECT}=={VERSION}", archive)
    except pip.PipError as error:
        raise messages.SOURCE_NOT_FETCHED.error(archive=_NAME, reason=error.reason) from error
    actual = digest_of(archive)
    if actual != SHA256:
        raise messages.SOURCE_DIFFERS.error(archive=_NAME, actual=actual, expected=SHA256)
