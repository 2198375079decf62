"""Packages a directory as it stands, without reading what its files ask for."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from sealift import assemble, runtime
from sealift.formats.node_facts import read_facts
from sealift.model import (
    NodeBinary,
    Project,
    ProjectFile,
    ProjectSymlink,
    Reason,
    ReasonKind,
    Role,
    SilentObserver,
)
from sealift.payload import pack
from sealift.target import Arch, NodeVersion, Platform

ROLES = {".js": Role.COMMONJS, ".cjs": Role.COMMONJS, ".mjs": Role.MODULE, ".json": Role.JSON}


def read_directory(directory: Path, entry: str) -> Project:
    """All of a directory; ``entry`` is relative to it."""
    files: list[ProjectFile] = []
    links: list[ProjectSymlink] = []
    empty: list[str] = []
    for top, directories, names in os.walk(directory):
        for name in [*directories, *names]:
            path = Path(top, name)
            location = f"{directory.name}/{path.relative_to(directory).as_posix()}"
            if path.is_symlink():
                links.append(ProjectSymlink(location, str(path.readlink())))
            elif path.is_dir():
                if not any(path.iterdir()):
                    empty.append(location)
            else:
                stat = path.stat()
                files.append(
                    ProjectFile(
                        source=path,
                        location=location,
                        role=ROLES.get(path.suffix, Role.ASSET),
                        size=stat.st_size,
                        mtime_ns=stat.st_mtime_ns,
                        mode=stat.st_mode & 0o777,
                        reason=Reason(ReasonKind.CONFIGURED),
                    )
                )
    return Project(
        name=directory.name,
        version="1.0.0",
        root=directory,
        entry=f"{directory.name}/{entry}",
        files=tuple(sorted(files, key=lambda file: file.location)),
        symlinks=tuple(sorted(links, key=lambda link: link.location)),
        directories=tuple(sorted(empty)),
    )


def make_executable(
    directory: Path,
    entry: str,
    node: Path,
    version: str,
    output: Path,
    platform: Platform = Platform.LINUX,
) -> Path:
    """Package ``directory`` for x64 with the Node binary ``node``."""
    project = read_directory(directory, entry)
    binary = NodeBinary(
        version=NodeVersion.parse(version),
        platform=platform,
        arch=Arch.X64,
        path=node,
        size=node.stat().st_size,
        sha256="",
        source="file",
        origin=str(node),
        facts=read_facts(node),
    )
    with tempfile.TemporaryDirectory() as work:
        image = pack(project, runtime.modules(), "0", Path(work), SilentObserver())
        with assemble.temporary(output) as file:
            assemble.write(file, binary, image.assets, runtime.main_script(), (), SilentObserver())
            file.publish()
    return output
