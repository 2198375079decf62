"""If nothing can be moved, the target's own Node compiles, where it can be run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import rigs
from bytecode_build.conftest import MakeProject
from bytecode_build.test_cache_and_moves import FILES, Binary, binary, read
from sealift.bytecode import (
    Compilation,
    Emulator,
    MoveTable,
    MoveTables,
    compile_scripts,
    find_emulator,
    move_scripts,
)
from sealift.errors import FormatError, NodeError
from sealift.host import host_machine
from sealift.model import NodeBinary, Project, SilentObserver
from sealift.runtime import bytecode_wrapper
from sealift.target import Arch, Platform

__all__ = ["binary"]

LINUX = Platform.LINUX, Arch.X64


class NoTables(MoveTables):
    """Refuses as if the two binaries were not alike."""

    def table(self, source: NodeBinary, target: NodeBinary) -> MoveTable:
        raise FormatError("move-refused", "Bytecode cannot be moved: they differ.", "")


def compiled(
    project: Project, node: NodeBinary, work: Path, emulator: Emulator | None = None
) -> Compilation:
    work.mkdir()
    return compile_scripts(
        project,
        node,
        bytecode_wrapper(),
        work / "cache",
        work,
        fallback_to_source=False,
        observer=SilentObserver(),
        emulator=emulator,
    )


@pytest.mark.rig
@pytest.mark.parametrize("version", ["22", "24", "26"])
def test_the_target_s_own_node_compiles_under_qemu(
    version: str,
    make_project: MakeProject,
    binary: Binary,
    machine: Callable[[str, str], rigs.Machine],
    tmp_path: Path,
) -> None:
    machine("linux", "arm64")
    project = read(make_project(FILES))
    here, target = binary(version, "linux", "x64"), binary(version, "linux", "arm64")
    compilation = compiled(project, here, tmp_path / "here")
    emulator = find_emulator((target.platform, target.arch), host_machine())
    assert emulator is not None
    moved, nothing = move_scripts(
        project,
        compilation,
        target,
        MoveTables(tmp_path / "moves"),
        tmp_path / "moved",
        fallback_to_source=False,
        natively=lambda: pytest.fail("nothing was refused"),
    )
    assert moved is not None
    assert not nothing
    natively, findings = move_scripts(
        project,
        compilation,
        target,
        NoTables(tmp_path / "moves"),
        tmp_path / "natively",
        fallback_to_source=False,
        natively=lambda: compiled(project, target, tmp_path / "there", emulator),
    )
    assert [finding.code for finding in findings] == ["compiled-natively"]
    assert "they differ" in findings[0].message
    assert natively is not None
    assert natively.source_left_out == moved.source_left_out
    # Both are what this Node makes of the project.
    assert natively.path.read_bytes() == moved.path.read_bytes()


def test_refused_for_good(make_project: MakeProject, binary: Binary, tmp_path: Path) -> None:
    project = read(make_project(FILES))
    compilation = compiled(project, binary("24", "linux", "x64"), tmp_path / "work")
    with pytest.raises(NodeError) as caught:
        move_scripts(
            project,
            compilation,
            binary("24", "macos", "arm64"),
            NoTables(tmp_path / "moves"),
            tmp_path / "moved",
            fallback_to_source=False,
            natively=lambda: None,
        )
    assert caught.value.code == "bytecode-unavailable"
    assert "they differ" in caught.value.message
    for way_out in ("QEMU", "Wine", "Rosetta", "--fallback-to-source", "--sea"):
        assert way_out in caught.value.remedy


def test_an_emulator_that_fails_is_told_of(
    make_project: MakeProject, binary: Binary, tmp_path: Path
) -> None:
    project = read(make_project(FILES))
    broken = Emulator("broken", ("/bin/false",))
    with pytest.raises(NodeError) as caught:
        compiled(project, binary("24", "linux", "arm64"), tmp_path / "work", broken)
    assert caught.value.code == "compiler-failed"


def test_which_emulator() -> None:
    here = {"qemu-aarch64": "/opt/qemu-aarch64", "wine": "/opt/wine", "arch": "/usr/bin/arch"}

    def named(target: tuple[Platform, Arch], host: tuple[Platform, Arch] = LINUX) -> str:
        emulator = find_emulator(target, host, here.get)
        return "" if emulator is None else emulator.name

    assert named((Platform.LINUX, Arch.ARM64)) == "qemu-aarch64"
    assert named((Platform.WIN, Arch.X64)) == "wine"
    assert named((Platform.WIN, Arch.ARM64)) == ""
    assert named((Platform.MACOS, Arch.ARM64)) == ""
    assert named((Platform.LINUX, Arch.X64), (Platform.LINUX, Arch.ARM64)) == ""
    assert named((Platform.MACOS, Arch.ARM64), (Platform.MACOS, Arch.X64)) == ""
    assert named((Platform.WIN, Arch.X64), (Platform.WIN, Arch.ARM64)) == "Windows"
    here.clear()
    assert named((Platform.LINUX, Arch.ARM64)) == ""
    assert named((Platform.WIN, Arch.X64)) == ""
    assert find_emulator(LINUX, LINUX, here.get) == Emulator("this machine", ())
