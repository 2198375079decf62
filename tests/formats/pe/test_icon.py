"""Icons are read within bounds; wrong ones are refused with one sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.errors import FormatError
from sealift.formats.pe.icon import read_icon
from support.icons import bitmap, ico, png

SEVERAL = ico((16, bitmap(16)), (48, png(48, 48)), (256, png(256, 256)))


def refusal(data: bytes) -> str:
    with pytest.raises(FormatError) as caught:
        read_icon(data, "app.ico")
    assert caught.value.code == "icon-malformed"
    assert "app.ico" in caught.value.message
    return caught.value.message


def test_bitmaps_and_pngs_in_one_icon() -> None:
    images = read_icon(SEVERAL, "app.ico")
    assert [(image.width, image.height, image.bits) for image in images] == [
        (16, 16, 32),
        (48, 48, 32),
        (0, 0, 32),
    ]
    assert [image.data for image in images] == [bitmap(16), png(48, 48), png(256, 256)]


def test_a_png_is_an_icon_of_one_image() -> None:
    (image,) = read_icon(png(256, 128), "app.png")
    assert (image.width, image.height, image.data) == (0, 128, png(256, 128))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "neither an .ico nor a .png"),
        (b"GIF89a" + bytes(100), "neither an .ico nor a .png"),
        (b"\0\0\2\0\1\0" + bytes(100), "neither an .ico nor a .png"),
        (ico(), "0 images"),
        (ico((16, png(32, 32))), "32x32 pixels, and its entry says 16x16"),
        (ico((16, b"x" * 60)), "neither a bitmap nor a PNG"),
        (SEVERAL[:-1], "truncated"),
        (png(512, 512), "512x512 pixels, and 1x1 to 256x256 are allowed"),
        (png(0, 16), "0x16 pixels, and 1x1 to 256x256 are allowed"),
        (png(16, 16)[:-5], "truncated"),
        (png(16, 16).replace(b"IHDR", b"IHDX"), "checksum"),
        (bytes(1 << 24) + b"x", "larger than 16 MiB"),
    ],
)
def test_wrong_icons_are_refused(data: bytes, why: str) -> None:
    assert why in refusal(data)


@given(st.integers(0, len(SEVERAL) - 1), st.binary(min_size=1, max_size=8))
def test_damaged_icons_are_refused_or_read(at: int, put: bytes) -> None:
    data = SEVERAL[:at] + put + SEVERAL[at + len(put) :]
    try:
        read_icon(data, "app.ico")
    except FormatError as error:
        assert error.code == "icon-malformed"
