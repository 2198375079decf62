"""Are the packaged native addons for the targets? Told at build time, not by a user's crash."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from sealift.errors import FormatError
from sealift.formats.shared_object import SharedObject, read_shared_object
from sealift.model import Finding, NodeBinary, Project, ProjectFile, Role, Severity

# `@img/sharp-linux-x64` and `@img/sharp-win32-x64` are one addon in two packages.
_OF_A_MACHINE = re.compile(
    r"[-._/](?:linux(?:musl)?|darwin|macos|win32|windows|freebsd|android|x64|arm64|ia32|arm)\b.*"
)
_FITTING_SYSTEMS = {"elf": ("linux", "alpine", "linuxstatic", "freebsd"), "macho": ("macos",)}


def foreign_addons(project: Project, binaries: Sequence[NodeBinary]) -> tuple[Finding, ...]:
    """Warn of each addon of which no packaged build is for one of the targets."""
    families: dict[str, list[tuple[ProjectFile, SharedObject | None]]] = {}
    for file in project.files:
        if file.role == Role.ADDON:
            name = file.package.rpartition("@")[0] or file.location
            family = _OF_A_MACHINE.sub("", name)
            families.setdefault(family, []).append((file, _read(file)))
    return tuple(_warnings(families.values(), binaries))


def _warnings(
    families: Iterable[list[tuple[ProjectFile, SharedObject | None]]],
    binaries: Sequence[NodeBinary],
) -> Iterator[Finding]:
    machines = dict.fromkeys((binary.platform, binary.arch) for binary in binaries)
    for members in families:
        for platform, arch in machines:
            if any(_fits(found, platform, arch) for _, found in members):
                continue
            file, found = members[0]
            made_for = (
                f"is for {_describe(found)}" if found else "is for no machine that sealift knows"
            )
            yield Finding(
                Severity.WARNING,
                "foreign-addon",
                f"The native addon {made_for}; no build of it for {platform}-{arch} is packaged, "
                "so it will not load there.",
                "Install the package for that machine (`npm install --os=... --cpu=...`) and "
                "build again, or build each target on its own machine.",
                file.location,
            )


def _read(file: ProjectFile) -> SharedObject | None:
    try:
        with file.source.open("rb") as stream:
            return read_shared_object(stream, file.location, symbols=False)
    except (FormatError, OSError):
        return None  # a file that cannot be read is refused when it is packed


def _fits(found: SharedObject | None, platform: str, arch: str) -> bool:
    if found is None:
        return False
    return platform in _FITTING_SYSTEMS.get(found.container, ("win",)) and arch in found.machines


def _describe(found: SharedObject) -> str:
    system = {"elf": "Linux or another ELF system", "macho": "macOS", "pe": "Windows"}
    return f"{system[found.container]} on {' and '.join(sorted(found.machines))}"
