"""Tarballs that would exhaust the memory, or never end."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from pathlib import Path

import pytest

from sealift.addons.unpack_tarball import ArchiveError, unpack
from sealift.tools import bounded_tar
from sealift.tools.bounded_tar import members, open_stream
from support.tarballs import tarball

BUFFER = 1 << 16


class Endless(io.RawIOBase):
    """A header, and then zeros without end; counts what is read."""

    def __init__(self, head: bytes) -> None:
        self.head = head
        self.count = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        assert size >= 0
        part, self.head = self.head[:size], self.head[size:]
        self.count += size
        assert self.count < 100 * BUFFER, "the reader does not stop"
        return part.ljust(size, b"\0")


def header(kind: bytes, size: int) -> bytes:
    info = tarfile.TarInfo("x")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize("size", [(1 << 20) + 1, 4 << 30, 1 << 40])
@pytest.mark.parametrize(
    "kind",
    [
        *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE),
        tarfile.SOLARIS_XHDTYPE,
    ],
)
def test_a_name_of_gigabytes_is_not_read(kind: bytes, size: int) -> None:
    stream = Endless(header(kind, size))
    with pytest.raises(tarfile.ReadError, match="a name has"):
        list(members(open_stream(stream, "r|", BUFFER)))
    assert stream.count <= 4 * BUFFER


def test_names_up_to_the_limit_are_read() -> None:
    name = "a/" * 20_000 + "b"
    with open_stream(
        io.BytesIO(zlib.decompress(tarball({name: b"x"}), 31)), "r|", BUFFER
    ) as opened:
        assert [member.name for member in members(opened)] == [name]


def test_too_many_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_tar, "MOST_MEMBERS", 10)
    content = zlib.decompress(tarball({f"f{number}": b"" for number in range(11)}), 31)
    opened = open_stream(io.BytesIO(content), "r|", BUFFER)
    with pytest.raises(tarfile.ReadError, match="more than 10 entries"):
        list(members(opened))


def test_zeros_after_the_end(tmp_path: Path) -> None:
    content = zlib.decompress(tarball({"package/a": b"x"}), 31)
    for padding, is_refused in ((10_240, False), (80 << 20, True)):
        directory = tmp_path / str(padding)
        directory.mkdir()
        stream = io.BytesIO(gzip.compress(content + bytes(padding), 1))
        if is_refused:
            with pytest.raises(ArchiveError, match="goes on after its end"):
                unpack(stream, directory, strip=True)
        else:
            assert unpack(stream, directory, strip=True) == ["a"]
