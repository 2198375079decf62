"""Copy ranges between files: inside the kernel where possible, otherwise through a buffer."""

from __future__ import annotations

import contextlib
import errno
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from sealift.errors import SealiftError

CHUNK = 1 << 20
# One call copies at most this much, so that progress is shown, Ctrl-C is noticed, and what was
# copied is hashed meanwhile.
_KERNEL_CHUNK = 8 << 20
_UNSUPPORTED = {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF}

_CLONE_RANGE = 0x4020940D  # FICLONERANGE of linux/fs.h
_CLONED_RANGE = struct.Struct("=qQQQ")  # source, its offset, length, offset in the target
_LARGEST_BLOCK = 64 << 10  # of file systems; ranges are multiples of a block


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


def clone_start(source: Source, target: int, size: int) -> int:
    """Let an empty file share the first bytes of ``source``, and return how many bytes it shares.

    Nothing is copied, and the disk holds the bytes once: btrfs, XFS and others do that. It is 0
    elsewhere, and at most ``size``. Either file can be written to later.
    """
    size -= size % _LARGEST_BLOCK
    if sys.platform != "linux" or not size:
        return 0
    import fcntl  # Windows has none

    with contextlib.suppress(OSError):
        request = _CLONED_RANGE.pack(source.descriptor, 0, size, 0)
        fcntl.ioctl(target, _CLONE_RANGE, request)
        return size
    return 0


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
