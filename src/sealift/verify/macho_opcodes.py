"""Check the opcodes of LC_DYLD_INFO, which older binaries have in place of chained fixups.

High four bits: opcode, low four: a number (``mach-o/loader.h``, ``REBASE_OPCODE_*`` and
``BIND_OPCODE_*``). The check is which segments they write to, and where.
"""

from __future__ import annotations

from collections.abc import Sequence

from sealift.verify.comparing import wrong

_ADDRESS_BITS = (1 << 64) - 1
_POINTER = 8
# Operands after each opcode, as letters: u = ULEB128 number, s = text ending in NUL.
_REBASE = {
    0x00: "",  # done
    0x10: "",  # type
    0x20: "u",  # segment and offset
    0x30: "u",  # add to address
    0x40: "",  # add to address, scaled
    0x50: "",  # rebase so many times
    0x60: "u",
    0x70: "u",  # rebase and add
    0x80: "uu",  # rebase so many times, skipping
}
_BIND = {
    0x00: "",  # done
    0x10: "",  # library
    0x20: "u",
    0x30: "",
    0x40: "s",  # symbol
    0x50: "",  # type
    0x60: "u",  # addend
    0x70: "u",  # segment and offset
    0x80: "u",  # add to address
    0x90: "",  # bind
    0xA0: "u",  # bind and add
    0xB0: "",  # bind and add, scaled
    0xC0: "uu",  # bind so many times, skipping
}


def check_opcodes(data: bytes, rebase: bool, segment_sizes: Sequence[int]) -> None:
    """Check that everything they write is in one of the given segments.

    Args:
        segment_sizes: in memory, by index; those that may be written to.

    Raises:
        FormatError: ``verification-failed``.
    """
    operands = _REBASE if rebase else _BIND
    select = 0x20 if rebase else 0x70
    segment, offset, at = -1, 0, 0

    def write(count: int, step: int) -> None:
        nonlocal offset
        if count == 0:
            return
        if not 0 <= segment < len(segment_sizes):
            raise wrong("a fixup is in a segment that has none")
        if step >> 63:
            step -= 1 << 64
        last = offset + (count - 1) * step
        if min(offset, last) < 0 or max(offset, last) + _POINTER > segment_sizes[segment]:
            raise wrong("a fixup lies outside of its segment")
        offset = (last + step) & _ADDRESS_BITS

    while at < len(data):
        opcode, number = data[at] & 0xF0, data[at] & 0x0F
        at += 1
        letters = operands.get(opcode)
        if letters is None:
            raise wrong(f"an opcode of its fixups is unknown: {opcode:#x}")
        values = []
        for letter in letters:
            if letter == "s":
                at = data.find(b"\0", at) + 1
                if at == 0:
                    raise wrong("a symbol's name in its fixups does not end")
            else:
                value, at = _uleb(data, at)
                values.append(value)
        if opcode == select:
            segment, offset = number, values[0]
        elif rebase:
            if opcode == 0x30:
                offset = (offset + values[0]) & _ADDRESS_BITS
            elif opcode == 0x40:
                offset += number * _POINTER
            elif opcode == 0x50:
                write(number, _POINTER)
            elif opcode == 0x60:
                write(values[0], _POINTER)
            elif opcode == 0x70:
                write(1, _POINTER + values[0])
            elif opcode == 0x80:
                write(values[0], _POINTER + values[1])
        elif opcode == 0x80:
            offset = (offset + values[0]) & _ADDRESS_BITS
        elif opcode == 0x90:
            write(1, _POINTER)
        elif opcode == 0xA0:
            write(1, _POINTER + values[0])
        elif opcode == 0xB0:
            write(1, _POINTER + number * _POINTER)
        elif opcode == 0xC0:
            write(values[0], _POINTER + values[1])


def _uleb(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise wrong("a number in its fixups does not end")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & _ADDRESS_BITS, at
        shift += 7
