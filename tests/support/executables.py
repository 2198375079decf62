"""Builds executables out of whole folders, without the part that reads projects."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from sealift import assemble
from sealift.formats.node_facts import read_facts
from sealift.model import (
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
from sealift.payload import pack
from sealift.runtime import main_script, modules
from sealift.target import Arch, NodeVersion, Platform

_ROLES = {
    ".cjs": Role.COMMONJS,
    ".mjs": Role.MODULE,
    ".json": Role.JSON,
    ".wasm": Role.WASM,
    ".node": Role.ADDON,
}

Resolutions = Mapping[str, Sequence[Resolution]]


def project_of(folder: Path, entry: str, resolutions: Resolutions | None = None) -> Project:
    """Everything in ``folder``; ``resolutions`` are keyed by path relative to ``folder``."""
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
                return Role.ASSET  # so the runtime has to find out by itself
            return Role.MODULE if kind == "module" else Role.COMMONJS
        if parent == folder:
            break
    return Role.ASSET


def node_of(binary: Path, version: str, platform: str = "linux", arch: str = "x64") -> NodeBinary:
    """A binary that the tests trust."""
    return NodeBinary(
        version=NodeVersion.parse(version),
        platform=Platform(platform),
        arch=Arch(arch),
        path=binary,
        size=binary.stat().st_size,
        sha256=hashlib.sha256(b"not needed here").hexdigest(),
        source="file",
        origin=str(binary),
        facts=read_facts(binary),
    )


def build(
    project: Project,
    nodes: Mapping[str, NodeBinary],
    directory: Path,
    exec_argv: Sequence[str] = (),
) -> dict[str, Path]:
    """Write one executable for each of ``nodes``; the result has the same keys."""
    directory.mkdir(parents=True)
    image = pack(project, modules(), "0.1.0", directory, SilentObserver())
    executables = {}
    for name, node in nodes.items():
        output = directory / f"program-{name}"
        with assemble.temporary(output) as file:
            assemble.write(file, node, image.assets, main_script(), exec_argv, SilentObserver())
            file.publish()
        executables[name] = output
    return executables
