"""Source trees: their release, and unpacking that writes nothing elsewhere."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from nodes.build.stand_in import HOST, HOST_MACHINE, make_tarball, make_tree
from rigs.capability import lacking
from sealift.errors import NodeError
from sealift.model import NodeBinary, SilentObserver
from sealift.nodes import catalogue
from sealift.nodes.build import source_tree as tree
from sealift.options import NodeOptions
from sealift.record import replace
from sealift.target import NodeVersion

VERSION = b"#define NODE_MAJOR_VERSION 24\n#define NODE_MINOR_VERSION 1\n"
VERSION += b"#define NODE_PATCH_VERSION 0\n"


def tarball(path: Path, *members: tuple[str, bytes | tuple[bytes, str]]) -> Path:
    """Write a tarball; a member is a file's bytes, or a kind of link and its target."""
    with tarfile.open(path, "w") as opened:
        for name, content in members:
            member = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                member.size = len(content)
                opened.addfile(member, io.BytesIO(content))
            else:
                member.type, member.linkname = content
                opened.addfile(member)
    return path


def test_the_release_of_trees_and_tarballs(tmp_path: Path) -> None:
    folder = make_tree(tmp_path / "tree", tmp_path, "26.10.3")
    packed = make_tarball(tmp_path / "any-name.tar.xz", tmp_path, "22.1.9")
    assert tree.version_of(folder) == NodeVersion(26, 10, 3)
    assert tree.version_of(packed) == NodeVersion(22, 1, 9)


def test_tarball_is_unpacked_as_it_is(tmp_path: Path) -> None:
    folder = make_tree(tmp_path / "tree", tmp_path)
    packed = make_tarball(tmp_path / "node.tar.xz", tmp_path)
    tree.lay_out(packed, tmp_path / "out")
    names = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    assert sorted(path.relative_to(tmp_path / "out") for path in (tmp_path / "out").rglob("*")) == (
        names
    )
    for name in names:
        if (folder / name).is_file():
            assert (tmp_path / "out" / name).read_bytes() == (folder / name).read_bytes()
            assert (tmp_path / "out" / name).stat().st_mtime == 1_700_000_000


def test_links_within_and_programs_stay_what_they_are(tmp_path: Path) -> None:
    packed = tarball(
        tmp_path / "node.tar",
        ("n/a/file", b"text"),
        ("n/a/link", (tarfile.SYMTYPE, "../b/other")),
        ("n/b/other", b"other"),
        ("n/hard", (tarfile.LNKTYPE, "n/a/file")),
    )
    tree.lay_out(packed, tmp_path / "out")
    assert (tmp_path / "out/a/link").readlink() == Path("../b/other")
    assert (tmp_path / "out/a/link").read_bytes() == b"other"
    assert (tmp_path / "out/hard").samefile(tmp_path / "out/a/file")


@pytest.mark.parametrize(
    "members",
    [
        [("n/../../escaped", b"x")],
        [("/escaped", b"x")],
        [("n/link", (tarfile.SYMTYPE, "/")), ("n/link/tmp/escaped", b"x")],
        [("n/link", (tarfile.SYMTYPE, "../..")), ("n/link/escaped", b"x")],
        [("n/link", (tarfile.LNKTYPE, "n/../../escaped"))],
        [("n/device", (tarfile.FIFOTYPE, ""))],
        [
            ("n/a/b", (tarfile.SYMTYPE, ".")),
            ("n/a/c", (tarfile.SYMTYPE, "b/../../..")),
            ("n/a/c/escaped", b"x"),
        ],
    ],
)
def test_tarball_that_leads_out_is_refused(
    tmp_path: Path, members: list[tuple[str, bytes | tuple[bytes, str]]]
) -> None:
    work = tmp_path / "deep" / "er"
    work.mkdir(parents=True)
    with pytest.raises(NodeError) as caught:
        tree.lay_out(tarball(tmp_path / "node.tar", *members), work / "out")
    assert caught.value.code == "source-tree-refused"
    assert not list(tmp_path.rglob("escaped"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"this is no tarball", "is neither a directory nor a tarball"),
        (b"PK\3\4 nor is a zip", "is neither a directory nor a tarball"),
        (b"", "is neither a directory nor a tarball"),
        (None, "does not exist"),
    ],
)
def test_files_that_are_not_source_are_refused(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "node.tar.xz"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(NodeError, match=reason) as caught:
        tree.version_of(file)
    assert caught.value.code == "source-tree-refused"
    assert "--node-source-tree" in caught.value.remedy


def test_pipe_is_refused_and_not_read(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        lacking("named pipes")
    os.mkfifo(tmp_path / "node.tar")
    with pytest.raises(NodeError, match="is neither a directory nor a tarball"):
        tree.version_of(tmp_path / "node.tar")


def test_what_can_be_compiled_here_is_listed(tmp_path: Path) -> None:
    given = NodeOptions(provider="build", source_tree=make_tree(tmp_path / "tree", tmp_path))
    listed = catalogue(replace(given, cache=tmp_path / "cache"), SilentObserver())
    offered = {entry.target for entry in listed if entry.release}
    systems = {target.split("-")[1] for target in offered}
    linux = {"linux", "alpine", "linuxstatic"}
    assert systems == (linux if HOST_MACHINE[0] in linux else {HOST_MACHINE[0]})
    assert f"node24-{HOST}" in offered


def test_a_release_that_is_too_old_is_refused_before_it_is_compiled(
    tmp_path: Path, build: Callable[..., NodeBinary]
) -> None:
    old = make_tree(tmp_path / "tree", tmp_path, "22.2.0")
    with pytest.raises(
        NodeError, match=r"is the source of Node 22\.2\.0, which is too old"
    ) as caught:
        build(f"node22-{HOST}", source_tree=old)
    assert caught.value.code == "source-tree-version"


def test_tree_that_cannot_be_copied_leaves_nothing(
    tmp_path: Path, real_binary: Path, host_compiler: None, build: Callable[..., NodeBinary]
) -> None:
    if not hasattr(os, "mkfifo"):
        lacking("named pipes")
    given = make_tree(tmp_path / "tree", real_binary)
    os.mkfifo(given / "src" / "pipe")
    with pytest.raises(NodeError, match="src/pipe cannot be copied"):
        build(f"node24-{HOST}", source_tree=given)
    left = [path for path in (tmp_path / "cache" / "builds").iterdir() if path.suffix != ".lock"]
    assert left == []


def test_other_trees_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match=r"does not contain src/node_version\.h"):
        tree.version_of(tmp_path)
    empty = tarball(tmp_path / "a.tar", ("n/README.md", b"text"))
    with pytest.raises(NodeError, match=r"does not contain src/node_version\.h"):
        tree.version_of(empty)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/node_version.h").write_bytes(VERSION.replace(b"MINOR", b"MEDIUM"))
    with pytest.raises(NodeError, match="does not name a release"):
        tree.version_of(tmp_path)


def test_a_truncated_tarball_is_refused(tmp_path: Path) -> None:
    packed = make_tarball(tmp_path / "node.tar.xz", tmp_path)
    packed.write_bytes(packed.read_bytes()[:-200])
    with pytest.raises(NodeError) as caught:
        tree.lay_out(packed, tmp_path / "out")
    assert caught.value.code == "source-tree-refused"


def test_state_changes_with_files_and_not_with_what_a_build_leaves(tmp_path: Path) -> None:
    folder = make_tree(tmp_path / "tree", tmp_path)
    before = tree.state_of(folder)
    (folder / "out").mkdir()
    (folder / "out/Makefile").touch()
    assert tree.state_of(folder) == before
    (folder / "src/part1.c").write_text("int changed;\n")
    assert tree.state_of(folder) != before
    tree.lay_out(folder, tmp_path / "copy")
    assert not (tmp_path / "copy/out").exists()


def test_a_tree_that_cannot_be_copied_is_refused(tmp_path: Path) -> None:
    folder = make_tree(tmp_path / "tree", tmp_path)
    os.mkfifo(folder / "src/pipe")
    with pytest.raises(NodeError, match="src/pipe cannot be copied"):
        tree.lay_out(folder, tmp_path / "out")
