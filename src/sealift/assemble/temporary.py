"""The private file that an executable is written to before it takes its place.

It lies beside the output, because only a rename within one file system is atomic, and is named
``.NAME.sealift-RANDOM.tmp``: what a killed process leaves is recognisable, and an executable that
was there before is untouched until the rename.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from sealift.errors import OutputError

_EXECUTABLE = 0o777
_FULL = {errno.ENOSPC, errno.EFBIG, *({errno.EDQUOT} if hasattr(errno, "EDQUOT") else ())}


class Temporary:
    """A file being written, open for reading and writing; made by `temporary`."""

    def __init__(self, output: Path, path: Path, descriptor: int) -> None:
        self.output = output
        self.path = path
        self.descriptor = descriptor
        self.published = False

    def publish(self) -> None:
        """Make it executable and rename it to the output, over what is there.

        It is not flushed to the disk first: that takes as long as writing it on a fast disk
        (0.08 s for 108 MB) and seconds on a slow one, and all that a power cut in between can
        cost is a build. Some file systems (ext4, btrfs) flush a file that replaces another of
        their own accord.

        Raises:
            OutputError: the output cannot be replaced.
        """
        mask = os.umask(0)  # there is no way to ask for it without setting it
        os.umask(mask)
        with explained(self.output):
            self.path.chmod(_EXECUTABLE & ~mask)
            self.close()
            self.path.replace(self.output)
        self.published = True

    def replaces(self, path: Path) -> bool:
        """Say whether ``path`` is the very file that publishing would replace."""
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
    """Make a private file beside ``output``, and remove it unless it was published.

    Missing parent directories are made; those stay.

    Raises:
        OutputError: the output is a directory or the like, or cannot be written.
    """
    with explained(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            _must_be_replaceable(output)
        # A long name gets shortened: together they may not exceed a file name's 255 bytes.
        stem = os.fsdecode(os.fsencode(output.name)[:200])
        path = output.with_name(f".{stem}.sealift-{secrets.token_hex(4)}.tmp")
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags | getattr(os, "O_CLOEXEC", 0), 0o600)
    file = Temporary(output, path, descriptor)
    try:
        yield file
    finally:
        file.close()
        if not file.published:
            path.unlink(missing_ok=True)


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
        raise OutputError(
            "output-is-directory",
            f"{output} is a directory.",
            "Name the file to write (`--output FILE`), or give the directory as `--out-path DIR`.",
        )
    if not stat.S_ISREG(mode):
        raise OutputError(
            "output-not-a-file",
            f"{output} is a device or the like, not a file.",
            "Name another output; sealift writes a file and renames it into place.",
        )


def _explain(output: Path, error: OSError) -> OutputError:
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        return OutputError(
            "disk-full",
            f"There is no room to write {output}: {reason}.",
            "Free some space (an executable takes some 110 MB and the packaged files), or choose "
            "another place with `--out-path`.",
        )
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return OutputError(
            "output-parent",
            f"{output.parent} is not a directory.",
            "Name an output in a directory.",
        )
    if error.errno == errno.ETXTBSY or getattr(error, "winerror", 0) in (5, 32):
        return OutputError(
            "output-busy",
            f"{output} cannot be replaced: it is running, open in another program, or protected.",
            "Stop the program and build again, or name another output.",
        )
    return OutputError(
        "output-not-writable",
        f"{output} cannot be written: {reason}.",
        "Choose an output that you may write to.",
    )
