"""The machine that sealift runs on, asked only when a build needs to know."""

from __future__ import annotations

import platform as python_platform
import sys

from sealift.errors import UsageError
from sealift.target import Arch, Platform, arch_named

_SYSTEMS = {
    "linux": Platform.LINUX,
    "darwin": Platform.MACOS,
    "win32": Platform.WIN,
    "cygwin": Platform.WIN,
    "freebsd": Platform.FREEBSD,
}
_NARROW = {Arch.X64: Arch.X86, Arch.ARM64: Arch.ARMV7}
"""What a 32-bit Python runs on, where the kernel has 64 bits."""


def host_machine() -> tuple[Platform, Arch]:
    """Give the host's platform and architecture.

    Raises:
        UsageError: there is no such target.
    """
    name = next((name for name in _SYSTEMS if sys.platform.startswith(name)), "")
    arch = arch_named(python_platform.machine())
    if sys.maxsize < 1 << 32 and arch in _NARROW:
        arch = _NARROW[arch]
    # Node's ppc64 is little-endian; so big-endian ones are no target.
    if not name or arch is None or (arch == Arch.PPC64 and sys.byteorder == "big"):
        raise UsageError(
            "host-unknown",
            f"This host ({sys.platform}, {python_platform.machine()}) is no target of sealift.",
            "Name the targets in full, such as -t node24-linux-x64.",
        )
    system = _SYSTEMS[name]
    if system == Platform.LINUX and python_platform.libc_ver()[0] != "glibc":
        system = Platform.ALPINE
    return system, arch
