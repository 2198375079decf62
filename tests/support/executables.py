"""Build executables of whole folders, without the stage that reads projects.

`project_of` takes every file of a folder; `node_at` describes a Node binary; `build` writes. The
same with bytecode is in `support.bytecode_executables`, and with all stages in
`support.bytecode_builds`.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from sealift import assemble
from sealift.formats.node_facts import read_facts
from sealift.model import (
    Asset,
    NodeBinary,
    Project,
    ProjectFile,
    ProjectSymlink,
    Reason,
    ReasonKind,
    Resolution,
    Role,
    SilentObserver,
)
from sealift.options import Compression
from sealift.payload import checksum_asset, pack
from sealift.runtime import main_script, script_assets
from sealift.target import Arch, NodeVersion, Platform
from support.elf_builder import DEFAULT, Shape, build_elf

_ROLES = {
    ".cjs": Role.COMMONJS,
    ".mjs": Role.MODULE,
    ".json": Role.JSON,
    ".wasm": Role.WASM,
    ".node": Role.ADDON,
}

Resolutions = Mapping[str, Sequence[Resolution]]


def project_of(folder: Path, entry: str, resolutions: Resolutions | None = None) -> Project:
    """Return everything in ``folder``; ``resolutions`` are keyed by path relative to it."""
    files: list[ProjectFile] = []
    symlinks: list[ProjectSymlink] = []
    directories: list[str] = []
    for parent, subfolders, names in os.walk(folder):
        for name in subfolders + names:
            path = Path(parent, name)
            relative = path.relative_to(folder).as_posix()
            location = f"{folder.name}/{relative}"
            if path.is_symlink():
                symlinks.append(ProjectSymlink(location, str(path.readlink())))
            elif path.is_dir():
                directories.append(location)
            else:
                stat = path.stat()
                files.append(
                    ProjectFile(
                        source=path,
                        location=location,
                        role=_role(path, folder),
                        size=stat.st_size,
                        mtime_ns=stat.st_mtime_ns,
                        mode=stat.st_mode & 0o777,
                        reason=Reason(ReasonKind.CONFIGURED),
                        resolutions=tuple((resolutions or {}).get(relative, ())),
                    )
                )
    return Project(
        name=folder.name,
        version="1.0.0",
        root=folder,
        entry=f"{folder.name}/{entry}",
        files=tuple(sorted(files, key=lambda file: file.location)),
        symlinks=tuple(sorted(symlinks, key=lambda link: link.location)),
        directories=tuple(sorted(directories)),
    )


def _role(path: Path, folder: Path) -> Role:
    if path.suffix != ".js":
        return _ROLES.get(path.suffix, Role.ASSET)
    for parent in path.parents:
        manifest = parent / "package.json"
        if manifest.is_file():
            kind = json.loads(manifest.read_text()).get("type")
            if kind is None:
                return Role.ASSET  # the runtime has to detect the syntax
            return Role.MODULE if kind == "module" else Role.COMMONJS
        if parent == folder:
            break
    return Role.ASSET


def node_at(path: Path) -> NodeBinary:
    """Return the record of a Node binary, with what its own bytes say.

    A binary that has not changed since the last call is not read again.
    """
    status = path.stat()
    return _node_at(path, status.st_size, status.st_mtime_ns)


@functools.cache
def _node_at(path: Path, size: int, _mtime_ns: int) -> NodeBinary:
    facts = read_facts(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return NodeBinary(
        version=NodeVersion.parse(facts.version),
        platform=Platform(facts.system),
        arch=Arch(facts.machine),
        path=path,
        size=size,
        sha256=digest,
        provider="file",
        origin=str(path),
        facts=facts,
    )


def small_node(directory: Path, shape: Shape = DEFAULT) -> NodeBinary:
    """Write the ELF builder's program, which has all that sealift reads of a Node binary."""
    path = directory / "node-small"
    path.write_bytes(build_elf(shape))
    return node_at(path)


def write_executable(
    assets: Sequence[Asset], node: NodeBinary, output: Path, exec_argv: Sequence[str] = ()
) -> Path:
    """Write and verify one executable of sealift's runtime and ``assets``."""
    with assemble.temporary(output) as file:
        assemble.write(file, node, assets, main_script(), exec_argv, SilentObserver())
        file.publish()
    return output


def write_small(
    place: Path,
    files: Mapping[str, bytes],
    options: tuple[str, ...] = (),
    compression: Compression = Compression.NONE,
    name: str = "app",
) -> Path:
    """Return an executable, with a small file for Node, of a folder ``name`` with some files.

    The folder has an ``index.js``. ``options`` are embedded Node options.
    """
    folder = place / name
    for relative, content in files.items():
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    node = small_node(place, Shape())
    work = place / "work"
    work.mkdir()
    project = project_of(folder, "index.js")
    packed = pack(
        project, script_assets(), "0.1.0", work, SilentObserver(), compression=compression
    )
    sums = checksum_asset(packed.assets, main_script(), options)
    return write_executable((*packed.assets, sums), node, place / "program", exec_argv=options)


def build(
    project: Project,
    nodes: Mapping[str, NodeBinary],
    directory: Path,
    exec_argv: Sequence[str] = (),
) -> dict[str, Path]:
    """Write one executable for each of ``nodes``; the result has the same keys."""
    directory.mkdir(parents=True)
    payload = pack(project, script_assets(), "0.1.0", directory, SilentObserver())
    return {
        name: write_executable(payload.assets, node, directory / f"program-{name}", exec_argv)
        for name, node in nodes.items()
    }


def package_folder(folder: Path, entry: str, node: Path, output: Path) -> Path:
    """Write one executable of everything in ``folder``; ``entry`` is relative to it."""
    with tempfile.TemporaryDirectory() as work:
        payload = pack(
            project_of(folder, entry), script_assets(), "0.1.0", Path(work), SilentObserver()
        )
        return write_executable(payload.assets, node_at(node), output)
