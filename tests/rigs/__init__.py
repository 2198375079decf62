"""Test equipment: real Node binaries, real npm packages, and machines that this one is not.

``rigs.linux_arm64.run(executable, "--version").stdout`` and so on; `machines` has them by target.
"""

from __future__ import annotations

from rigs.cache import RigError
from rigs.foreign import FOREIGN
from rigs.machine import Completed, Machine
from rigs.native import LinuxX64
from rigs.qemu import LinuxArm64
from rigs.roots import Root
from rigs.wine import WinX64

__all__ = ["Completed", "Machine", "RigError", "linux_arm64", "linux_x64", "machines", "win_x64"]

linux_x64 = LinuxX64()
linux_arm64 = LinuxArm64()
win_x64 = WinX64()


def machines() -> dict[tuple[str, str], Machine]:
    """All machines by platform and architecture."""
    roots = [Root(name, arch) for name in ("alpine", "linuxstatic") for arch in ("x64", "arm64")]
    every: tuple[Machine, ...] = (linux_x64, linux_arm64, win_x64, *roots, *FOREIGN)
    return {(machine.platform, machine.arch): machine for machine in every}
