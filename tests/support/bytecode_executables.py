"""Build executables of whole folders as bytecode, for the host."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from sealift.bytecode import RelocationTables, RuntimeCaches
from sealift.bytecode.compile import compile_scripts
from sealift.bytecode.relocate_project import relocate_scripts
from sealift.model import Asset, CodeForm, Project, Role, SilentObserver
from sealift.payload import pack, with_bytecode
from sealift.record import replace
from sealift.runtime import bytecode_wrapper, script_assets, scripts, store_caches
from support.executables import node_at, project_of, write_executable

EXEC_ARGV = ("--experimental-vm-modules",)


def build_bytecode(
    folder: Path,
    entry: str,
    binary: Path,
    work: Path,
    *,
    public: tuple[str, ...] = (),
    source_only: tuple[str, ...] = (),
    exec_argv: tuple[str, ...] = (),
) -> Path:
    """Write an executable of everything in ``folder`` and return its path.

    Args:
        folder: the project; its name is the project's.
        entry: path relative to ``folder``.
        binary: Node for the host.
        work: directory to create, for the executable and everything in between.
        public: paths of scripts whose source is packaged beside the bytecode.
        source_only: paths of scripts that are not compiled.
        exec_argv: further Node options.
    """
    work.mkdir(parents=True)
    node = node_at(binary)
    project = _private(project_of(folder, entry), public, source_only)
    shared = Path(_about_nodes().name)
    tables = RelocationTables(shared / "tables")
    observer = SilentObserver()
    has_modules = node.facts.exec_argv_extension
    compiled_roles = (Role.COMMONJS, Role.MODULE) if has_modules else (Role.COMMONJS,)
    kept = [f for f in project.files if f.role in compiled_roles]
    compiled = replace(
        project, files=tuple(f for f in kept if not _named(project, f.location, source_only))
    )
    compilation = compile_scripts(
        compiled,
        node,
        bytecode_wrapper(),
        work / "cache",
        work,
        form=CodeForm.BYTECODE_WHERE_POSSIBLE,
        observer=observer,
    )
    assert not compilation.findings, compilation.findings
    bytecode, findings = relocate_scripts(
        compiled,
        compilation,
        node,
        tables,
        work / "bytecode",
        form=CodeForm.BYTECODE_WHERE_POSSIBLE,
    )
    assert not findings, findings
    assert bytecode is not None
    image = with_bytecode(
        pack(project, script_assets(), "0.1.0", work, observer, bytecode), project, bytecode
    )
    caches = RuntimeCaches(scripts(), bytecode_wrapper(), tables, shared / "runtime", work)
    found = caches.of(node, node)
    added = [Asset(f"sealift/runtime/{name}", data) for name, data in store_caches(found)]
    argv = (*EXEC_ARGV, *exec_argv) if has_modules else ()
    return write_executable([*image.assets, *added], node, work / folder.name, argv)


@functools.cache
def _about_nodes() -> tempfile.TemporaryDirectory[str]:
    """Return the directory of what depends on a Node binary and on the runtime alone.

    The builds of one process share it.
    """
    return tempfile.TemporaryDirectory(prefix="sealift-tests-")


def _private(project: Project, public: tuple[str, ...], source_only: tuple[str, ...]) -> Project:
    files = []
    for file in project.files:
        role = file.role
        if role == Role.ASSET and file.location.endswith(".js"):
            role = Role.COMMONJS
        discloses = _named(project, file.location, public + source_only)
        files.append(replace(file, role=role, public=discloses))
    return replace(project, files=tuple(files))


def _named(project: Project, location: str, paths: tuple[str, ...]) -> bool:
    return location.removeprefix(f"{project.name}/") in paths
