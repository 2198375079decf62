"""Pack what each executable carries besides Node: its payload.

Usage::

    builds = pack(builds, CodeForm.BYTECODE, Compression.NONE, options.node, work, observer)
    builds[0].payload                     # the assets of one executable

Targets whose project and code are the same share one payload.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sealift.model import CodeForm, Observer, Role
from sealift.options import Compression, NodeOptions
from sealift.packing.musl_probe_files import with_musl_probe_files
from sealift.packing.source import pack_source
from sealift.target_build import TargetBuild

__all__ = ["pack"]


def pack(
    builds: Sequence[TargetBuild],
    form: CodeForm,
    compression: Compression,
    options: NodeOptions,
    work: Path,
    observer: Observer,
) -> tuple[TargetBuild, ...]:
    """Return the records with the payload of each executable.

    Args:
        builds: with projects and Node binaries.
        form: in which form scripts ship.
        compression: of the packaged files and of their bytecode.
        options: where the Node that compiles comes from.
        work: existing, private, temporary directory; payloads refer to files in it.
        observer: notified of the steps.

    Raises:
        IncompleteProjectError: a script cannot be compiled, and its source may not ship.
        ProjectError: a file changed since it was read, or cannot be read.
        NodeError: no Node on this host can compile.
        OutputError: the directory is full.
    """
    builds = with_musl_probe_files(builds, work)
    if not form.ships_bytecode and not _has_commonjs(builds):  # ES modules have no code caches
        return pack_source(builds, compression, options, work, observer)
    from sealift.packing.scripts import pack_scripts  # source alone does not need it

    return pack_scripts(builds, form, compression, options, work, observer)


def _has_commonjs(builds: Sequence[TargetBuild]) -> bool:
    return any(file.role is Role.COMMONJS for build in builds for file in build.project.files)
