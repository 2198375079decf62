r"""What machine a native addon is for, read from the head of the file.

ELF: e_ident[5] (1 little, 2 big endian), u16 e_machine at 18 (System V ABI, ``elf.h``).
Mach-O: u32 magic, u32 cputype (``mach-o/loader.h``); universal files begin with big-endian u32
0xcafebabe and u32 count, then count x 20 bytes of which the first u32 is a cputype (``fat.h``).
PE: u32 at 60 is the offset of "PE\0\0", u16 Machine follows it (PE format specification).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from sealift.errors import FormatError

HEAD_SIZE = 4096
"""How much of the file's beginning is needed, in bytes."""

_ELF = {3: "x86", 21: "ppc64", 22: "s390x", 40: "armv7", 62: "x64", 183: "arm64", 243: "riscv64"}
_MACHO = {0x01000007: "x64", 0x0100000C: "arm64"}
_PE = {0x14C: "x86", 0x8664: "x64", 0xAA64: "arm64"}


@dataclass(frozen=True, slots=True)
class SharedObject:
    """A container, ``elf``, ``macho`` or ``pe``, and its machines: several if it is universal."""

    container: str
    machines: frozenset[str]


def read_shared_object(head: bytes) -> SharedObject:
    """Tell what an addon is for from its first `HEAD_SIZE` bytes.

    Raises:
        FormatError: ``not-an-addon``: it is none of the three formats, or cut off.
    """
    try:
        if head[:4] == b"\x7fELF":
            order = ">" if head[5] == 2 else "<"
            return _named("elf", _ELF, struct.unpack_from(order + "H", head, 18))
        if head[:4] == b"\xca\xfe\xba\xbe":
            (count,) = struct.unpack_from(">I", head, 4)
            types = [struct.unpack_from(">I", head, 8 + 20 * n)[0] for n in range(min(count, 64))]
            return _named("macho", _MACHO, types)
        if head[:4] == b"\xcf\xfa\xed\xfe":
            return _named("macho", _MACHO, struct.unpack_from("<I", head, 4))
        if head[:2] == b"MZ":
            (start,) = struct.unpack_from("<I", head, 60)
            if head[start : start + 4] == b"PE\0\0":
                return _named("pe", _PE, struct.unpack_from("<H", head, start + 4))
    except (struct.error, IndexError):
        pass
    raise FormatError(
        "not-an-addon",
        "The file is no native addon: it is neither ELF, Mach-O nor PE.",
        "Install the package again.",
    )


def _named(
    container: str, names: dict[int, str], codes: tuple[int, ...] | list[int]
) -> SharedObject:
    return SharedObject(
        container, frozenset(names.get(code, f"machine {code:#x}") for code in codes)
    )
