"""Check that a compiled musl can be merged with executables.

Read here: the ELF header, the section headers, and the symbols of section type 11 (DYNSYM); source:
System V gABI, chapter 4.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from sealift.musl import messages
from sealift.musl.changes import MAGIC
from sealift.target import Arch

_IDENTITY = b"\x7fELF\x02\x01\x01"  # 64 bits, little-endian
_SHARED_OBJECT = 3
_MACHINES = {Arch.X64: 62, Arch.ARM64: 183}
_DYNAMIC_SYMBOLS = 11
_UNDEFINED = 0
# One or two of each kind that careless linking hides: functions that a compiler's runtime has too,
# those that only a dynamic list exports, and those that musl's dynamic loader itself looks up.
_NEEDED = {"sin", "exp", "memcpy", "__stack_chk_fail", "malloc", "environ", "__dls3", "dlopen"}


def check_musl(path: Path, arch: Arch) -> None:
    """Raise an error if a compiled musl cannot be used.

    Raises:
        FormatError: ``musl-unusable``: it is for another architecture, lacks the block to fill in,
            or does not export what programs need.
    """
    content = path.read_bytes()
    kind, machine = struct.unpack_from("<HH", content.ljust(64, b"\0"), 16)
    if not content.startswith(_IDENTITY) or (kind, machine) != (_SHARED_OBJECT, _MACHINES[arch]):
        raise messages.MUSL_WRONG.error(why=f"it is not a shared object for {arch}")
    if (count := content.count(MAGIC)) != 1:
        why = f"it has {count} blocks that describe merged libraries, not 1"
        raise messages.MUSL_WRONG.error(why=why)
    if missing := _NEEDED - set(exported(content)):
        raise messages.MUSL_WRONG.error(why=f"it does not export {', '.join(sorted(missing))}")


def exported(content: bytes) -> Iterator[str]:
    """Yield the names that a shared object defines for others."""
    (offset,) = struct.unpack_from("<Q", content, 40)
    size, count = struct.unpack_from("<HH", content, 58)
    # name, type, flags, address, offset, size, link, info, alignment, entry size
    sections = [
        struct.unpack_from("<IIQQQQIIQQ", content, offset + number * size)
        for number in range(count)
    ]
    for _, kind, _, _, start, length, link, _, _, step in sections:
        if kind != _DYNAMIC_SYMBOLS:
            continue
        strings = sections[link][4]
        for position in range(start + step, start + length, step):
            name, _, _, section = struct.unpack_from("<IBBH", content, position)
            if section != _UNDEFINED:
                begin = strings + name
                yield content[begin : content.index(b"\0", begin)].decode("ascii")
