"""The resources by which a Windows executable describes itself, read in the way of Windows.

``GRPICONDIR``: u16 0, u16 1, u16 count, then per image u8 width, height, colors, 0, u16 planes,
bits, u32 size, u16 number of its RT_ICON. ``VS_VERSIONINFO``: nodes of u16 length, u16 value
length, u16 type, a text that ends with a zero, then value and children at multiples of 4.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from sealift.identity import WindowsIdentity
from sealift.verify.comparing import wrong

ICON, GROUP_ICON, VERSION, MANIFEST = 3, 14, 16, 24
_ENGLISH = 1033
_TABLE = "040904b0"
_DEEPEST = 4
Key = tuple[int | str, ...]


def described_by(identity: WindowsIdentity) -> set[Key]:
    """Return type, name and language of the resources that an executable must have."""
    keys: set[Key] = {(VERSION, 1, _ENGLISH), (MANIFEST, 1, _ENGLISH)}
    if identity.icon:
        keys.add((GROUP_ICON, 1, _ENGLISH))
        keys |= {(ICON, number + 1, _ENGLISH) for number in range(len(identity.icon))}
    return keys


def check_identity(identity: WindowsIdentity, read: Callable[[Key], bytes]) -> None:
    """Check the contents of all these resources; ``read`` returns one.

    Raises:
        FormatError: ``verification-failed``.
    """
    if read((MANIFEST, 1, _ENGLISH)) != identity.manifest:
        raise wrong("its manifest is not the one that was made for it")
    _check_version(identity, read((VERSION, 1, _ENGLISH)))
    if not identity.icon:
        return
    group = read((GROUP_ICON, 1, _ENGLISH))
    if group[:6] != struct.pack("<HHH", 0, 1, len(identity.icon)):
        raise wrong("its icon has another number of images")
    entries = list(struct.iter_unpack("<BBBBHHIH", group[6:]))
    for image, entry in zip(identity.icon, entries, strict=True):
        *fields, number = entry
        expected = [image.width, image.height, image.colors, 0, image.planes, image.bits]
        if fields != [*expected, len(image.data)]:
            raise wrong("an image of its icon has wrong measures")
        if read((ICON, number, _ENGLISH)) != image.data:
            raise wrong("an image of its icon is not that of the file")


class _Node(NamedTuple):
    key: str
    value: bytes
    is_text: bool | None
    children: list[_Node]


def _check_version(identity: WindowsIdentity, data: bytes) -> None:
    first, second, third, fourth = identity.version
    version = first << 16 | second, third << 16 | fourth
    fixed = (0xFEEF04BD, 0x10000, *version, *version, 0x3F, 0, 0x40004, 1, 0, 0, 0)
    texts = [_Node(key, f"{text}\0".encode("utf-16-le"), True, []) for key, text in identity.texts]
    language = _Node("Translation", struct.pack("<HH", _ENGLISH, 1200), False, [])
    children = [
        _Node("StringFileInfo", b"", True, [_Node(_TABLE, b"", True, texts)]),
        _Node("VarFileInfo", b"", True, [language]),
    ]
    expected = _Node("VS_VERSION_INFO", struct.pack("<13I", *fixed), False, children)
    if list(_nodes(data, 0)) != [expected]:
        raise wrong("its version resource has other numbers or texts")


def _nodes(data: bytes, depth: int) -> Iterator[_Node]:
    """Yield the nodes in data that begins at a multiple of 4."""
    at = 0
    while at < len(data):
        if depth > _DEEPEST or at + 6 > len(data):
            raise wrong("its version resource is malformed")
        length, value_length, is_text = struct.unpack_from("<HHH", data, at)
        end = at + length
        key_end = at + 6
        while data[key_end : key_end + 2] not in (b"\0\0", b""):
            key_end += 2
        if not key_end + 2 <= end <= len(data):
            raise wrong("its version resource is malformed")
        start = -(-(key_end + 2) // 4) * 4
        value_end = start + value_length * (2 if is_text else 1)
        below = -(-value_end // 4) * 4
        following = -(-end // 4) * 4
        gaps = data[key_end + 2 : start] + data[value_end : min(below, end)] + data[end:following]
        if value_end > max(end, start) or any(gaps):
            raise wrong("its version resource is malformed")
        yield _Node(
            data[at + 6 : key_end].decode("utf-16-le", "replace"),
            data[start:value_end],
            {0: False, 1: True}.get(is_text),
            list(_nodes(data[below:end], depth + 1)) if below < end else [],
        )
        at = following
