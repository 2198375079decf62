"""Open a finished executable, wherever it is, for `sealift verify`, `inspect` and `size`."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sealift.target_messages import EXECUTABLE_UNREADABLE
from sealift.tools.file_part import file_parts
from sealift.tools.input_files import NotRegularError, open_regular

if TYPE_CHECKING:
    from sealift.formats.executable_identity import Identity
    from sealift.payload import OpenedPayload


@contextmanager
def opened_executable(path: Path) -> Iterator[tuple[BinaryIO, Identity, OpenedPayload]]:
    """Yield an executable's open file, what it is for, and its payload.

    Its structure and tables are checked; the contents of its files are not.

    Raises:
        FormatError: it is damaged, or sealift did not build it.
        UsageError: ``executable-unreadable``.
    """
    with _readable(path) as file:
        yield file, *_opened(file, path.name)


@contextmanager
def opened_programs(path: Path) -> Iterator[Iterator[tuple[BinaryIO, Identity, OpenedPayload]]]:
    """Yield what `opened_executable` yields for each program in a file, which may be universal.

    Raises:
        FormatError, UsageError: as `opened_executable`.
    """
    with _readable(path) as file:
        yield _programs(file, path.name)


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
    blob = verify_alone(file, identity.container, identity.machine)
    places = PayloadPlaces(blob.assets, blob.main, blob.exec_argv)
    return identity, open_payload(file, places)


def compact_size(path: Path) -> int:
    """Return the size of a compact file; 0 for any other file.

    Raises:
        FormatError: it is damaged.
        OSError: it cannot be read.
    """
    from sealift.verify import read_compact

    with path.open("rb") as file:
        return 0 if read_compact(file) is None else file.seek(0, os.SEEK_END)


def _unpacked(file: BinaryIO, stack: ExitStack) -> BinaryIO:
    """Return an executable; the one in a compact file is unpacked to a temporary file."""
    from sealift.verify import read_compact, unpack_compact

    found = read_compact(file)
    if found is not None:
        unpacked = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - it closes it
        unpack_compact(file, found, unpacked)
        file = unpacked
    file.seek(0)
    return file


@contextmanager
def _readable(path: Path) -> Iterator[BinaryIO]:
    try:
        with io.BufferedReader(open_regular(path)) as file, ExitStack() as stack:
            yield _unpacked(file, stack)
    except NotRegularError as error:
        raise EXECUTABLE_UNREADABLE.error(path=path, reason=error) from error
    except OSError as error:
        raise EXECUTABLE_UNREADABLE.error(path=path, reason=error.strerror) from error
