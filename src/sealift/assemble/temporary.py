"""The private file that an executable is written to before it takes its place.

It lies beside the output, because only a rename within one file system is atomic. Its name,
``.NAME.sealift-PID-RANDOM.tmp``, shows which files a killed process has left: the next build with
an output in the directory removes them. An existing executable stays untouched until the rename.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from sealift.assemble import messages
from sealift.errors import OutputError
from sealift.tools.disk_space import is_full
from sealift.tools.leftovers import lock, sweep_files
from sealift.tools.private_files import is_renamed, make, remove_file, temporary_name

_EXECUTABLE = 0o777


class Temporary:
    """A file being written, open for reading and writing; made by `temporary`."""

    def __init__(self, output: Path, path: Path, descriptor: int) -> None:
        self.output = output
        self.path = path
        self.descriptor = descriptor
        self.published = False

    def publish(self) -> None:
        """Make the file executable and rename it to the output, replacing an existing file.

        The file is not flushed to the disk first: that takes as long as writing it on a fast disk
        (0.08 s for 108 MB) and seconds on a slow one, and a power cut can cost no more than a
        build. Some file systems (ext4, btrfs) flush a file that replaces another anyway.

        Raises:
            OutputError: the output cannot be replaced.
        """
        mask = os.umask(0)  # it can only be read by setting it
        os.umask(mask)
        with explained(self.output):
            self.path.chmod(_EXECUTABLE & ~mask)
            self.close()
            self.path.replace(self.output)
        is_renamed(self.path)
        self.published = True

    def replaces(self, path: Path) -> bool:
        """Return True if ``path`` is the file that publishing would replace."""
        try:
            return self.output.samefile(path)
        except OSError:
            return False  # one of them does not exist

    def close(self) -> None:
        """Close the descriptor; does nothing the second time."""
        if self.descriptor >= 0:
            descriptor, self.descriptor = self.descriptor, -1
            os.close(descriptor)


@contextlib.contextmanager
def temporary(output: Path) -> Iterator[Temporary]:
    """Create a private file beside ``output``, and remove it unless it was published.

    Missing parent directories are created, and stay.

    Raises:
        OutputError: the output is not a regular file, or cannot be written.
    """
    with explained(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            _must_be_replaceable(output)
        sweep_files(output.parent)
        path = output.with_name(temporary_name(output.name))
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = make(path, lambda: os.open(path, flags | getattr(os, "O_CLOEXEC", 0), 0o600))
        lock(descriptor)
    file = Temporary(output, path, descriptor)
    try:
        yield file
    finally:
        file.close()
        if not file.published:
            remove_file(path)


@contextlib.contextmanager
def explained(output: Path) -> Iterator[None]:
    """Turn operating system errors about ``output`` into `OutputError`."""
    try:
        yield
    except OSError as error:
        raise _explain(output, error) from error


def _must_be_replaceable(output: Path) -> None:
    mode = output.stat().st_mode
    if stat.S_ISDIR(mode):
        raise messages.OUTPUT_IS_DIRECTORY.error(output=output)
    if not stat.S_ISREG(mode):
        raise messages.OUTPUT_NOT_A_FILE.error(output=output)


def _explain(output: Path, error: OSError) -> OutputError:
    reason = error.strerror or str(error)
    if is_full(error):
        return messages.DISK_FULL.error(output=output, reason=reason)
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return messages.OUTPUT_PARENT.error(parent=output.parent)
    if error.errno == errno.ETXTBSY or getattr(error, "winerror", 0) in (5, 32):
        return messages.OUTPUT_BUSY.error(output=output)
    return messages.OUTPUT_NOT_WRITABLE.error(output=output, reason=reason)
