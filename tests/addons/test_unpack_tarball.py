"""Unpacked tarballs: nothing outside the directory, no links, nothing incomplete."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.addons.unpack_tarball import ArchiveError, unpack
from support.tarballs import tarball


@pytest.mark.parametrize(
    "name",
    [
        "package/../../outside",
        "/absolute/../outside",
        "package/..",
        "package/a\\..\\..\\outside",
        "package/C:outside",
        "package/nul.js",
        "package/a. ",
        "package/a\x01b",
        "package/" + "a/" * 100 + "b",
    ],
)
def test_paths_that_no_package_has(name: str, tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.mkdir()
    with pytest.raises(ArchiveError):
        unpack(io.BytesIO(tarball({name: b"x"})), content, strip=True)
    assert list(tmp_path.rglob("*outside*")) == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_are_not_made(kind: bytes, tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        link = tarfile.TarInfo("package/link")
        link.type, link.linkname = kind, "../../outside"
        archive.addfile(link)
        info = tarfile.TarInfo("package/link/file")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    assert unpack(io.BytesIO(out.getvalue()), tmp_path, strip=True) == ["link/file"]
    assert not (tmp_path / "link").is_symlink()


@pytest.mark.parametrize(
    "members",
    [
        {"package/a": b"1", "package/A": b"2"},
        {"package/a": b"1", "package/a/b": b"2"},
        {"package/a/b": b"1", "package/a": b"2"},
        {},
    ],
)
def test_archives_that_are_no_packages(members: dict[str, bytes], tmp_path: Path) -> None:
    with pytest.raises(ArchiveError):
        unpack(io.BytesIO(tarball(members)), tmp_path, strip=True)


@given(st.binary(max_size=2000), st.booleans())
def test_arbitrary_bytes(data: bytes, compressed: bool) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        try:
            unpack(io.BytesIO(gzip.compress(data) if compressed else data), Path(name), strip=True)
        except ArchiveError:
            return
    raise AssertionError("arbitrary bytes are no tarball")


def test_cut_off_anywhere(tmp_path: Path) -> None:
    whole = tarball({"package/a": os.urandom(5000), "package/b": b"2"})
    for end in (*range(0, len(whole), 97), len(whole) - 1):
        directory = tmp_path / str(end)
        directory.mkdir()
        with pytest.raises(ArchiveError):
            unpack(io.BytesIO(whole[:end]), directory, strip=True)
