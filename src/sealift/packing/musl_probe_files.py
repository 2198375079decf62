"""Package files by which a program finds out that its C library is musl.

Libraries that choose between builds of an addon read ``/usr/bin/ldd`` or ``/etc/alpine-release``.
On a machine with glibc these would mislead a program whose executable contains musl. So the runtime
serves the files below instead (``runtime/js/addons/musl-probes.js``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sealift.model import Project, ProjectFile, Reason, ReasonKind, Role
from sealift.record import replace
from sealift.target_build import TargetBuild, TargetProject

_DIRECTORY = ".sealift"
_FILES = {
    # As on Alpine Linux, whose musl has no such program of its own.
    "usr/bin/ldd": '#!/bin/sh\nexec /lib/ld-musl-*.so.1 --list -- "$@"\n',
    "etc/alpine-release": "3.22.0\n",
}


def with_musl_probe_files(builds: Sequence[TargetBuild], work: Path) -> tuple[TargetBuild, ...]:
    """Return the records, with the files above in the projects of targets with musl.

    ``work`` holds the files until they are packed. Targets with musl that shared a project still
    share one.
    """
    variants: dict[str, TargetProject] = {}
    for build in builds:
        if build.target.platform.facts.libc == "musl" and build.project_key not in variants:
            project = _with_probe_files(build.project, work)
            variants[build.project_key] = TargetProject(f"{build.project_key} musl", project)
    return tuple(
        replace(build, packaged=variants[build.project_key])
        if build.target.platform.facts.libc == "musl"
        else build
        for build in builds
    )


def _with_probe_files(project: Project, work: Path) -> Project:
    files = list(project.files)
    for name, text in _FILES.items():
        path = work.resolve() / _DIRECTORY / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(text, encoding="utf-8", newline="\n")
        status = path.stat()
        files.append(
            ProjectFile(
                source=path,
                location=f"{_DIRECTORY}/{name}",
                role=Role.ASSET,
                size=status.st_size,
                mtime_ns=status.st_mtime_ns,
                mode=0o755 if text.startswith("#!") else 0o644,
                reason=Reason(ReasonKind.CONFIGURED, detail="answers for musl"),
            )
        )
    return replace(project, files=tuple(sorted(files, key=lambda file: file.location)))
