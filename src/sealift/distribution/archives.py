"""Write tar and zip archives whose bytes depend on their entries alone.

Owners are root, all times are the one of the details, and entries stand in the given order.
"""

from __future__ import annotations

import io
import shutil
import tarfile
import time
import zipfile
from collections.abc import Iterable
from gzip import GzipFile
from typing import BinaryIO

from sealift.distribution.contents import Entry
from sealift.tools.input_files import open_regular

_LEVEL = 6
_UNIX = 3
_LINK_MODE = 0o777
_FILE, _LINK, _FOLDER = 0o100000, 0o120000, 0o040000


def write_tar(
    file: BinaryIO | io.RawIOBase | GzipFile,
    entries: Iterable[Entry],
    seconds: int,
    *,
    prefix: str = "",
) -> None:
    """Write an uncompressed tar archive (POSIX pax) to ``file``."""
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for entry in entries:
            info = tarfile.TarInfo(prefix + entry.path)
            info.mtime, info.mode = seconds, entry.mode
            info.uid = info.gid = entry.owner
            if entry.owner == 0:
                info.uname = info.gname = "root"
            if entry.is_directory:
                info.type = tarfile.DIRTYPE
                archive.addfile(info)
            elif entry.link:
                info.type, info.linkname, info.mode = tarfile.SYMTYPE, entry.link, _LINK_MODE
                archive.addfile(info)
            elif entry.source is None:
                info.size = len(entry.data)
                archive.addfile(info, io.BytesIO(entry.data))
            else:
                with open_regular(entry.source) as source:
                    info.size = source.seek(0, io.SEEK_END)
                    source.seek(0)
                    archive.addfile(info, source)


def write_tar_gz(
    file: BinaryIO, entries: Iterable[Entry], seconds: int, *, prefix: str = ""
) -> None:
    """Write a tar archive compressed with gzip, without a name or time in the gzip header."""
    with GzipFile("", "wb", _LEVEL, file, mtime=0) as out:
        write_tar(out, entries, seconds, prefix=prefix)


def write_zip(file: BinaryIO, entries: Iterable[Entry], seconds: int) -> None:
    """Write a zip archive; only empty directories have entries of their own."""
    moment = time.gmtime(seconds)[:6]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for entry in entries:
            info = zipfile.ZipInfo(entry.path, moment)
            info.create_system, info.compress_type = _UNIX, zipfile.ZIP_DEFLATED
            info.external_attr = (_FILE | entry.mode) << 16
            if entry.is_directory:
                info.filename += "/"
                info.external_attr = (_FOLDER | entry.mode) << 16
                archive.writestr(info, b"")
                continue
            if entry.link:
                info.external_attr = (_LINK | _LINK_MODE) << 16
                archive.writestr(info, entry.link)
                continue
            if entry.source is None:
                archive.writestr(info, entry.data)
                continue
            info.file_size = entry.source.stat().st_size  # decides whether zip64 is needed
            with open_regular(entry.source) as source, archive.open(info, "w") as out:
                shutil.copyfileobj(source, out, 1 << 20)
