"""Machines that npm and PyPI have no Node for: mirrors, and errors without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.errors import NodeError
from sealift.model import NodeBinary
from sealift.nodes import catalogue, obtain
from sealift.options import NodeOptions
from sealift.target import Arch, Platform, parse_target
from support.elf_builder import Shape, build_elf
from support.local_mirror import LocalMirror, tarball
from support.observers import Recorder

HOST = (Platform.LINUX, Arch.X64)
SHAPES = {
    # In nodejs.org's dist, and at unofficial-builds.nodejs.org.
    "linux-ppc64le": ("linux-ppc64", Shape(machine=21, page=0x10000)),
    "linux-s390x": ("linux-s390x", Shape(machine=22, order=">")),
    "linux-armv7l": ("linux-armv7", Shape(machine=40, bits=32, page=0x10000, arm=10)),
    "linux-armv6l": ("linux-armv6", Shape(machine=40, bits=32, page=0x10000, arm=9)),
    "linux-x86": ("linux-x86", Shape(machine=3, bits=32)),
    "linux-riscv64": ("linux-riscv64", Shape(machine=243)),
    "linux-loong64": ("linux-loong64", Shape(machine=258, page=0x10000)),
    "freebsd-x64": (
        "freebsd-x64",
        Shape(osabi=9, texts=Shape().texts + b"\0NODE_SEA_BLOB\0"),
    ),
}
OTHERS = ["aix-ppc64", "headers", "linux-x64-glibc-217", "linux-x64-pointer-compression", "src"]


@pytest.fixture
def whole_mirror(mirror: LocalMirror) -> LocalMirror:
    archives: dict[str, bytes | Path] = {}
    for name, (_, shape) in SHAPES.items():
        top = f"node-v26.1.2-{name}"
        archives[f"{top}.tar.gz"] = tarball((f"{top}/bin/node", build_elf(shape)))
    mirror.add_release("26.1.2", archives, [*SHAPES, *OTHERS])
    return mirror


def options(mirror: LocalMirror, folder: Path) -> NodeOptions:
    return NodeOptions(mirror=mirror.url, cache=folder / "cache")


def get(target: str, given: NodeOptions) -> NodeBinary:
    return obtain(parse_target(target, HOST), given, Recorder())


@pytest.mark.parametrize("name", SHAPES)
def test_a_mirror_that_has_the_release(
    name: str, whole_mirror: LocalMirror, tmp_path: Path
) -> None:
    target, shape = SHAPES[name]
    binary = get(f"node26-{target}", options(whole_mirror, tmp_path))
    assert f"{binary.platform}-{binary.arch}" == target
    assert binary.facts.machine == target.partition("-")[2]
    assert binary.path.read_bytes() == build_elf(shape)


def test_a_mirror_s_archive_of_another_machine(mirror: LocalMirror, tmp_path: Path) -> None:
    top = "node-v26.1.2-linux-armv6l"
    armv7 = build_elf(SHAPES["linux-armv7l"][1])
    mirror.add_release(
        "26.1.2", {f"{top}.tar.gz": tarball((f"{top}/bin/node", armv7))}, ["linux-armv6l"]
    )
    with pytest.raises(NodeError, match="it is for linux-armv7") as caught:
        get("node26-linux-armv6", options(mirror, tmp_path))
    assert caught.value.code == "binary-mismatch"


def test_what_a_mirror_has_is_listed(whole_mirror: LocalMirror, tmp_path: Path) -> None:
    entries = catalogue(options(whole_mirror, tmp_path), Recorder())
    offered = {entry.target for entry in entries if entry.release}
    assert offered == {f"node26-{target}" for target, _ in SHAPES.values()}
    listed = {entry.target.removeprefix("node26-") for entry in entries}
    assert listed >= {f"{system}-{arch}" for system in Platform for arch in system.facts.arches}


@pytest.mark.parametrize(
    ("target", "known"),
    [
        ("linux-riscv64", "https://unofficial-builds.nodejs.org/download/release"),
        ("alpine-armv7", "https://unofficial-builds.nodejs.org/download/release"),
        ("linux-s390x", "https://nodejs.org/dist"),
        ("freebsd-x64", "URL"),
    ],
)
def test_the_remedy_names_every_way_to_a_binary(
    target: str, known: str, real_mirror: LocalMirror, tmp_path: Path
) -> None:
    with pytest.raises(NodeError) as caught:
        get(f"node24-{target}", options(real_mirror, tmp_path))
    assert caught.value.code == "release-unknown"
    assert caught.value.message == f"No provider has Node 24 for {target}."
    for way in (
        f"--node-binary {target}=PATH",
        "--node-provider dir:FOLDER",
        f"--node-mirror {known}",
        "--compile-node",
    ):
        assert way in caught.value.remedy
