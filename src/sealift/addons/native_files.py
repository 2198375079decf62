"""Native files of a project: addons, the libraries beside them, programs; what each is for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sealift.errors import FormatError
from sealift.formats.addon_compatibility import Surroundings, misfit, read_surroundings
from sealift.formats.shared_object import SharedObject, is_shared_object, read_shared_object
from sealift.lockfiles import NpmPlatform, npm_platform_of
from sealift.model import NodeBinary, ProjectFile, Role
from sealift.target import Arch, Platform

_LIBRARY = re.compile(r".+\.(?:so(?:\.\d+)*|dylib|dll)", re.IGNORECASE)
_EXECUTABLE_BITS = 0o111
_SYSTEMS = {"darwin": "macos", "win32": "win"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a native file is for a target.

    Attributes:
        reason: a clause to follow its name, or "" if it fits.
        same_machine: it is for the target's system and processor, if for nothing else.
        broken: it cannot be read as what its name says.
        caution: a clause of why it does not load on some of the target's machines, or "".
    """

    reason: str = ""
    same_machine: bool = True
    broken: bool = False
    caution: str = ""


def is_addon(file: ProjectFile) -> bool:
    """Whether Node loads it."""
    return file.role == Role.ADDON


def is_library(file: ProjectFile) -> bool:
    """Whether an addon may load it."""
    return (
        file.role == Role.ASSET and _LIBRARY.fullmatch(file.location.rpartition("/")[2]) is not None
    )


def may_be_program(file: ProjectFile) -> bool:
    """Whether it may be run: it has the permission, or Windows' name."""
    return file.role == Role.ASSET and (
        file.location.endswith(".exe") or bool(file.mode & _EXECUTABLE_BITS)
    )


class Inspection:
    """Reads each native file, and each Node binary, once in a build."""

    def __init__(self) -> None:
        self._facts: dict[Path, SharedObject | FormatError | None] = {}
        self._surroundings: dict[tuple[str, NpmPlatform], Surroundings] = {}

    def verdict(self, path: Path, machine: NpmPlatform, binary: NodeBinary) -> Verdict:
        """Compare a file with a target. What is no native code at all fits everywhere."""
        facts = self._read(path)
        if facts is None:
            return Verdict()
        if isinstance(facts, FormatError):
            return Verdict(_clause(facts), broken=True)
        against = misfit(facts, self.surroundings(machine, binary))
        same = (
            facts.system == _SYSTEMS.get(machine.os, machine.os) and machine.arch in facts.machines
        )
        if against is None:
            return Verdict()
        if not against.nowhere:
            return Verdict(caution=against.reason)
        return Verdict(against.reason, same_machine=same)

    def is_for(self, path: Path, platform: str, arch: str) -> bool:
        """Tell whether a file is native code for a machine, whatever its C library."""
        facts = self._read(path)
        system = npm_platform_of(Platform(platform), Arch(arch)).os
        return (
            isinstance(facts, SharedObject)
            and facts.system == _SYSTEMS.get(system, system)
            and arch in facts.machines
        )

    def surroundings(self, machine: NpmPlatform, binary: NodeBinary) -> Surroundings:
        """What a target's Node gives to addons."""
        key = binary.sha256, machine
        if key not in self._surroundings:
            self._surroundings[key] = read_surroundings(binary.path, machine.platform, machine.arch)
        return self._surroundings[key]

    def _read(self, path: Path) -> SharedObject | FormatError | None:
        if path not in self._facts:
            self._facts[path] = _facts(path)
        return self._facts[path]


def _facts(path: Path) -> SharedObject | FormatError | None:
    try:
        with path.open("rb") as stream:
            if path.suffix != ".node" and not is_shared_object(stream.read(4)):
                return None
            return read_shared_object(stream, path.name)
    except FormatError as error:
        return error
    except OSError:
        return None  # what cannot be read is refused when it is packed


def _clause(error: FormatError) -> str:
    """Make "x.node is broken: ..." a clause to follow the name."""
    _, _, rest = error.message.rstrip(".").partition(" is ")
    return f"is {rest}" if rest else "is broken"
