"""Tarballs that others wrote, read within limits that Python does not have.

A header of the types below is followed by a name or by attributes, which `tarfile` reads into
memory whatever their size. Sources: pax(1), "ustar Interchange Format"; the manual of GNU tar,
"Basic Tar Format".
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from gzip import GzipFile
from typing import IO, Literal

MOST_MEMBERS = 200_000
"""Entries of a tarball: Node's has 6,000, the largest package has fewer than 50,000 files."""

MOST_EXTENSION = 1 << 20
"""Bytes of a long name or of attributes; no system has longer paths than 64 KiB."""

_EXTENSIONS = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)


class BoundedTarInfo(tarfile.TarInfo):
    """A header whose extensions have a limited size."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> BoundedTarInfo:
        """Return the header in ``buf``. Raise ReadError if its extension is too large."""
        found = super().frombuf(buf, encoding, errors)
        if found.type in _EXTENSIONS and found.size > MOST_EXTENSION:
            raise tarfile.ReadError(f"a name has {found.size} bytes")
        return found


def open_stream(
    stream: IO[bytes] | GzipFile, mode: Literal["r|", "r|*"], buffer: int
) -> tarfile.TarFile:
    """Open a tarball that is read once.

    Args:
        stream: the tarball.
        mode: as for `tarfile.open`: ``r|``, or ``r|*`` to find out how it is compressed.
        buffer: bytes that are decompressed at once.

    Raises:
        tarfile.TarError: it is no tarball.
    """
    try:
        return tarfile.open(fileobj=stream, mode=mode, bufsize=buffer, tarinfo=BoundedTarInfo)
    except TypeError as error:  # Python's own fault: a gzip header that is cut off
        raise tarfile.ReadError("it is cut off") from error


def members(opened: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield the entries of a tarball. Raise ReadError if there are too many."""
    for number, member in enumerate(opened):
        if number == MOST_MEMBERS:
            raise tarfile.ReadError(f"it has more than {MOST_MEMBERS} entries")
        yield member
