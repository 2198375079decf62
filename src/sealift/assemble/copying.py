"""Copy ranges between files: inside the kernel where possible, otherwise through a buffer."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

from sealift.errors import SealiftError

CHUNK = 1 << 20
# One call copies at most this much, so that progress is shown and Ctrl-C is noticed.
_KERNEL_CHUNK = 32 << 20
_UNSUPPORTED = {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF}


class Source:
    """A file to copy from, which must not change until the end."""

    def __init__(self, path: Path, changed: SealiftError) -> None:
        """Open ``path``; ``changed`` is the error to raise if the file changes."""
        self.changed = changed
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        self.descriptor = os.open(path, flags)
        self._status = os.fstat(self.descriptor)

    @property
    def size(self) -> int:
        """The length in bytes when the file was opened."""
        return self._status.st_size

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def must_be_unchanged(self) -> None:
        """Raise ``changed`` if the file was written to since it was opened."""
        now = os.fstat(self.descriptor)
        if (now.st_size, now.st_mtime_ns) != (self.size, self._status.st_mtime_ns):
            raise self.changed

    def chunks(self, offset: int, size: int) -> Iterator[bytes]:
        """Yield ``size`` bytes from ``offset``, 1 MiB at a time."""
        with open(self.descriptor, "rb", buffering=0, closefd=False) as file:
            file.seek(offset)
            while size:
                data = file.read(min(size, CHUNK))
                if not data:
                    raise self.changed
                size -= len(data)
                yield data

    def close(self) -> None:
        """Close the file."""
        os.close(self.descriptor)


def copy_in_kernel(source: Source, offset: int, target: int, at: int, size: int) -> Iterator[int]:
    """Copy inside the kernel, and yield the number of bytes of each step.

    The sum is less than ``size`` where the kernel or the file systems cannot do it. ``at`` is the
    offset in ``target``.
    """
    copy = getattr(os, "copy_file_range", None)  # Linux
    done = 0
    while copy and done < size:
        try:
            step = copy(
                source.descriptor,
                target,
                min(size - done, _KERNEL_CHUNK),
                offset_src=offset + done,
                offset_dst=at + done,
            )
        except OSError as error:
            if error.errno in _UNSUPPORTED:
                return
            raise
        if step == 0:
            return
        done += step
        yield step
