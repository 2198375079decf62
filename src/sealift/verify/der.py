"""Read DER (X.690), the encoding of signatures, as far as verification needs it."""

from __future__ import annotations

from typing import NamedTuple

from sealift.verify.comparing import wrong

SEQUENCE, SET, OCTETS, OBJECT = 0x30, 0x31, 0x04, 0x06
_LONG, _LONGEST_LENGTH = 0x80, 4
_HIGH_TAG = 0x1F


class Value(NamedTuple):
    """One value: its tag, its content, and all its bytes."""

    tag: int
    content: bytes
    whole: bytes

    def parts(self) -> list[Value]:
        """Return the values in the content."""
        found, rest = [], self.content
        while rest:
            value, rest = read_value(rest)
            found.append(value)
        return found

    def part(self, *path: tuple[int, int]) -> Value:
        """Return the value that indexes lead to, each with the tag that it must have."""
        value = self
        for index, tag in path:
            parts = value.parts()
            if index >= len(parts) or parts[index].tag != tag:
                raise wrong("its signature is not of the expected form")
            value = parts[index]
        return value


def read_value(data: bytes) -> tuple[Value, bytes]:
    """Return the value at the start of ``data``, and what follows it.

    Raises:
        FormatError: ``verification-failed``: it is malformed or cut off.
    """
    start = 2
    if len(data) < start or data[0] & _HIGH_TAG == _HIGH_TAG:
        raise wrong("its signature is malformed")
    size = data[1]
    if size >= _LONG:
        count = size - _LONG
        start += count
        if not 0 < count <= _LONGEST_LENGTH:
            raise wrong("its signature is malformed")
        size = int.from_bytes(data[2:start], "big")
    end = start + size
    if end > len(data):
        raise wrong("its signature is cut off")
    return Value(data[0], data[start:end], data[:end]), data[end:]
