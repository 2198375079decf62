"""Addons for another machine are found at build time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.errors import FormatError
from sealift.formats.shared_object import HEAD_SIZE, read_shared_object

NodeBinary = Callable[[str, str, str], Path]
CONTAINERS = {"linux": "elf", "macos": "macho", "win": "pe"}


@pytest.mark.parametrize("platform", CONTAINERS)
@pytest.mark.parametrize("arch", ["x64", "arm64"])
def test_machines_of_real_files(platform: str, arch: str, node_binary: NodeBinary) -> None:
    with node_binary("24.19.0", platform, arch).open("rb") as stream:
        found = read_shared_object(stream.read(HEAD_SIZE))
    assert (found.container, found.machines) == (CONTAINERS[platform], {arch})


def test_a_universal_file_is_for_both() -> None:
    entry = (0).to_bytes(16, "big")
    head = bytes.fromhex("cafebabe 00000002")
    head += bytes.fromhex("01000007") + entry + bytes.fromhex("0100000c") + entry
    assert read_shared_object(head).machines == {"x64", "arm64"}


@given(st.sampled_from([b"", b"\x7fELF", b"MZ", b"\xca\xfe\xba\xbe"]), st.binary(max_size=100))
def test_arbitrary_bytes_raise_only_our_error(magic: bytes, rest: bytes) -> None:
    try:
        found = read_shared_object(magic + rest)
    except FormatError:
        return
    assert found.container in ("elf", "macho", "pe")


def build(project: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "sealift", str(project), "--out-path", str(project / "out")]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_an_addon_of_the_host_in_a_build_for_windows(
    tmp_path: Path, node_binary: NodeBinary
) -> None:
    binaries = {
        f"{platform}-x64": node_binary("24.19.0", platform, "x64") for platform in ("linux", "win")
    }
    (tmp_path / "package.json").write_text('{"name": "app", "main": "index.js"}')
    (tmp_path / "index.js").write_text("try { require('./build/x.node') } catch {}\n")
    (tmp_path / "build").mkdir()
    addon = tmp_path / "build" / "x.node"
    with binaries["linux-x64"].open("rb") as stream:
        addon.write_bytes(stream.read(HEAD_SIZE))
    options = [f"--node-binary={target}={path}" for target, path in binaries.items()]
    assert build(tmp_path, "-t", "linux-x64", *options) == ""
    told = build(tmp_path, "-t", "linux-x64,win-x64", *options)
    assert "foreign addon" in told
    assert "build/x.node" in told
    assert "for win-x64" in told
    assert "for linux-x64" not in told
