"""Node's source, a directory or a tarball: read its version, and copy or unpack it.

Nothing is written outside the directory that a tarball is unpacked to, and only files, directories
and links that stay inside are made. The first component of each path (``node-v24.19.0``) is
removed. The files keep their times, as make compares them.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import re
import shutil
import stat
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from sealift.errors import NodeError
from sealift.nodes.archive import copy
from sealift.nodes.build.messages import SOURCE_REFUSED
from sealift.target import NodeVersion
from sealift.tools.bounded_tar import BoundedTarInfo, members

VERSION_FILE = "src/node_version.h"
"""The file with the three numbers of the release, in every source tree of Node."""

_NUMBER = re.compile(r"#define\s+NODE_(MAJOR|MINOR|PATCH)_VERSION\s+(\d+)")
_BROKEN = (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, ValueError, OverflowError)
_LEFT_OUT = frozenset({".git", "out"})  # the history, and results of earlier builds


def state_of(source: Path) -> str:
    """Return a digest that changes when files of a source tree (or the tarball) change.

    It is computed from names, sizes, times and modes, not from contents.

    Raises:
        NodeError: the source cannot be read.
    """
    digest = hashlib.sha256(os.fsencode(source.absolute()))
    with _readable(source):
        files = sorted(_files(source)) if source.is_dir() else [source]
        for file in files:
            status = file.lstat()
            digest.update(os.fsencode(file))
            digest.update(f" {status.st_size} {status.st_mtime_ns} {status.st_mode}\n".encode())
    return digest.hexdigest()


def version_of(source: Path) -> NodeVersion:
    """Return the release of a source tree, or of a tarball of one.

    Raises:
        NodeError: it cannot be read, or is not Node's source.
    """
    with _readable(source):
        if source.is_dir():
            text = (source / VERSION_FILE).read_text("utf-8", "replace")
        else:
            text = _text_in_tarball(source)
    numbers = {name: int(value) for name, value in _NUMBER.findall(text)}
    if len(numbers) != 3:
        raise _refused(source, f"its {VERSION_FILE} does not name a release")
    return NodeVersion(numbers["MAJOR"], numbers["MINOR"], numbers["PATCH"])


def lay_out(source: Path, folder: Path) -> None:
    """Copy a source tree, or unpack a tarball of one, to a new directory.

    Raises:
        NodeError: it cannot be read, or contains something else than files and links inside it.
    """
    with _readable(source):
        if source.is_dir():
            shutil.copytree(
                source,
                folder,
                symlinks=True,
                ignore=lambda place, _: _LEFT_OUT if Path(place) == source else (),
            )
        else:
            folder.mkdir()
            _unpack(source, folder)


def _unpack(tarball: Path, folder: Path) -> None:
    root = folder.resolve()
    with tarfile.open(tarball, tarinfo=BoundedTarInfo) as opened:
        for member in members(opened):
            path = _place_of(member.name, tarball)
            if path is None:
                continue
            place = root / path
            _require_within(place.parent, root, member.name, tarball)
            place.parent.mkdir(parents=True, exist_ok=True)
            if member.isdir():
                place.mkdir(exist_ok=True)
            elif member.isreg():
                content = opened.extractfile(member)
                if content is None or copy(content, place) != member.size:
                    raise _refused(tarball, f"{member.name} is truncated")
                place.chmod(0o755 if member.mode & 0o100 else 0o644)
                os.utime(place, (member.mtime, member.mtime))
            elif member.issym():
                _require_within(place.parent / member.linkname, root, member.name, tarball)
                place.symlink_to(member.linkname)
            elif member.islnk():
                linked = _place_of(member.linkname, tarball)
                _require_within(root / (linked or "."), root, member.name, tarball)
                place.hardlink_to(root / (linked or "."))
            else:
                raise _refused(tarball, f"{member.name} is neither a file nor a link")


def _place_of(name: str, tarball: Path) -> PurePosixPath | None:
    """Return a member's path without its first component; None for the first component itself."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise _refused(tarball, f"{name} leads out of it")
    return PurePosixPath(*path.parts[1:]) if len(path.parts) > 1 else None


def _require_within(place: Path, root: Path, name: str, tarball: Path) -> None:
    if not place.resolve().is_relative_to(root):
        raise _refused(tarball, f"{name} leads out of it")


def _text_in_tarball(tarball: Path) -> str:
    # Opening a pipe would wait forever. `stat` raises an error for a missing file.
    if not stat.S_ISREG(tarball.stat().st_mode) or not tarfile.is_tarfile(tarball):
        raise _refused(tarball, "it is neither a directory nor a tarball")
    with tarfile.open(tarball, tarinfo=BoundedTarInfo) as opened:
        for member in members(opened):
            if PurePosixPath(*PurePosixPath(member.name).parts[1:]) == PurePosixPath(VERSION_FILE):
                content = opened.extractfile(member)
                return content.read(1 << 20).decode("utf-8", "replace") if content else ""
    raise _refused(tarball, f"it does not contain {VERSION_FILE}")


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        if Path(place) == folder:
            folders[:] = [name for name in folders if name not in _LEFT_OUT]
        yield from (Path(place, name) for name in files)


@contextmanager
def _readable(source: Path) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise _refused(source, str(error) or type(error).__name__) from error
    except shutil.Error as error:
        # From copying a tree: a list of everything that went wrong, each with a reason.
        place, _, reason = error.args[0][0]
        raise _refused(source, f"{place} cannot be copied ({reason})") from error
    except FileNotFoundError as error:
        reason = f"it does not contain {VERSION_FILE}" if source.is_dir() else "it does not exist"
        raise _refused(source, reason) from error
    except OSError as error:
        # Errors of writing name a path in the cache, and are handled there.
        if error.filename is None or not Path(error.filename).is_relative_to(source):
            raise
        raise _refused(source, error.strerror or str(error)) from error


def _refused(source: Path, reason: str) -> NodeError:
    return SOURCE_REFUSED.error(source=source, reason=reason)
