"""A folder of binaries: ``--node-provider dir:PATH``."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from rigs.capability import lacking
from sealift.errors import NodeError, UsageError
from sealift.model import NodeBinary
from sealift.nodes import catalogue, obtain, obtain_all, obtain_compiler
from sealift.nodes.folder_provider import Folder
from sealift.nodes.node_cache import NodeCache
from sealift.options import NodeOptions
from sealift.record import replace
from sealift.target import Arch, Platform, parse_target
from support.elf_builder import Shape, build_elf
from support.observers import Recorder

HOST = (Platform.LINUX, Arch.X64)


def options(folder: Path, tmp_path: Path) -> NodeOptions:
    return NodeOptions(provider=f"dir:{folder}", cache=tmp_path / "cache")


def get(target: str, folder: Path, tmp_path: Path) -> NodeBinary:
    return obtain(parse_target(target, HOST), options(folder, tmp_path), Recorder())


@pytest.fixture
def folder(tmp_path: Path, node_binary) -> Path:
    """Make files named as in `pkg`'s cache, sealift's cache and archives; one has a wrong name."""
    for name, binary in (
        ("fetched-v22.20.0-win-x64", node_binary("22.20.0", "win", "x64")),
        ("built-v24.19.0-linux-x64", node_binary("24.19.0", "linux", "x64")),
        ("26.10.0-linux-x64-npm/node", node_binary("26.10.0", "linux", "x64")),
        ("node-v24.19.0-linux-armv7", node_binary("24.19.0", "linux", "arm64")),
        ("node-v24.19.0-win-x64/node.exe", node_binary("24.19.0", "win", "x64")),
    ):
        path = tmp_path / "binaries" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(binary)
    folder = tmp_path / "binaries"
    (folder / "SHASUMS256.txt").write_text("text")
    (folder / "node-v24.19.0-macos-x64").write_bytes(b"\xcf\xfa\xed\xfe cut off")
    return folder


def test_the_content_of_a_file_decides_not_its_name(folder: Path, tmp_path: Path) -> None:
    arm = get("node24-linux-arm64", folder, tmp_path)
    assert arm.path == folder / "node-v24.19.0-linux-armv7"
    assert (arm.provider, arm.facts.machine, str(arm.version)) == ("dir", "arm64", "24.19.0")
    with pytest.raises(NodeError):
        get("node24-linux-armv7", folder, tmp_path)


def test_the_newest_release_in_the_range_at_any_depth(folder: Path, tmp_path: Path) -> None:
    assert get("latest-linux-x64", folder, tmp_path).path.parent.name == "26.10.0-linux-x64-npm"
    assert get("node24-linux-x64", folder, tmp_path).path.name == "built-v24.19.0-linux-x64"
    assert str(get("node22-win", folder, tmp_path).version) == "22.20.0"
    assert get("latest-win", folder, tmp_path).path.name == "node.exe"


def test_a_release_that_the_host_has_too_is_preferred(folder: Path, tmp_path: Path) -> None:
    target = parse_target("latest-linux-arm64", HOST)
    given = options(folder, tmp_path)
    (binary,) = obtain_all((target,), given, Recorder(), compiler_host=HOST)
    compiler = obtain_compiler(binary, HOST, (binary,), given, Recorder())
    assert compiler.path.name == "built-v24.19.0-linux-x64"


def test_an_error_lists_what_is_in_the_folder(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NodeError) as caught:
        get("node24-linux-s390x", folder, tmp_path)
    message = caught.value.message
    assert caught.value.code == "release-unknown"
    assert str(folder) in message
    assert "node24-linux-s390x" in message
    assert "fetched-v22.20.0-win-x64 (win-x64)" in message
    assert "node-v24.19.0-linux-armv7 (linux-arm64)" in message
    assert "node-v24.19.0-macos-x64 (refused: " in message
    assert "SHASUMS" not in message
    assert "--node-binary linux-s390x=PATH" in caught.value.remedy


def test_armv7_runs_armv6_and_armv6_does_not_run_armv7(tmp_path: Path) -> None:
    folder = tmp_path / "binaries"
    folder.mkdir()
    for name, cpu in (("six", 9), ("seven", 10)):
        (folder / name).write_bytes(
            build_elf(Shape(bits=32, machine=40, base=0x10000, page=0x10000, arm=cpu))
        )
    found = get("node26-linux-armv6", folder, tmp_path)
    assert (found.path.name, found.facts.machine) == ("six", "armv6")
    (folder / "six").rename(folder / "a")
    assert get("node26-linux-armv7", folder, tmp_path).path.name == "a"
    (folder / "a").unlink()
    assert get("node26-linux-armv7", folder, tmp_path).path.name == "seven"
    with pytest.raises(NodeError) as caught:
        get("node26-linux-armv6", folder, tmp_path)
    assert "seven (Node 26.1.2 for linux-armv7)" in caught.value.message


def test_a_refused_binary_is_reported_once(tmp_path: Path, node_binary) -> None:
    folder = tmp_path / "binaries"
    folder.mkdir()
    content = node_binary("24.19.0", "linux", "x64").read_bytes()
    (folder / "node").write_bytes(content.replace(b"NODE_SEA_FUSE_", b"NODE_SEA_FUZE_"))
    with pytest.raises(NodeError) as caught:
        get("node24-linux-x64", folder, tmp_path)
    assert caught.value.message.count("node (") == 1
    assert "; it contains node (refused: node is not a stock Node binary" in caught.value.message


def test_folders_that_cannot_be_read_are_reported(tmp_path: Path) -> None:
    if not hasattr(os, "geteuid"):
        lacking("POSIX permissions")
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "locked").mkdir(mode=0)
        try:
            if root:
                os.seteuid(65534)
            found = Folder(folder, NodeCache(tmp_path / "cache"))
        finally:
            if root:
                os.seteuid(0)
    message = found.not_found(parse_target("linux-x64", HOST)).message
    assert message.endswith("; it contains locked (refused: Permission denied).")


def test_the_catalogue_lists_the_users_own_binaries(
    folder: Path, tmp_path: Path, node_binary
) -> None:
    given = replace(
        options(folder, tmp_path), binaries={"linux-x64": node_binary("20.20.2", "linux", "x64")}
    )
    listed = {
        entry.target: (entry.release, entry.provider)
        for entry in catalogue(given, Recorder())
        if entry.release
    }
    assert listed == {
        "node20-linux-x64": ("20.20.2", "file"),
        "node24-linux-x64": ("24.19.0", "dir"),
        "node26-linux-x64": ("26.10.0", "dir"),
        "node24-linux-arm64": ("24.19.0", "dir"),
        "node22-win-x64": ("22.20.0", "dir"),
        "node24-win-x64": ("24.19.0", "dir"),
    }
    with pytest.raises(NodeError):
        catalogue(replace(given, binaries={"linux-x64": tmp_path / "missing"}), Recorder())


def test_empty_and_missing_folders(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(NodeError, match="it contains no executable"):
        get("node24-linux-x64", empty, tmp_path)
    for wrong in (tmp_path / "none", shutil.copyfile(__file__, tmp_path / "file")):
        with pytest.raises(UsageError) as caught:
            get("node24-linux-x64", wrong, tmp_path)
        assert caught.value.code == "folder-missing"
    with pytest.raises(UsageError, match="does not name a folder"):
        obtain(parse_target("linux", HOST), NodeOptions(provider="dir:"), Recorder())
