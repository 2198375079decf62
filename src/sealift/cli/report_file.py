"""The file that ``--json`` names.

A report replaces a file in one step, by a rename. Devices and pipes are written to directly.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sealift.cli.messages import REPORT_REPLACES_FILE, REPORT_UNWRITABLE
from sealift.cli.streams import write_output
from sealift.errors import OutputError
from sealift.tools.private_files import is_renamed, make, remove_file, temporary_name

_REPORT = re.compile(rb'\{\s*"format": \d+,\s*"sealift": "')
"""How every report begins."""


def require_report_place(path: str) -> None:
    """Raise an error if a report cannot be written; the build has not begun yet.

    Raises:
        UsageError: the file exists and is not a report.
        OutputError: the file cannot be written.
    """
    place = Path(path)
    if path == "-" or not place.parent.is_dir():
        return  # the build may make the directory
    try:
        if _is_special(place):
            return  # the reader of a pipe would take an attempt for the whole report
        _require_replaceable(place, ())
        with _unfinished(place):
            pass
    except OSError as error:
        raise _unwritable(path, error) from error


def write_report(path: str, text: str, inputs: Iterable[Path]) -> None:
    """Write a report to a file, or to standard output for ``-``.

    Args:
        path: of the file.
        text: of the report.
        inputs: files of the build, none of which is replaced.

    Raises:
        OutputError: it cannot be written.
        UsageError: the file is not a report, or is an input.
    """
    if path == "-":
        write_output(text)
        return
    data = text.encode(errors="backslashreplace")
    place = Path(path)
    try:
        if _is_special(place):
            place.write_bytes(data)
            return
        _require_replaceable(place, inputs)
        with _unfinished(place) as unfinished:
            unfinished.write_bytes(data)
            unfinished.replace(os.path.realpath(place))
            is_renamed(unfinished)
    except OSError as error:
        raise _unwritable(path, error) from error


def _is_special(place: Path) -> bool:
    return place.exists() and not (place.is_file() or place.is_dir())


def _require_replaceable(place: Path, inputs: Iterable[Path]) -> None:
    """Raise UsageError unless a file is a report or does not exist; OSError if it cannot be read.

    An empty file, such as ``mktemp`` makes, is replaced if it is not an input.
    """
    try:
        with place.open("rb") as file:
            start = file.read(64)
    except FileNotFoundError:
        return
    if (start and not _REPORT.match(start)) or (not start and _is_one_of(place, inputs)):
        raise REPORT_REPLACES_FILE.error(path=place)


def _is_one_of(place: Path, inputs: Iterable[Path]) -> bool:
    for path in inputs:
        with contextlib.suppress(OSError):
            if place.samefile(path):
                return True
    return False


@contextmanager
def _unfinished(place: Path) -> Iterator[Path]:
    """Make a file beside the report, or beside what a symbolic link leads to; remove it at the end.

    Raises:
        OSError: it cannot be made.
    """
    final = Path(os.path.realpath(place))
    path = final.with_name(temporary_name(final.name))
    make(path, lambda: path.touch(exist_ok=False))
    try:
        yield path
    finally:
        remove_file(path)


def _unwritable(path: str, error: OSError) -> OutputError:
    return REPORT_UNWRITABLE.error(path=path, reason=error.strerror)
