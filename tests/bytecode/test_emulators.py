"""Where bytecode cannot be relocated, the target's own Node compiles, if the host can run it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from sealift.bytecode import (
    Compilation,
    RelocationTables,
    compile_scripts,
    missing_emulator,
    relocate_scripts,
)
from sealift.bytecode.emulators import Emulator, find_emulator
from sealift.bytecode.relocate import RelocationTable
from sealift.errors import FormatError, NodeError, ProjectError
from sealift.findings import Finding
from sealift.host import host_machine
from sealift.model import Bytecode, CodeForm, NodeBinary, Project, ProjectFile, SilentObserver
from sealift.record import replace
from sealift.runtime import bytecode_wrapper
from sealift.target import Arch, Platform
from support.bytecode_builds import MakeProject, package
from support.compiled_projects import FILES, Binary, read
from support.equipment import FindMachine

LINUX = Platform.LINUX, Arch.X64


class NoTables(RelocationTables):
    """Refuses, as if the two binaries differed."""

    def table(self, source: NodeBinary, target: NodeBinary) -> RelocationTable:
        raise FormatError("relocation-refused", "Bytecode cannot be relocated: they differ.", "")


def compiled(
    project: Project,
    node: NodeBinary,
    work: Path,
    emulator: Emulator | None = None,
    only: Sequence[ProjectFile] | None = None,
) -> Compilation:
    work.mkdir()
    return compile_scripts(
        project,
        node,
        bytecode_wrapper(),
        work / "cache",
        work,
        form=CodeForm.BYTECODE,
        observer=SilentObserver(),
        emulator=emulator,
        only=only,
    )


@pytest.mark.rigs
@pytest.mark.parametrize("version", ["20", "22", "24", "26"])
def test_the_targets_own_node_compiles_under_qemu(
    version: str,
    make_project: MakeProject,
    binary: Binary,
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    machine("linux-arm64")
    project = read(make_project(FILES))
    here, target = binary(version, "linux", "x64"), binary(version, "linux", "arm64")
    compilation = compiled(project, here, tmp_path / "here")
    emulator = find_emulator((target.platform, target.arch), host_machine())
    assert emulator is not None
    relocated, nothing = relocate_scripts(
        project,
        compilation,
        target,
        RelocationTables(tmp_path / "tables"),
        tmp_path / "relocated",
        form=CodeForm.BYTECODE,
        natively=lambda _: pytest.fail("nothing was refused"),
    )
    assert relocated is not None
    assert not nothing
    natively, findings = relocate_scripts(
        project,
        compilation,
        target,
        NoTables(tmp_path / "tables"),
        tmp_path / "natively",
        form=CodeForm.BYTECODE,
        natively=lambda files: compiled(project, target, tmp_path / "there", emulator, files),
    )
    assert [finding.code for finding in findings] == ["compiled-natively"]
    assert "they differ" in findings[0].message
    assert natively is not None
    assert natively.source_left_out == relocated.source_left_out
    # Both are what this Node makes of the project.
    assert natively.path.read_bytes() == relocated.path.read_bytes()


class OneRefused(RelocationTables):
    """Refuses one string that a single one of these scripts uses."""

    def __init__(self, directory: Path, compilation: Compilation) -> None:
        super().__init__(directory)
        scripts = [compilation.scripts.load(compiled.key) for compiled in compilation.files]
        self.first, *others = [set(one.references.places) for one in scripts if one is not None]
        self.place = min(self.first.difference(*others))

    def table(self, source: NodeBinary, target: NodeBinary) -> RelocationTable:
        table = super().table(source, target)
        target_places = {
            place: to for place, to in table.target_places.items() if place != self.place
        }
        return replace(
            table, target_places=target_places, refused={self.place: "it is there twice"}
        )


@pytest.mark.rigs
def test_only_what_is_refused_is_compiled_natively(
    make_project: MakeProject,
    binary: Binary,
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    machine("linux-arm64")
    files = {**FILES, "package.json": package("app", pkg={"scripts": "module.mjs"})}
    project = read(make_project(files))
    target = binary("24", "linux", "arm64")
    compilation = compiled(project, binary("24", "linux", "x64"), tmp_path / "here")
    assert len(compilation.files) == 3
    emulator = find_emulator((target.platform, target.arch), host_machine())
    asked: list[str] = []

    def natively(files: Sequence[ProjectFile]) -> Compilation:
        asked.extend(file.location for file in files)
        return compiled(project, target, tmp_path / "there", emulator, files)

    tables = OneRefused(tmp_path / "tables", compilation)
    mixed, findings = relocate_scripts(
        project,
        compilation,
        target,
        tables,
        tmp_path / "mixed",
        form=CodeForm.BYTECODE,
        natively=natively,
    )
    assert asked == [compilation.files[0].file.location]
    assert [finding.code for finding in findings] == ["compiled-natively"]
    assert "it is there twice" in findings[0].message
    relocated, _ = relocate_scripts(
        project,
        compilation,
        target,
        RelocationTables(tmp_path / "tables"),
        tmp_path / "relocated",
        form=CodeForm.BYTECODE,
    )
    assert mixed is not None
    assert relocated is not None
    assert caches(mixed) == caches(relocated)
    assert mixed.source_left_out == relocated.source_left_out


def caches(bytecode: Bytecode) -> dict[str, bytes]:
    data = bytecode.path.read_bytes()
    return {s.location: data[s.offset : s.offset + s.length] for s in bytecode.scripts}


def test_one_refused_script_that_nothing_compiles(
    make_project: MakeProject, binary: Binary, tmp_path: Path
) -> None:
    project = read(make_project(FILES))
    compilation = compiled(project, binary("24", "linux", "x64"), tmp_path / "here")
    target = binary("24", "macos", "arm64")
    tables = OneRefused(tmp_path / "tables", compilation)

    def relocated(*, form: CodeForm) -> tuple[Bytecode | None, tuple[Finding, ...]]:
        path = tmp_path / "relocated"
        return relocate_scripts(project, compilation, target, tables, path, form=form)

    with pytest.raises(ProjectError) as caught:
        relocated(form=CodeForm.BYTECODE)
    assert caught.value.code == "bytecode-refused"
    for part in ("index.js", "macos-arm64", str(target.version), "it is there twice"):
        assert part in caught.value.message
    for way_out in ("--fallback-to-source", "--sea"):
        assert way_out in caught.value.remedy
    bytecode, findings = relocated(form=CodeForm.BYTECODE_WHERE_POSSIBLE)
    assert bytecode is not None
    assert [script.location for script in bytecode.scripts] == ["app/lib.js"]
    assert bytecode.source_left_out == {"app/lib.js"}
    assert [finding.code for finding in findings] == ["shipped-as-source"]


def test_refused_for_good(make_project: MakeProject, binary: Binary, tmp_path: Path) -> None:
    project = read(make_project(FILES))
    compilation = compiled(project, binary("24", "linux", "x64"), tmp_path / "work")
    with pytest.raises(NodeError) as caught:
        relocate_scripts(
            project,
            compilation,
            binary("24", "macos", "arm64"),
            NoTables(tmp_path / "tables"),
            tmp_path / "relocated",
            form=CodeForm.BYTECODE,
            natively=lambda _: None,
            missing_emulator="Rosetta",
        )
    assert caught.value.code == "bytecode-unavailable"
    assert "they differ" in caught.value.message
    for way_out in ("Install Rosetta", "--fallback-to-source", "--sea"):
        assert way_out in caught.value.remedy


def test_an_emulator_that_fails_is_reported(
    make_project: MakeProject, binary: Binary, tmp_path: Path
) -> None:
    """It is reported whether the build fails or not."""
    project = read(make_project(FILES))
    target = binary("24", "linux", "arm64")
    compilation = compiled(project, binary("24", "linux", "x64"), tmp_path / "work")

    def relocated(*, form: CodeForm) -> tuple[Bytecode | None, tuple[Finding, ...]]:
        work = tmp_path / form.value
        return relocate_scripts(
            project,
            compilation,
            target,
            NoTables(tmp_path / "tables"),
            tmp_path / "relocated",
            form=form,
            natively=lambda files: compiled(
                project, target, work, Emulator("broken", ("/bin/false",)), files
            ),
        )

    with pytest.raises(NodeError) as caught:
        relocated(form=CodeForm.BYTECODE)
    assert caught.value.code == "bytecode-unavailable"
    assert "they differ" in caught.value.message
    assert "exit code 1" in caught.value.message
    bytecode, findings = relocated(form=CodeForm.BYTECODE_WHERE_POSSIBLE)
    assert bytecode is None
    assert [finding.code for finding in findings] == ["compiler-failed", "without-bytecode"]
    assert "exit code 1" in findings[0].message


def test_which_emulator() -> None:
    here = {"qemu-aarch64": "/opt/qemu-aarch64", "qemu-riscv64": "/opt/qemu-riscv64"}
    here |= {"qemu-s390x": "/opt/qemu-s390x", "wine": "/opt/wine", "arch": "/usr/bin/arch"}

    def named(target: tuple[Platform, Arch], host: tuple[Platform, Arch] = LINUX) -> str:
        emulator = find_emulator(target, host, here.get)
        return "" if emulator is None else emulator.name

    assert named((Platform.LINUX, Arch.ARM64)) == "qemu-aarch64"
    assert named((Platform.LINUX, Arch.RISCV64)) == "qemu-riscv64"
    assert named((Platform.LINUX, Arch.S390X)) == ""  # its code caches are laid out otherwise
    assert named((Platform.WIN, Arch.X64)) == "wine"
    assert named((Platform.WIN, Arch.ARM64)) == ""
    assert named((Platform.MACOS, Arch.ARM64)) == ""
    assert named((Platform.LINUX, Arch.X64), (Platform.LINUX, Arch.ARM64)) == ""
    assert named((Platform.MACOS, Arch.ARM64), (Platform.MACOS, Arch.X64)) == ""
    assert named((Platform.WIN, Arch.X64), (Platform.WIN, Arch.ARM64)) == "Windows"
    here.clear()
    assert named((Platform.LINUX, Arch.ARM64)) == ""
    assert named((Platform.WIN, Arch.X64)) == ""
    assert find_emulator(LINUX, LINUX, here.get) == Emulator("this host", ())


@pytest.mark.parametrize(
    ("target", "host", "name"),
    [
        ((Platform.LINUX, Arch.ARM64), LINUX, "qemu-aarch64"),
        ((Platform.LINUX, Arch.PPC64), LINUX, "qemu-ppc64le"),
        ((Platform.WIN, Arch.X64), LINUX, "Wine"),
        ((Platform.MACOS, Arch.X64), (Platform.MACOS, Arch.ARM64), "Rosetta"),
    ],
)
def test_what_is_missing_is_an_emulator_that_would_be_used(
    target: tuple[Platform, Arch], host: tuple[Platform, Arch], name: str
) -> None:
    assert name in missing_emulator(target, host, lambda _: None)


@pytest.mark.parametrize(
    "target",
    [
        *((Platform.LINUX, arch) for arch in (Arch.ARMV7, Arch.X86, Arch.S390X)),
        (Platform.MACOS, Arch.ARM64),
        (Platform.WIN, Arch.ARM64),
        (Platform.FREEBSD, Arch.X64),
    ],
)
def test_no_emulator_is_missing_where_none_is_used(target: tuple[Platform, Arch]) -> None:
    assert missing_emulator(target, LINUX) == ""
    everything = find_emulator(target, LINUX, lambda name: f"/usr/bin/{name}")
    assert everything is None
