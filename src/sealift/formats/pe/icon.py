r"""Icons: read an ``.ico`` or ``.png`` file, and write the resources of an icon.

Layout (Microsoft's "Icons"), integers little-endian::

    0 u16 0, u16 1 (an icon), u16 number of images
    6 entries, 16 bytes each: u8 width, u8 height (0 for 256), u8 colors, u8 0, u16 planes,
      u16 bits per pixel, u32 size, u32 file offset of the image
    image: a PNG file, or a bitmap: a BITMAPINFOHEADER (u32 40, i32 width, i32 twice the height,
      ...), colors, pixels, mask

As resources each image is one ``RT_ICON``, and the header with its entries is ``RT_GROUP_ICON``;
there an entry has 14 bytes and ends with the image's u16 number instead of the offset.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence

from sealift.errors import FormatError
from sealift.formats import messages
from sealift.formats.bounded_reader import BoundedReader
from sealift.identity import IconImage

LARGEST_ICON = 1 << 24
"""Bytes of the largest file that is read as an icon."""

_HEADER = struct.Struct("<HHH")
_ENTRY = struct.Struct("<BBBBHHII")
_GROUP_ENTRY = struct.Struct("<BBBBHHIH")
_ICON = 1
_MOST_IMAGES = 64
_LARGEST_SIDE = 256
_BITMAP_HEADER = 40
_PNG_HEADER = 13
_PNG = b"\x89PNG\r\n\x1a\n"


def read_icon(data: bytes, name: str) -> tuple[IconImage, ...]:
    """Return the images of an icon; a PNG file is an icon of one image.

    Args:
        data: the file's content.
        name: of the file, for messages.

    Raises:
        FormatError: ``icon-malformed``.
    """

    def broken(*, why: str) -> FormatError:
        return messages.ICON_MALFORMED.error(name=name, why=why)

    if len(data) > LARGEST_ICON:
        raise broken(why=f"it is larger than {LARGEST_ICON >> 20} MiB")
    reader = BoundedReader(io.BytesIO(data), broken)
    if data.startswith(_PNG):
        width, height = _png_size(reader)
        return (IconImage(width % _LARGEST_SIDE, height % _LARGEST_SIDE, 0, 1, 32, data),)
    if len(data) < _HEADER.size or data[:4] != b"\0\0\1\0":
        raise broken(why="it is neither an .ico nor a .png file")
    _, _, count = reader.numbers(_HEADER.format, 0)
    if not 0 < count <= _MOST_IMAGES:
        raise broken(why=f"it has {count} images, and 1 to {_MOST_IMAGES} are allowed")
    return tuple(_image(reader, _HEADER.size + _ENTRY.size * index) for index in range(count))


def encode_group(images: Sequence[IconImage]) -> bytes:
    """Return the ``RT_GROUP_ICON`` of images whose numbers are 1, 2, ..."""
    return _HEADER.pack(0, _ICON, len(images)) + b"".join(
        _GROUP_ENTRY.pack(
            *(image.width, image.height, image.colors, 0, image.planes, image.bits),
            *(len(image.data), number),
        )
        for number, image in enumerate(images, 1)
    )


def _image(reader: BoundedReader, at: int) -> IconImage:
    width, height, colors, _, planes, bits, size, offset = reader.numbers(_ENTRY.format, at)
    part = reader.part(offset, size)
    data = part.read(0, size)
    expected = (width or _LARGEST_SIDE, height or _LARGEST_SIDE)
    if data.startswith(_PNG):
        found = _png_size(part)
    else:
        header_size, bitmap_width, bitmap_height = part.numbers("<Iii", 0)
        if header_size != _BITMAP_HEADER or bitmap_height % 2:
            raise reader.broken("an image in it is neither a bitmap nor a PNG")
        found = (bitmap_width, bitmap_height // 2)
    if found != expected:
        raise reader.broken(
            f"an image has {found[0]}x{found[1]} pixels, and its entry says"
            f" {expected[0]}x{expected[1]}"
        )
    return IconImage(width, height, colors, planes, bits, data)


def _png_size(reader: BoundedReader) -> tuple[int, int]:
    """Return width and height of a PNG file, after checking that it is complete."""
    at = len(_PNG)
    width = height = 0
    kind = b""
    while kind != b"IEND":
        (length,) = reader.numbers(">I", at)
        body = reader.read(at + 4, length + 4)
        kind = body[:4]
        if reader.numbers(">I", at + 8 + length) != (zlib.crc32(body),):
            raise reader.broken("its PNG is damaged: a checksum is wrong")
        if at == len(_PNG):
            if kind != b"IHDR" or length != _PNG_HEADER:
                raise reader.broken("its PNG has no header")
            width, height = struct.unpack_from(">II", body, 4)
        at += 12 + length
    if not (0 < width <= _LARGEST_SIDE and 0 < height <= _LARGEST_SIDE):
        raise reader.broken(f"its PNG has {width}x{height} pixels, and 1x1 to 256x256 are allowed")
    return width, height
