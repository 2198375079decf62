"""What a native addon, a library or a program is for, and what it needs to be loaded.

The readers of the three containers are `shared_elf`, `shared_macho` and `shared_pe`; whether it
fits a target says `fitting`.
"""

from __future__ import annotations

import io
from typing import BinaryIO

from sealift.errors import FormatError
from sealift.formats.elf.shared_object import read_elf_object
from sealift.formats.macho.shared_object import THIN, UNIVERSAL, read_macho_object
from sealift.formats.pe.shared_object import read_pe_object
from sealift.formats.shared_object_facts import SharedObject, Version

__all__ = ["SharedObject", "Version", "is_shared_object", "read_shared_object"]


def is_shared_object(head: bytes) -> bool:
    """Tell from a file's first 4 bytes whether it may be one: a script or text is not."""
    return head[:4] in (b"\x7fELF", *THIN, *UNIVERSAL) or head[:2] == b"MZ"


def read_shared_object(
    source: BinaryIO | bytes, name: str = "The file", *, symbols: bool = True
) -> SharedObject:
    """Read the facts, seeking to what is needed; 20 MB libraries take a few milliseconds.

    Args:
        source: a file that is open for reading and can seek, or the bytes themselves.
        name: of the file, for messages.
        symbols: without them `SharedObject.node_api`, ``node_cpp`` and ``module_version`` are not
            looked for in ELF files; it saves reading a large symbol table.

    Raises:
        FormatError: ``not-a-shared-object``: it is none of the three formats;
            ``shared-object-broken``: it is cut off or contradicts itself.
        OSError: it cannot be read.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    file.seek(0)
    head = file.read(4)
    if head == b"\x7fELF":
        return read_elf_object(file, name, symbols=symbols)
    if head in THIN or head in UNIVERSAL:
        return read_macho_object(file, name)
    if head[:2] == b"MZ":
        return read_pe_object(file, name)
    raise FormatError(
        "not-a-shared-object",
        f"{name} is no native code: it is neither ELF, Mach-O nor PE.",
        "Install the package that it belongs to again.",
    )
