"""Open a finished executable, wherever it is, for `sealift verify`, `inspect` and `size`."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sealift.errors import FormatError
from sealift.inspection import messages
from sealift.target_messages import EXECUTABLE_UNREADABLE
from sealift.tools.file_part import file_parts
from sealift.tools.input_files import NotRegularError, open_regular

if TYPE_CHECKING:
    from sealift.formats.executable_identity import Identity
    from sealift.payload import OpenedPayload

_PACKAGES = {
    (0, b"!<arch>\n"): "a .deb package",
    (0, b"\xed\xab\xee\xdb"): "an .rpm package",
    (0, b"PK\x03\x04"): "a zip archive",
    (0, b"\x1f\x8b"): "a compressed archive",
    (257, b"ustar"): "a tar archive or a container image",
}
"""Packages that sealift makes, by the offset of some bytes and these bytes."""


_NAMED = ("not-packaged", "not-a-payload", "executable-damaged", "location-unsafe")
"""Errors about an executable that name it, or are about another problem than damage."""


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Make errors about damaged parts name the executable: one command may read two.

    The checks are those of a build, where no file has its name yet.
    """
    try:
        yield
    except FormatError as error:
        if error.code in _NAMED or error.message.startswith(path.name):
            raise
        raise messages.EXECUTABLE_DAMAGED.error(
            path=path, problem=error.message[0].lower() + error.message[1:]
        ) from error


@contextmanager
def opened_executable(
    path: Path, architecture: str = ""
) -> Iterator[tuple[BinaryIO, Identity, OpenedPayload]]:
    """Yield an executable's open file, what it is for, and its payload.

    Its structure and tables are checked; the contents of its files are not.

    Args:
        architecture: which program of a universal file; it makes no difference for others.

    Raises:
        FormatError: it is damaged, or sealift did not build it.
        UsageError: ``executable-unreadable``, ``package-not-executable``, ``program-ambiguous`` or
            ``program-absent``.
    """
    with _readable(path) as file:
        from sealift.verify import find_programs

        places = find_programs(file)
        if _is_universal(places):
            index = _index_of(architecture, _architectures(file, places, path.name), path)
            places = places[index : index + 1]
        for part in file_parts(file, places):
            yield part, *_opened(part, path.name)


@contextmanager
def opened_programs(path: Path) -> Iterator[Iterator[tuple[BinaryIO, Identity, OpenedPayload]]]:
    """Yield what `opened_executable` yields for each program in a file, which may be universal.

    Raises:
        FormatError, UsageError: as `opened_executable`.
    """
    with _readable(path) as file:
        yield _programs(file, path.name)


def programs_in(path: Path) -> tuple[str, ...]:
    """Return the architectures of a universal file for macOS; none for another file.

    Raises:
        FormatError, UsageError: as `opened_executable`.
    """
    from sealift.verify import find_programs

    with _opened_file(path) as file:  # of a compact file, which has one, nothing is unpacked
        places = find_programs(file)
        return _architectures(file, places, path.name) if _is_universal(places) else ()


def _is_universal(places: list[tuple[int, int]]) -> bool:
    return places[0][0] != 0  # its table is before its first program


def _architectures(file: BinaryIO, places: list[tuple[int, int]], name: str) -> tuple[str, ...]:
    from sealift.formats.executable_identity import identify

    return tuple(identify(part, name).machine for part in file_parts(file, places))


def _index_of(architecture: str, found: tuple[str, ...], path: Path) -> int:
    names = " and ".join(found)
    if not architecture:
        raise messages.PROGRAM_AMBIGUOUS.error(path=path, names=names, first=found[0])
    if architecture not in found:
        raise messages.PROGRAM_ABSENT.error(path=path, names=names, wanted=architecture)
    return found.index(architecture)


def _programs(file: BinaryIO, name: str) -> Iterator[tuple[BinaryIO, Identity, OpenedPayload]]:
    from sealift.verify import find_programs

    for part in file_parts(file, find_programs(file)):
        yield part, *_opened(part, name)


def _opened(file: BinaryIO, name: str) -> tuple[Identity, OpenedPayload]:
    # Imported here, so that `import sealift` stays quick.
    from sealift.formats.executable_identity import identify
    from sealift.payload import PayloadPlaces, open_payload
    from sealift.verify import verify_alone

    identity = identify(file, name)
    blob = verify_alone(file, identity.container, identity.machine, name)
    places = PayloadPlaces(blob.assets, blob.main, blob.exec_argv)
    return identity, open_payload(file, places, name)


def compact_size(path: Path) -> int:
    """Return the size of a compact file; 0 for any other file.

    Raises:
        FormatError: it is damaged.
        OSError: it cannot be read.
    """
    from sealift.verify import read_compact

    with path.open("rb") as file:
        return 0 if read_compact(file) is None else file.seek(0, os.SEEK_END)


@contextmanager
def _readable(path: Path) -> Iterator[BinaryIO]:
    """Yield an open executable; the one in a compact file is unpacked to a temporary file."""
    from sealift.verify import read_compact, unpack_compact

    with _opened_file(path) as file, naming(path), ExitStack() as stack:
        found = read_compact(file)
        if found is not None:
            unpacked = stack.enter_context(tempfile.TemporaryFile())
            unpack_compact(file, found, unpacked)
            file = unpacked
        file.seek(0)
        yield file


@contextmanager
def _opened_file(path: Path) -> Iterator[BinaryIO]:
    try:
        with io.BufferedReader(open_regular(path)) as file:
            _refuse_packages(file, path)
            file.seek(0)
            yield file
    except NotRegularError as error:
        raise EXECUTABLE_UNREADABLE.error(path=path, reason=error) from error
    except OSError as error:
        raise EXECUTABLE_UNREADABLE.error(path=path, reason=error.strerror) from error


def _refuse_packages(file: BinaryIO, path: Path) -> None:
    head = file.read(512)
    for (offset, magic), kind in _PACKAGES.items():
        if head.startswith(magic, offset):
            raise messages.PACKAGE_NOT_EXECUTABLE.error(path=path, kind=kind)
