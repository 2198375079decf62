"""Unpack the tarballs of packages, which others wrote."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from sealift.cache import make_directory
from sealift.tools.bounded_tar import members, open_stream

_CHUNK = 1 << 20
_MOST_BYTES = 2 << 30
_MOST_PADDING = 64 << 20
"""Bytes after the end of an archive, which tar fills up with zeros to a multiple of its blocks."""
_MOST_FILES = 50_000
_MOST_LEVELS = 100  # of directories
_RESERVED = {"con", "prn", "aux", "nul"}  # by Windows


class ArchiveError(Exception):
    """A tarball is unusable; the message is a clause that follows its name."""


def unpack(stream: IO[bytes], directory: Path, *, strip: bool) -> list[str]:
    """Unpack the regular files of a tarball into an empty directory; return their paths, sorted.

    Links and special files are skipped: npm packs none. Every component of a path is checked, so no
    path leads out of the directory.

    Args:
        stream: the tarball, compressed by gzip.
        directory: empty.
        strip: omit the first component of each path.

    Raises:
        ArchiveError: the tarball is broken, too large, or has a path that no package may have.
    """
    # Imported here: most builds fetch nothing.
    import gzip
    import tarfile
    import zlib

    files: dict[str, str] = {}
    total = 0
    try:
        with (
            gzip.GzipFile(fileobj=stream) as uncompressed,
            open_stream(uncompressed, "r|", 1 << 16) as opened,
        ):
            for member in members(opened):
                if not member.isreg():
                    continue
                parts = _parts(member.name, strip=strip)
                total += member.size
                if total > _MOST_BYTES or len(files) >= _MOST_FILES:
                    raise ArchiveError("is larger than any package")
                path = "/".join(parts)
                if files.setdefault(path.lower(), path) != path:
                    raise ArchiveError(f"has two files named {path}")
                content = opened.extractfile(member)
                target = directory.joinpath(*parts)
                if target.is_dir() or any(
                    "/".join(parts[:n]).lower() in files for n in range(len(parts))
                ):
                    raise ArchiveError(f"has a file and a directory named like {path}")
                make_directory(target.parent)
                executable = bool(member.mode & stat.S_IXUSR)
                if content is None or _copy(content, target) != member.size:
                    raise ArchiveError("ends early")
                target.chmod(0o700 if executable else 0o600)
            # gzip has its checksum at the end.
            rest = 0
            while piece := uncompressed.read(_CHUNK):
                rest += len(piece)
                if rest > _MOST_PADDING:
                    raise ArchiveError("goes on after its end")
    # ValueError and OverflowError come from invalid numeric fields.
    except (
        tarfile.TarError,
        zlib.error,
        gzip.BadGzipFile,
        EOFError,
        ValueError,
        OverflowError,
    ) as error:
        raise ArchiveError(f"is broken ({error or type(error).__name__})") from error
    if not files:
        raise ArchiveError("has no files")
    return sorted(files.values())


def _parts(name: str, *, strip: bool) -> list[str]:
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if strip:
        parts = parts[1:]
    if not parts or len(parts) > _MOST_LEVELS or name.startswith("/"):
        raise ArchiveError(f"has the forbidden path {name[:200]!r}")
    for part in parts:
        strange = part == ".." or "\\" in part or ":" in part or not part.isprintable()
        if strange or part.endswith((" ", ".")) or part.split(".")[0].lower() in _RESERVED:
            raise ArchiveError(f"has the forbidden path {name[:200]!r}")
    return parts


def _copy(source: IO[bytes], target: Path) -> int:
    total = 0
    # The later of two files with one path counts, as for tar.
    with target.open("wb") as out:
        for piece in _pieces(source):
            total += out.write(piece)
    return total


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    while piece := source.read(_CHUNK):
        yield piece
