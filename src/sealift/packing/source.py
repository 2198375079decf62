"""What each executable carries: its image and its Node options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sealift import runtime
from sealift.model import Image, Observer, Project, Role, ScriptCounts
from sealift.payload import pack
from sealift.version import VERSION

_SCRIPTS = (Role.COMMONJS, Role.MODULE)


@dataclass(frozen=True, slots=True)
class Cargo:
    """What one executable carries.

    Attributes:
        exec_argv: Node options that its image needs.
        scripts: how many scripts ship in which form.
    """

    image: Image
    exec_argv: tuple[str, ...]
    scripts: ScriptCounts


def pack_source(projects: Sequence[Project], work: Path, observer: Observer) -> tuple[Cargo, ...]:
    """Pack the targets' projects as plain source; once for those that are one object."""
    packed: dict[int, Cargo] = {}
    for project in projects:
        if id(project) not in packed:
            directory = work / f"source{len(packed)}"
            directory.mkdir()
            image = pack(project, runtime.modules(), VERSION, directory, observer)
            scripts = sum(file.role in _SCRIPTS for file in project.files)
            counts = ScriptCounts(bytecode=0, both=0, source=scripts)
            packed[id(project)] = Cargo(image, (), counts)
    return tuple(packed[id(project)] for project in projects)


def union(projects: Sequence[Project]) -> Project:
    """Give one project with the files of several targets' projects.

    Where two have a script at one location, it is the same script: targets differ in what is left
    out and put in, and in their native files.
    """
    first = projects[0]
    if all(project is first for project in projects):
        return first
    files = {file.location: file for project in projects for file in project.files}
    return replace(first, files=tuple(files[location] for location in sorted(files)))
