"""The version resource of a Windows executable (``VS_VERSIONINFO``).

Layout (Microsoft's "VS_VERSIONINFO structure"), integers little-endian, each node at a multiple
of 4 bytes::

    node: u16 length with children, u16 length of the value, u16 1 if the value is text,
      UTF-16 key with a final zero, padding, value, padding, children
    VS_VERSION_INFO   value: VS_FIXEDFILEINFO, 52 bytes, 13 u32: signature 0xFEEF04BD, 0x10000,
      file version (high, low), product version (high, low), mask and flags, system 0x40004 (NT,
      Windows), type 1 (a program), subtype, date (high, low)
      StringFileInfo
        040904b0      US English, UTF-16
          CompanyName, ...   value: text with a final zero; its length counts UTF-16 code units
      VarFileInfo
        Translation   value: u16 language, u16 code page
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

LANGUAGE = 0x409  # US English, as in Node's own resources
_UTF_16 = 1200
_SIGNATURE, _STRUCTURE = 0xFEEF04BD, 0x10000
_FLAGS_MASK, _NT_WINDOWS, _PROGRAM = 0x3F, 0x40004, 1


def encode_version(version: tuple[int, int, int, int], texts: Sequence[tuple[str, str]]) -> bytes:
    """Return the bytes of a version resource.

    Args:
        version: of the file and of the product.
        texts: keys and values, for all languages.
    """
    high, low = version[0] << 16 | version[1], version[2] << 16 | version[3]
    fixed = struct.pack(
        "<13I",
        *(_SIGNATURE, _STRUCTURE, high, low, high, low, _FLAGS_MASK, 0, _NT_WINDOWS, _PROGRAM),
        *(0, 0, 0),
    )
    strings = [_node(key, _text(value), len(_text(value)) // 2, True) for key, value in texts]
    table = _node(f"{LANGUAGE:04x}{_UTF_16:04x}", b"", 0, True, strings)
    translation = struct.pack("<HH", LANGUAGE, _UTF_16)
    children = [
        _node("StringFileInfo", b"", 0, True, [table]),
        _node("VarFileInfo", b"", 0, True, [_node("Translation", translation, 4, False)]),
    ]
    return _node("VS_VERSION_INFO", fixed, len(fixed), False, children)


def _node(
    key: str, value: bytes, length: int, is_text: bool, children: Sequence[bytes] = ()
) -> bytes:
    body = _padded(bytes(6) + _text(key)) + value
    for child in children:
        body = _padded(body) + child
    return struct.pack("<HHH", len(body), length, is_text) + body[6:]


def _text(text: str) -> bytes:
    return text.encode("utf-16-le") + b"\0\0"


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
