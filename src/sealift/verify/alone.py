"""Check an executable without the files that it was made of: its container and its blob.

The signature of a Mach-O file and the checksum of a PE file cover all of it. ELF has neither, so
there Node's own bytes are checked for their place only.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import product
from typing import BinaryIO

from msgspec import Struct

from sealift.errors import FormatError
from sealift.verify.blob import read_blob
from sealift.verify.comparing import read_exactly, wrong
from sealift.verify.elf import FUSE, Program, find_note
from sealift.verify.messages import NOT_PACKAGED

_CHUNK = 1 << 20


class FoundBlob(Struct, frozen=True):
    """What is in a blob.

    Attributes:
        assets: offset and length of each asset in the file, by its key.
    """

    assets: dict[str, tuple[int, int]]
    main: bytes
    exec_argv: Sequence[str]


def verify_alone(file: BinaryIO, container: str, machine: str, name: str) -> FoundBlob:
    """Check an executable, and return what is in its blob.

    Args:
        file: the executable.
        container: ``elf``, ``macho`` or ``pe``.
        machine: sealift's name of the architecture.
        name: of the executable, for errors.

    Raises:
        FormatError: ``verification-failed``, or ``not-packaged``: it is another program.
    """
    fuse = _find_fuse(file)
    if fuse is None:
        raise NOT_PACKAGED.error(name=name)
    offset, size = _check_container(file, container, machine)
    if fuse >= offset:
        raise wrong("its fuse is not blown")
    problem: FormatError | None = None
    # Which bytes this Node expects is not written anywhere, but only one form fits.
    for extension, main_format in product((True, False), repeat=2):
        try:
            found = read_blob(
                file, offset, size, machine, extension=extension, main_format=main_format
            )
        except FormatError as error:
            problem = problem or error
        else:
            return FoundBlob(*found)
    assert problem is not None
    raise problem


def _find_fuse(file: BinaryIO) -> int | None:
    """Return where the first blown fuse is; None if there is none, as in every other program."""
    file.seek(0)
    position, before = 0, b""
    while data := file.read(_CHUNK):
        window = before + data
        if (found := window.find(FUSE)) >= 0:
            return position - len(before) + found
        position += len(data)
        before = window[-len(FUSE) :]
    return None


def _check_container(file: BinaryIO, container: str, machine: str) -> tuple[int, int]:
    # Imported where they are needed: one file needs one of them.
    if container == "elf":
        return _check_elf(file)
    if container == "macho":
        from sealift.verify.macho import verify_macho_alone

        return verify_macho_alone(file, machine)
    from sealift.verify.pe import verify_pe_alone

    return verify_pe_alone(file)


def _check_elf(file: BinaryIO) -> tuple[int, int]:
    size = file.seek(0, os.SEEK_END)
    program = Program(file)
    ends = [segment.file_end for segment in program.segments if segment.file_size]
    if max(ends, default=0) != size:
        raise wrong("it does not end where its last segment does")
    blob_at, blob_size = find_note(file, program)
    end = blob_at + blob_size
    if end > size:
        raise wrong("its blob reaches past the end of the file")
    if end + -end % 4 == size and any(read_exactly(file, end, size - end)):
        raise wrong("there is something behind its blob")
    return blob_at, blob_size
