"""What a native addon, a library or a program is for, and what it needs to be loaded.

Each format has its reader in ``shared_object.py`` of its package; `addon_compatibility` decides
whether a file fits a target.
"""

from __future__ import annotations

import io
from typing import BinaryIO

from sealift.formats import messages, native_magic
from sealift.formats.shared_object_facts import SharedObject, Version

__all__ = ["SharedObject", "Version", "read_shared_object"]


def read_shared_object(
    source: BinaryIO | bytes, name: str = "The file", *, symbols: bool = True
) -> SharedObject:
    """Return the facts, reading only what is needed; 20 MB libraries take a few milliseconds.

    Args:
        source: a file that is open for reading and seekable, or the bytes themselves.
        name: of the file, for messages.
        symbols: if False, `SharedObject.node_api`, ``node_cpp`` and ``module_version`` of ELF files
            are not determined, which saves reading a large symbol table.

    Raises:
        FormatError: ``not-a-shared-object``: it is not in one of the three formats;
            ``shared-object-broken``: it is cut off or contradicts itself.
        OSError: it cannot be read.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    file.seek(0)
    head = file.read(4)
    # Imported where they are needed: a build seldom needs all three, and most need none.
    if head == native_magic.ELF:
        from sealift.formats.elf.shared_object import read_elf_object

        return read_elf_object(file, name, symbols=symbols)
    if head in native_magic.MACHO:
        from sealift.formats.macho.shared_object import read_macho_object

        return read_macho_object(file, name)
    if head[:2] == native_magic.DOS:
        from sealift.formats.pe.shared_object import read_pe_object

        return read_pe_object(file, name)
    raise messages.NOT_A_SHARED_OBJECT.error(name=name)
