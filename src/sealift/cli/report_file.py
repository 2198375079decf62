"""The file that ``--json`` names."""

from __future__ import annotations

import re
from pathlib import Path

from sealift.cli.messages import REPORT_REPLACES_FILE, REPORT_UNWRITABLE
from sealift.cli.streams import write_output
from sealift.errors import OutputError

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
    existed = place.exists()
    if existed and not (place.is_file() or place.is_dir()):
        return  # the reader of a pipe would take an attempt for the whole report
    try:
        if existed and place.is_file():
            _require_report(place)
        place.open("a").close()
        if not existed:
            place.unlink()
    except OSError as error:
        raise _unwritable(path, error) from error


def write_report(path: str, text: str) -> None:
    """Write a report to a file, or to standard output for ``-``.

    Raises:
        OutputError: it cannot be written.
    """
    if path == "-":
        write_output(text)
        return
    try:
        Path(path).write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise _unwritable(path, error) from error


def _require_report(place: Path) -> None:
    with place.open("rb") as file:
        start = file.read(64)
    if start and not _REPORT.match(start):
        raise REPORT_REPLACES_FILE.error(path=place)


def _unwritable(path: str, error: OSError) -> OutputError:
    return REPORT_UNWRITABLE.error(path=path, reason=error.strerror)
