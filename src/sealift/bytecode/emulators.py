"""Programs that run another machine's Node on this host, for caches that cannot be relocated.

Nothing has to be registered or configured: QEMU's user emulation and Wine are started by name, and
Rosetta by ``arch``, which every macOS has.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct, field

from sealift.target import Arch, Platform

Machine = tuple[Platform, Arch]
Which = Callable[[str], str | None]

# Machines whose code caches have x64's layout: words of 8 bytes, the low byte first.
_QEMU_NAMES = {
    Arch.ARM64: "aarch64",
    Arch.X64: "x86_64",
    Arch.RISCV64: "riscv64",
    Arch.PPC64: "ppc64le",
    Arch.LOONG64: "loongarch64",
}
_CROSS_NAMES = {Arch.PPC64: "powerpc64le"}
_ROSETTA = Path("/Library/Apple/usr/share/rosetta/rosetta")
_LIBRARIES = "/usr/{}-linux-gnu"  # of a cross compiler, as Debian and its descendants name it


class Emulator(Struct, frozen=True):
    """How to start a program of another machine.

    Attributes:
        name: for messages.
        command: words before the program's path and its arguments.
        environment: variables that it needs.
        kept: names of the user's variables that configure it.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()


def find_emulator(target: Machine, host: Machine, which: Which = shutil.which) -> Emulator | None:
    """Return what starts programs of ``target`` on ``host``; None if nothing does.

    Args:
        target: platform and architecture of the program.
        host: platform and architecture of the host.
        which: returns a program's path for its name.
    """
    if target == host:
        return Emulator("this host", ())
    if target[0] == host[0] == Platform.MACOS:
        return _rosetta(target[1], which)
    if target == (Platform.WIN, Arch.X64):
        # Windows on arm64 runs x64 programs itself.
        return Emulator("Windows", ()) if host[0] == Platform.WIN else _wine(host[1], which)
    if target[0] == host[0] == Platform.LINUX:
        return _qemu(target[1], which)
    return None


def missing_emulator(target: Machine, host: Machine, which: Which = shutil.which) -> str:
    """Return the name of what would start programs of ``target`` on ``host`` if it were installed.

    Return "" if an emulator is installed, or if sealift uses none for that machine.
    """
    if find_emulator(target, host, which):
        return ""
    if target[0] == host[0] == Platform.MACOS:
        return "Rosetta" if target[1] == Arch.X64 else ""
    if target == (Platform.WIN, Arch.X64) and host[1] == Arch.X64:
        return "Wine"
    if target[0] == host[0] == Platform.LINUX and target[1] in _QEMU_NAMES:
        return f"QEMU's user emulation (qemu-{_QEMU_NAMES[target[1]]})"
    return ""


def _qemu(arch: Arch, which: Which) -> Emulator | None:
    name = _QEMU_NAMES.get(arch)
    if name is None:
        return None
    path = which(f"qemu-{name}-static") or which(f"qemu-{name}")
    if path is None:
        return None
    libraries = _LIBRARIES.format(_CROSS_NAMES.get(arch, name))
    prefix = ("-L", libraries) if Path(libraries).is_dir() else ()
    return Emulator(Path(path).name, (path, *prefix), kept=("QEMU_LD_PREFIX",))


def _wine(host: Arch, which: Which) -> Emulator | None:
    path = which("wine64") or which("wine")
    if path is None or host != Arch.X64:
        return None
    kept = ("HOME", "WINEPREFIX", "DISPLAY", "XDG_RUNTIME_DIR")
    return Emulator(Path(path).name, (path,), {"WINEDEBUG": "-all"}, kept)


def _rosetta(arch: Arch, which: Which) -> Emulator | None:
    path = which("arch")
    if arch != Arch.X64 or path is None or not _ROSETTA.exists():
        return None
    return Emulator("Rosetta", (path, "-x86_64"))
