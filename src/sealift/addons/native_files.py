"""Native files of a project (addons, libraries, programs) and which targets can use them."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from sealift.errors import FormatError
from sealift.formats.addon_compatibility import Surroundings, misfit, read_surroundings
from sealift.formats.native_magic import is_shared_object
from sealift.formats.shared_object import SharedObject, read_shared_object
from sealift.lockfiles import NpmPlatform
from sealift.model import NodeBinary
from sealift.target import Platform
from sealift.tools.input_files import NotRegularError, open_regular


class Compatibility(Struct, frozen=True):
    """Whether a target can use a native file.

    Attributes:
        reason: why it cannot, a clause that follows the file's name; "" if it can.
        same_platform: the file is for the target's system and processor.
        broken: the file does not follow the format that its name says.
        caution: why some systems that can run the target cannot load it, a clause; or "".
    """

    reason: str = ""
    same_platform: bool = True
    broken: bool = False
    caution: str = ""


class NativeFiles:
    """Reads each native file and each Node binary once in a build."""

    def __init__(self) -> None:
        self._facts: dict[Path, SharedObject | FormatError | None] = {}
        self._surroundings: dict[tuple[str, NpmPlatform], Surroundings] = {}

    def compatibility(self, path: Path, platform: NpmPlatform, binary: NodeBinary) -> Compatibility:
        """Compare a file with a target. A file without native code fits every target."""
        facts = self._read(path)
        if facts is None:
            return Compatibility()
        if isinstance(facts, FormatError):
            return Compatibility(_clause(facts), broken=True)
        found = misfit(facts, self.surroundings(platform, binary))
        if found is None:
            return Compatibility()
        if not found.nowhere:
            return Compatibility(caution=found.reason)
        same_system = facts.system == platform.platform.facts.os
        same_platform = same_system and platform.arch in facts.machines
        return Compatibility(found.reason, same_platform=same_platform)

    def is_for(self, path: Path, platform: str, arch: str) -> bool:
        """Return True if a file is native code for a platform, whatever its C library."""
        facts = self._read(path)
        return (
            isinstance(facts, SharedObject)
            and facts.system == Platform(platform).facts.os
            and arch in facts.machines
        )

    def surroundings(self, platform: NpmPlatform, binary: NodeBinary) -> Surroundings:
        """Return what the target's Node and C library offer to addons."""
        key = binary.sha256, platform
        if key not in self._surroundings:
            self._surroundings[key] = read_surroundings(
                binary.path, platform.platform, platform.arch
            )
        return self._surroundings[key]

    def _read(self, path: Path) -> SharedObject | FormatError | None:
        if path not in self._facts:
            self._facts[path] = _facts(path)
        return self._facts[path]


def _facts(path: Path) -> SharedObject | FormatError | None:
    try:
        with open_regular(path) as stream:
            if path.suffix != ".node" and not is_shared_object(stream.read(4)):
                return None
            return read_shared_object(stream, path.name)
    except FormatError as error:
        return error
    except (OSError, NotRegularError):
        return None  # reported when the file is packed


def _clause(error: FormatError) -> str:
    """Turn "x.node is broken: ..." into a clause that follows the file's name."""
    _, _, rest = error.message.rstrip(".").partition(" is ")
    return f"is {rest}" if rest else "is broken"
