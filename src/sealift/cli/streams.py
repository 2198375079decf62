"""Standard output and standard error: how text gets there, and what happens if it cannot."""

from __future__ import annotations

import errno
import io
import os
import re
import sys
from typing import Any

import click

from sealift.cli.messages import OUTPUT_UNWRITABLE
from sealift.errors import OutputError

_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # what changes the order or the line of text
    "\ud800-\udfff]"  # bytes that are not UTF-8
)


def visible(text: str) -> str:
    r"""Return text with control characters escaped, such as ``\x1b``.

    Names come from other people's packages: none may move the cursor or forge a line.
    """
    return _INVISIBLE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def say(text: str) -> None:
    """Print a line to standard error; there is nowhere to report that it cannot be written."""
    try:
        click.echo(text, err=True)
    except OSError:
        _discard(sys.stderr)


def prepare_streams() -> None:
    """Make both streams usable, even if the caller closed them or their encoding is narrow."""
    if sys.stdout is None:
        sys.stdout = _Output(_Closed(), encoding="utf-8", errors="surrogateescape")
    elif isinstance(sys.stdout, io.TextIOWrapper):
        given = sys.stdout
        # Paths are printed byte for byte; other encodings cannot do that.
        is_utf8 = given.encoding.lower().replace("-", "") == "utf8"
        sys.stdout = _Output(
            given.detach(),
            encoding=given.encoding,
            errors="surrogateescape" if is_utf8 else "backslashreplace",
            line_buffering=given.line_buffering,
        )
        sys.__stdout__ = sys.stdout  # type: ignore[misc] # the given one is unusable now
    if sys.stderr is None:
        sys.stderr = io.TextIOWrapper(io.BytesIO())


def write_output(text: str) -> None:
    """Write to standard output, to the end.

    Raises:
        OutputError: ``standard-output-unwritable``.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        raise output_error(error) from error


def output_failure() -> OSError | None:
    """Return why standard output could not be written; None if it could."""
    return sys.stdout.failure if isinstance(sys.stdout, _Output) else None


def output_error(failure: OSError) -> OutputError:
    """Return the error for a failure of standard output, and write nothing more to it.

    Raises:
        BrokenPipeError: the reader has gone, which is not an error of this program.
    """
    _discard(sys.stdout)
    if isinstance(failure, BrokenPipeError):
        raise failure
    return OUTPUT_UNWRITABLE.error(reason=failure.strerror or str(failure))


def _discard(stream: object) -> None:
    """Discard what a stream still holds; otherwise Python tries to write it when it exits."""
    if isinstance(stream, io.TextIOWrapper) and not isinstance(stream.buffer, _Closed):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


class _Output(io.TextIOWrapper):
    """Standard output that remembers its failure, so that another OSError is not taken for it."""

    failure: OSError | None = None

    def write(self, text: str) -> int:
        """Write, and remember a failure."""
        try:
            return super().write(text)
        except OSError as error:
            self.failure = error
            raise

    def flush(self) -> None:
        """Flush, and remember a failure."""
        try:
            super().flush()
        except OSError as error:
            self.failure = error
            raise


class _Closed(io.BufferedIOBase):
    """A file that the caller closed: nothing but "" can be written."""

    name = "<stdout>"

    def writable(self) -> bool:
        """Return True: a stream may be made of it."""
        return True

    def write(self, data: Any) -> int:
        """Fail, unless there is nothing to write."""
        if bytes(data):
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return 0
