"""The file that ``--json`` names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from sealift.cli.messages import REPORT_REPLACES_FILE, REPORT_UNWRITABLE
from sealift.cli.streams import write_output
from sealift.errors import OutputError
from sealift.tools.written_file import ReplacesFileError, require_place, write_file

_REPORT = re.compile(rb'\{\s*"format": \d+,\s*"sealift": "')
"""How every report begins."""


def require_report_place(path: str) -> None:
    """Raise an error if a report cannot be written; the build has not begun yet.

    Missing parent directories are created, as those of executables are.

    Raises:
        UsageError: the file exists and is not a report.
        OutputError: the file cannot be written.
    """
    if path == "-":
        return
    place = Path(path)
    try:
        require_place(place, _REPORT)
    except ReplacesFileError:
        raise REPORT_REPLACES_FILE.error(path=place) from None
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
    place = Path(path)
    try:
        write_file(place, text.encode(errors="backslashreplace"), _REPORT, inputs)
    except ReplacesFileError:
        raise REPORT_REPLACES_FILE.error(path=place) from None
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: str, error: OSError) -> OutputError:
    return REPORT_UNWRITABLE.error(path=path, reason=error.strerror)
