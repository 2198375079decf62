"""Files that answer a program which looks for the C library of the machine that it runs on.

An executable with musl needs no C library of the machine, so the machine's own files would mislead
the program, and the libraries that choose an addon by them.

``runtime/js/addons/musl-probes.js`` says who asks and how; the files are read in the place of the
machine's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sealift.model import Project, ProjectFile, Reason, ReasonKind, Role
from sealift.target_build import TargetBuild, TargetProject

_DIRECTORY = ".sealift"
_FILES = {
    # As on Alpine Linux, whose musl has no such program of its own.
    "usr/bin/ldd": '#!/bin/sh\nexec /lib/ld-musl-*.so.1 --list -- "$@"\n',
    "etc/alpine-release": "3.22.0\n",
}


def with_musl_probe_files(builds: Sequence[TargetBuild], work: Path) -> tuple[TargetBuild, ...]:
    """Return the records; the projects of targets with musl have the files below.

    Targets that shared a variant of the project share one afterwards, if they all have musl or none
    has. ``work`` holds the files until they are packed.
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
        path = work / _DIRECTORY / name
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
