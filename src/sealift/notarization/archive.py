"""The archive in which executables are sent to Apple, which takes no bare ones."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from msgspec import Struct

from sealift.target_messages import EXECUTABLE_UNREADABLE
from sealift.tools.input_files import NotRegularError, open_regular

_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = 0o755
_UNIX = 3
_CHUNK = 1 << 20


class Archive(Struct, frozen=True):
    """A zip file.

    Attributes:
        name: that it has for Apple.
        size: in bytes.
        sha256: its digest, in hex.
    """

    path: Path
    name: str
    size: int
    sha256: str


def write_archive(files: Sequence[Path], directory: Path) -> Archive:
    """Write executables to a zip file in ``directory``, the same bytes for the same files.

    Raises:
        UsageError: ``executable-unreadable``.
        OSError: the archive cannot be written.
    """
    path = directory / "notarize.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, file in enumerate(files):
            # Files of several directories may have one name.
            is_first = file.name not in {one.name for one in files[:number]}
            entry = zipfile.ZipInfo(file.name if is_first else f"{number}/{file.name}", _TIME)
            entry.create_system = _UNIX
            entry.external_attr = (stat.S_IFREG | _MODE) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            with _opened(file) as source, archive.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, _CHUNK)
    with path.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    return Archive(path, f"{files[0].name}.zip", os.path.getsize(path), digest)  # noqa: PTH202


def _opened(path: Path) -> IO[bytes]:
    try:
        return open_regular(path)
    except NotRegularError as error:
        raise EXECUTABLE_UNREADABLE.error(path=path, reason=error) from error
    except OSError as error:
        raise EXECUTABLE_UNREADABLE.error(path=path, reason=error.strerror) from error
