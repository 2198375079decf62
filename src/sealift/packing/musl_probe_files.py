"""What a program whose executable has musl is told when it asks the machine for its C library.

``runtime/js/addons/musl-probes.js`` says who asks and how; the files are read in the place of the
machine's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sealift.model import Project, ProjectFile, Reason, ReasonKind, Role
from sealift.target import Platform

_DIRECTORY = ".sealift"
_FILES = {
    # As on Alpine Linux, whose musl has no such program of its own.
    "usr/bin/ldd": '#!/bin/sh\nexec /lib/ld-musl-*.so.1 --list -- "$@"\n',
    "etc/alpine-release": "3.22.0\n",
}


def with_musl_answers(
    projects: Sequence[Project], platforms: Sequence[Platform], work: Path
) -> tuple[Project, ...]:
    """Give the targets' projects, those for musl with the answers among their files.

    What was one object for several targets still is, as far as they are alike. ``work`` holds the
    files until they are packed.
    """
    made: dict[int, Project] = {}
    given = []
    for project, platform in zip(projects, platforms, strict=True):
        if platform.facts.libc == "musl":
            if id(project) not in made:
                made[id(project)] = _with_answers(project, work)
            given.append(made[id(project)])
        else:
            given.append(project)
    return tuple(given)


def _with_answers(project: Project, work: Path) -> Project:
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
