"""The shared libraries that a Node binary needs and that not every system has.

Official binaries need only what comes with the system. Those of distributions (Homebrew's, or with
``configure --shared-openssl`` and the like) need libraries that are installed separately; an
executable made of such a binary runs only where they are.
"""

from __future__ import annotations

from sealift.findings import Severity
from sealift.formats.elf.dynamic_section import read_dynamic_section
from sealift.formats.elf.headers import read_elf
from sealift.formats.macho import headers as macho_headers
from sealift.formats.macho.headers import read_executable
from sealift.model import NodeBinary
from sealift.nodes import messages
from sealift.record import replace

# What the official binaries for Linux need: glibc's parts, and gcc's.
_LINUX = ("libc", "libm", "libdl", "libpthread", "librt", "libstdc++", "libgcc_s", "libatomic")
_LOADERS = ("ld-linux", "ld64.so")
_MACOS = ("/usr/lib/", "/System/Library/")
_LOADS = (
    macho_headers.LC_LOAD_DYLIB,
    macho_headers.LC_REEXPORT_DYLIB,
    macho_headers.LC_LOAD_UPWARD_DYLIB,
)


def telling_foreign(binary: NodeBinary) -> NodeBinary:
    """Return ``binary``, with a warning if it needs libraries that not every system has."""
    needed = foreign_libraries(binary)
    if not needed:
        return binary
    warning = messages.FOREIGN_LIBRARIES.finding(
        Severity.WARNING,
        version=binary.version,
        origin=binary.origin,
        libraries=", ".join(needed),
    )
    return replace(binary, findings=(*binary.findings, warning))


def foreign_libraries(binary: NodeBinary) -> tuple[str, ...]:
    """Return their names, for a binary for Linux with glibc or for macOS; none for others.

    Raises:
        FormatError: the file is not what it was when its facts were read.
        OSError: it cannot be read.
    """
    with binary.path.open("rb") as file:
        if binary.platform.facts.libc == "glibc":
            dynamic = read_dynamic_section(read_elf(file))
            names = dynamic.needed if dynamic else ()
            return tuple(name for name in names if not _comes_with_linux(name))
        if binary.platform.facts.container == "macho":
            names = tuple(
                _dylib(command.data)
                for command in read_executable(file).commands
                if command.kind in _LOADS
            )
            return tuple(name for name in names if not name.startswith(_MACOS))
    return ()


def _comes_with_linux(name: str) -> bool:
    return name.startswith(_LOADERS) or name.partition(".so")[0] in _LINUX


def _dylib(command: bytes) -> str:
    """Return the path in a dylib_command: u32 cmd, u32 cmdsize, u32 offset of the path, …"""
    start = int.from_bytes(command[8:12], "little")
    return command[start:].partition(b"\0")[0].decode("utf-8", "replace")
