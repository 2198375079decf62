"""Whether a built loader is what executables can be merged with (ELF: generic ABI, chapter 4)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from sealift.errors import FormatError
from sealift.musl.changes import MAGIC
from sealift.target import Arch

_IDENTITY = b"\x7fELF\x02\x01\x01"  # 64 bits, little-endian
_SHARED_OBJECT = 3
_MACHINES = {Arch.X64: 62, Arch.ARM64: 183}
_DYNAMIC_SYMBOLS = 11
_UNDEFINED = 0
# Of each kind that careless linking hides: what a compiler's runtime has as well, what only a
# dynamic list exports, what ldso itself looks up.
_NEEDED = {"sin", "exp", "memcpy", "__stack_chk_fail", "malloc", "environ", "__dls3", "dlopen"}


def check(path: Path, arch: Arch) -> None:
    """Check a loader.

    Raises:
        FormatError: it is for another machine, lacks the block that is to be filled in, or does
            not export what programs need.
    """
    content = path.read_bytes()
    kind, machine = struct.unpack_from("<HH", content.ljust(64, b"\0"), 16)
    if not content.startswith(_IDENTITY) or (kind, machine) != (_SHARED_OBJECT, _MACHINES[arch]):
        raise _wrong(f"it is no shared object for {arch}")
    if content.count(MAGIC) != 1:
        raise _wrong("the block that describes merged libraries is not there once")
    if missing := _NEEDED - set(exported(content)):
        raise _wrong(f"it does not export {', '.join(sorted(missing))}")


def exported(content: bytes) -> Iterator[str]:
    """Give the names that a shared object defines for others."""
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


def _wrong(what: str) -> FormatError:
    return FormatError(
        "loader-unusable",
        f"musl's loader was built, but not well: {what}.",
        "This is a mistake of sealift's; please report it with the version of sealift.",
    )
