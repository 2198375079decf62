"""Pack what each executable carries besides Node: its payload.

Usage::

    builds = pack(builds, StoredForm(CodeForm.BYTECODE, Compression.NONE), options.node, work, ...)
    builds[0].payload                     # the assets of one executable

Targets whose project and code are the same share one payload.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sealift.model import Observer, Role
from sealift.options import NodeOptions
from sealift.packing.compile_ahead import CompileAhead
from sealift.packing.musl_probe_files import with_musl_probe_files
from sealift.packing.source import pack_source
from sealift.stored_form import StoredForm
from sealift.target_build import TargetBuild

__all__ = ["CompileAhead", "pack"]


def pack(
    builds: Sequence[TargetBuild],
    stored: StoredForm,
    options: NodeOptions,
    work: Path,
    observer: Observer,
    ahead: CompileAhead | None = None,
) -> tuple[TargetBuild, ...]:
    """Return the records with the payload of each executable.

    Args:
        builds: with projects and Node binaries.
        stored: how files are stored.
        options: where the Node that compiles comes from.
        work: existing, private, temporary directory; payloads refer to files in it.
        observer: notified of the steps.
        ahead: what was compiled while the project was read.

    Raises:
        IncompleteProjectError: a script cannot be compiled, and its source may not ship.
        ProjectError: a file changed since it was read, or cannot be read; the run of the program
            failed.
        NodeError: no Node on this host can compile.
        OutputError: the directory is full.
    """
    builds = with_musl_probe_files(builds, work)
    if not (stored.code.ships_bytecode or stored.start or _has_commonjs(builds)):
        # ES modules have no code caches.
        return pack_source(builds, stored.compression, options, work, observer)
    from sealift.packing.scripts import pack_scripts  # source alone does not need it

    return pack_scripts(builds, stored, options, work, observer, ahead)


def _has_commonjs(builds: Sequence[TargetBuild]) -> bool:
    return any(file.role is Role.COMMONJS for build in builds for file in build.project.files)
