"""Files that a command writes for its user: a report, a page.

Such a file replaces an earlier one of its kind or an empty file, in one step, and nothing else.
Devices and pipes are written to directly. Missing parent directories are created, and stay.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sealift.tools.private_files import is_renamed, make, remove_file, temporary_name

_START = 200
"""Bytes from which a kind of file is recognised."""


class ReplacesFileError(Exception):
    """There is a file of another kind, or one that the command reads."""


def require_place(place: Path, kind: re.Pattern[bytes], inputs: Iterable[Path] = ()) -> None:
    """Raise an error if a file cannot be written; write nothing to it.

    Args:
        place: of the file.
        kind: how every file of this kind begins.
        inputs: files that the command reads; if one is empty, it is not replaced either.

    Raises:
        ReplacesFileError: another file is there.
        OSError: the file cannot be written.
    """
    if _is_special(place):
        return  # the reader of a pipe would take an attempt for the whole file
    _require_replaceable(place, kind, inputs)
    with _unfinished(place):
        pass


def write_file(
    place: Path, data: bytes, kind: re.Pattern[bytes], inputs: Iterable[Path] = ()
) -> None:
    """Write a file; the arguments and errors are those of `require_place`."""
    if _is_special(place):
        place.write_bytes(data)
        return
    _require_replaceable(place, kind, inputs)
    with _unfinished(place) as unfinished:
        unfinished.write_bytes(data)
        unfinished.replace(os.path.realpath(place))
        is_renamed(unfinished)


def _is_special(place: Path) -> bool:
    return place.exists() and not (place.is_file() or place.is_dir())


def _require_replaceable(place: Path, kind: re.Pattern[bytes], inputs: Iterable[Path]) -> None:
    try:
        with place.open("rb") as file:
            start = file.read(_START)
    except FileNotFoundError:
        return
    # `mktemp` makes empty files.
    if (start and not kind.match(start)) or (not start and _is_one_of(place, inputs)):
        raise ReplacesFileError


def _is_one_of(place: Path, inputs: Iterable[Path]) -> bool:
    for path in inputs:
        with contextlib.suppress(OSError):
            if place.samefile(path):
                return True
    return False


@contextmanager
def _unfinished(place: Path) -> Iterator[Path]:
    """Make a file beside the one to write, or beside what a link leads to; remove it at the end.

    Raises:
        OSError: it cannot be made.
    """
    final = Path(os.path.realpath(place))
    path = final.with_name(temporary_name(final.name))
    with contextlib.suppress(FileExistsError):  # a file is there: the next line says so better
        final.parent.mkdir(parents=True, exist_ok=True)
    make(path, lambda: path.touch(exist_ok=False))
    try:
        yield path
    finally:
        remove_file(path)
