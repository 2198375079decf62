"""The source of zstd, whose decoder is part of the front.

It is a file of the source archive of ``zstandard``, the library with which sealift compresses. pip
downloads the archive, and nothing in it is run.
"""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

from sealift.cache import Store, digest_of, places, touch
from sealift.compact import messages
from sealift.model import Observer
from sealift.tools import pip

PROJECT = "zstandard"
VERSION = "0.25.0"
SHA256 = "7713e1179d162cf5c7906da876ec2ccb9c3a9dcbdffef0cc7f70c3667a205f0b"
ZSTD_VERSION = "1.5.7"
FILES = ("zstd.c", "zstd.h", "zstd_errors.h", "LICENSE")
_NAME = f"{PROJECT}-{VERSION}.tar.gz"


def obtain_source(store: Store, offline: bool, observer: Observer) -> Path:
    """Return the path of the archive, after checking its digest.

    Raises:
        NodeError: ``zstd-missing``: it is not available; ``digest-mismatch``; or the cache is
            unusable.
    """
    directory = store.path(places.ZSTD_SOURCE, f"{PROJECT}-{VERSION}")
    archive = directory / _NAME

    def complete() -> bool:
        return archive.is_file() and digest_of(archive) == SHA256

    if complete():
        touch(directory)
        return archive
    if offline:
        raise messages.SOURCE_NOT_CACHED.error(archive=_NAME)
    observer.stage(f"fetching the source of zstd {ZSTD_VERSION}")
    store.make(directory, f"zstd {ZSTD_VERSION}", complete, _fetch, observer)
    return archive


def unpack(archive: Path, directory: Path) -> None:
    """Write the files that are compiled, and their licence, to a directory."""
    with tarfile.open(archive) as opened:
        for name in FILES:
            content = opened.extractfile(f"{PROJECT}-{VERSION}/zstd/{name}")
            assert content is not None, "the digest says that it is there"
            with (directory / name).open("xb") as file:
                shutil.copyfileobj(content, file)


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
