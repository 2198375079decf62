"""A warning about Node binaries that need libraries which not every system has."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.findings import Severity
from sealift.model import NodeBinary
from sealift.nodes import obtain
from sealift.options import NodeOptions
from sealift.target import Arch, Platform, parse_target
from support.observers import Recorder

HOST = (Platform.LINUX, Arch.X64)


def named(path: Path, version: str, machine: str, cache: Path) -> NodeBinary:
    given = NodeOptions(binaries={machine: path}, cache=cache, offline=True)
    return obtain(parse_target(f"node{version}-{machine}", HOST), given, Recorder())


@pytest.mark.parametrize(
    ("machine", "own", "foreign"),
    [
        ("linux-x64", b"libdl.so.2", b"libuv.so.1"),
        ("linux-arm64", b"libdl.so.2", b"libuv.so.1"),
        ("macos-arm64", b"/usr/lib/libc++.1.dylib", b"/opt/uv/lib/uv.1.dylib\0"),
    ],
)
def test_a_library_that_not_every_system_has_is_reported(
    machine: str, own: bytes, foreign: bytes, node_binary, tmp_path: Path
) -> None:
    content = node_binary("24.19.0", *machine.split("-")).read_bytes()
    linked = tmp_path / "node"
    linked.write_bytes(content.replace(own + b"\0", foreign + b"\0"))
    binary = named(linked, "24.19.0", machine, tmp_path / "cache")
    (finding,) = binary.findings
    assert (finding.severity, finding.code) == (Severity.WARNING, "libraries-needed")
    name = foreign.rstrip(b"\0").decode()
    assert finding.message.startswith(f"Node 24.19.0 ({linked}) needs {name}, ")


@pytest.mark.parametrize(
    ("version", "machine"),
    [
        ("20.11.0", "linux-armv7"),
        ("20.11.0", "linux-ppc64"),
        ("20.11.0", "linux-s390x"),
        ("26.10.0", "linux-x64"),
        ("24.19.0", "linux-arm64"),
        ("24.19.0", "macos-x64"),
        ("24.19.0", "win-x64"),
    ],
)
def test_official_binaries_need_no_other_libraries(
    version: str, machine: str, node_binary, tmp_path: Path
) -> None:
    path = node_binary(version, *machine.split("-"))
    assert named(path, version, machine, tmp_path / "cache").findings == ()
