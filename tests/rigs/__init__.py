"""Test equipment: real Node binaries, real npm packages, and machines other than the host.

Every machine has the interface `Machine`; `machines` has them by target name. Tests use the
fixture ``machine("linux-arm64")``, which skips or fails a test whose machine is missing.
"""

from __future__ import annotations

from rigs.cache import RigError
from rigs.debian_machines import DEBIAN_MACHINES
from rigs.machine import Completed, Machine, host_target
from rigs.native import LinuxX64
from rigs.qemu import LinuxArm64
from rigs.roots import Root
from rigs.wine import WinX64

__all__ = [
    "Completed",
    "Machine",
    "RigError",
    "Root",
    "host_target",
    "linux_arm64",
    "linux_x64",
    "machines",
    "win_x64",
]

linux_x64 = LinuxX64()
linux_arm64 = LinuxArm64()
win_x64 = WinX64()


def machines() -> dict[str, Machine]:
    """Return every machine by target name, such as ``alpine-arm64``."""
    roots = [Root(name, arch) for name in ("alpine", "linuxstatic") for arch in ("x64", "arm64")]
    every: tuple[Machine, ...] = (linux_x64, linux_arm64, win_x64, *roots, *DEBIAN_MACHINES)
    return {f"{machine.platform}-{machine.arch}": machine for machine in every}
