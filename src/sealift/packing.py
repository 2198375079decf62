"""What each executable carries: its image and its Node options."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sealift import runtime
from sealift.image import pack
from sealift.model import Image, Observer, Project, Role, ScriptCounts
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


def pack_source(project: Project, work: Path, observer: Observer) -> Cargo:
    """Pack a project as plain source, for all targets alike."""
    image = pack(project, runtime.modules(), VERSION, work, observer)
    scripts = sum(file.role in _SCRIPTS for file in project.files)
    return Cargo(image, (), ScriptCounts(bytecode=0, both=0, source=scripts))
