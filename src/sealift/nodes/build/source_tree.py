"""Node's source: a release's tarball, or what the user names; which version it is; unpacking it.

No path of a tarball is written outside the directory that it is unpacked to, and only files,
directories and links that stay in it are made. Its first component (``node-v24.19.0``) is left
out; the times of files are kept, as make compares them.
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
from sealift.target import NodeVersion

VERSION_FILE = "src/node_version.h"
"""Holds the three numbers of the release, in every source tree of Node."""

_NUMBER = re.compile(r"#define\s+NODE_(MAJOR|MINOR|PATCH)_VERSION\s+(\d+)")
_BROKEN = (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, ValueError, OverflowError)
_NOT_SOURCE = "Name a directory or tarball of Node's source, as nodejs.org has it (--node-src)."
_LEFT_OUT = frozenset({".git", "out"})  # history, and what an earlier build made


def state_of(source: Path) -> str:
    """Give a digest that changes when files of a source tree (or the tarball) do.

    Names, sizes and times are looked at, not contents.

    Raises:
        NodeError: it cannot be read.
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
    """Read which release a source tree or a tarball of one is.

    Raises:
        NodeError: it cannot be read, or is no source of Node.
    """
    with _readable(source):
        if source.is_dir():
            text = (source / VERSION_FILE).read_text("utf-8", "replace")
        else:
            text = _text_in_tarball(source)
    numbers = {name: int(value) for name, value in _NUMBER.findall(text)}
    if len(numbers) != 3:
        raise _no_source(source, f"its {VERSION_FILE} names no release")
    return NodeVersion(numbers["MAJOR"], numbers["MINOR"], numbers["PATCH"])


def lay_out(source: Path, folder: Path) -> None:
    """Copy a source tree, or unpack a tarball of one, to a new directory.

    Raises:
        NodeError: it cannot be read, or holds what does not belong there.
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
    with tarfile.open(tarball) as opened:
        for member in opened:
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
                    raise _no_source(tarball, f"{member.name} ends early")
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
                raise _no_source(tarball, f"{member.name} is neither a file nor a link")


def _place_of(name: str, tarball: Path) -> PurePosixPath | None:
    """Give a member's path without the first component; None for that one itself."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise _no_source(tarball, f"{name} leads out of it")
    return PurePosixPath(*path.parts[1:]) if len(path.parts) > 1 else None


def _require_within(place: Path, root: Path, name: str, tarball: Path) -> None:
    if not place.resolve().is_relative_to(root):
        raise _no_source(tarball, f"{name} leads out of it")


def _text_in_tarball(tarball: Path) -> str:
    # Reading a pipe would wait for ever; that there is nothing of that name is told by `stat`.
    if not stat.S_ISREG(tarball.stat().st_mode) or not tarfile.is_tarfile(tarball):
        raise _no_source(tarball, "it is neither a directory nor a tarball")
    with tarfile.open(tarball) as opened:
        for member in opened:
            if PurePosixPath(*PurePosixPath(member.name).parts[1:]) == PurePosixPath(VERSION_FILE):
                content = opened.extractfile(member)
                return content.read(1 << 20).decode("utf-8", "replace") if content else ""
    raise _no_source(tarball, f"there is no {VERSION_FILE} in it")


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
        raise _no_source(source, str(error) or type(error).__name__) from error
    except shutil.Error as error:
        # Of copying a tree: all that went wrong, each with a reason.
        place, _, reason = error.args[0][0]
        raise _no_source(source, f"{place} cannot be copied ({reason})") from error
    except FileNotFoundError as error:
        reason = f"there is no {VERSION_FILE} in it" if source.is_dir() else "it does not exist"
        raise _no_source(source, reason) from error
    except OSError as error:
        # Those of writing name another path, and are the cache's matter.
        if error.filename is None or not Path(error.filename).is_relative_to(source):
            raise
        raise _no_source(source, error.strerror or str(error)) from error


def _no_source(source: Path, reason: str) -> NodeError:
    return NodeError(
        "source-tree-refused",
        f"{source} is no source of Node that can be used: {reason}.",
        _NOT_SOURCE,
    )
