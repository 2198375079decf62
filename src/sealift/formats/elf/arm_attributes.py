r"""Which ARM architecture a 32-bit program was compiled for; its ELF header does not say.

Read here: the section headers and the section of the build attributes ("Addenda to, and Errata
in, the ABI for the Arm Architecture", ABI-addenda, chapter "Build attributes")::

    section header  u32 name, type, flags, address, offset, size, link, info, alignment, entry size
    attributes      "A"; then subsections: u32 length, "aeabi\0", then parts: tag (1 = file), u32
                    length with the tag's, then pairs of tag and value
    tag, value      ULEB128 each; the value of tags 4 and 5, and of odd ones above 32, is a text
                    that ends in 0; that of tag 32 is a number and a text
"""

from __future__ import annotations

import struct

from sealift.errors import FormatError
from sealift.formats.elf.headers import Elf

_ATTRIBUTES = 0x70000003
_SECTION_SIZE = 40
_CPU_ARCHITECTURE = 6
_ARMV6 = (6, 7, 8, 9, 11, 12)  # v6, v6KZ, v6T2, v6K, v6-M, v6S-M
_LARGEST = 1 << 16
_TEXT_TAGS = (4, 5)
_COMPATIBILITY = 32


def arm_architecture(elf: Elf) -> str:
    """Return ``armv6`` or ``armv7``.

    Newer architectures count as ``armv7``, and so do programs whose attributes are missing or
    broken.
    """
    try:
        number = _cpu_architecture(_section(elf))
    except (FormatError, IndexError):
        number = 0
    return "armv6" if number in _ARMV6 else "armv7"


def _section(elf: Elf) -> bytes:
    (table_at,) = struct.unpack_from(elf.order + "I", elf.header, 32)
    size, count = struct.unpack_from(elf.order + "HH", elf.header, 46)
    if size != _SECTION_SIZE:
        return b""
    table = elf.reader.read(table_at, size * count)
    for fields in struct.iter_unpack(elf.order + "10I", table):
        _, kind, _, _, offset, length, *_ = fields
        if kind == _ATTRIBUTES and length <= _LARGEST:
            return elf.reader.read(offset, length)
    return b""


def _cpu_architecture(attributes: bytes) -> int:
    vendor = b"aeabi\0"
    start = attributes.find(vendor)
    if attributes[:1] != b"A" or start < 0:
        return 0
    at = start + len(vendor) + 1 + 4  # the first part is the file's
    while at < len(attributes):
        tag, at = _uleb128(attributes, at)
        if tag in _TEXT_TAGS or (tag > _COMPATIBILITY and tag % 2):
            at = attributes.index(b"\0", at) + 1 if b"\0" in attributes[at:] else len(attributes)
            continue
        value, at = _uleb128(attributes, at)
        if tag == _CPU_ARCHITECTURE:
            return value
        if tag == _COMPATIBILITY:
            at += attributes[at:].find(b"\0") + 1
    return 0


def _uleb128(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
