"""The host: the machine that sealift runs on. It is examined only when a build needs it."""

from __future__ import annotations

import os
import platform as python_platform
import sys

from sealift import target_messages
from sealift.target import Arch, Platform, arch_named

_SYSTEMS = {
    "linux": Platform.LINUX,
    "darwin": Platform.MACOS,
    "win32": Platform.WIN,
    "cygwin": Platform.WIN,
    "freebsd": Platform.FREEBSD,
}
_NARROW = {Arch.X64: Arch.X86, Arch.ARM64: Arch.ARMV7}
"""What a 32-bit Python counts as on a 64-bit kernel."""


def require_working_directory() -> None:
    """Raise an error if relative paths mean nothing.

    Raises:
        UsageError: ``working-directory-missing``: the current directory was removed, or may not be
            read.
    """
    try:
        os.getcwd()  # noqa: PTH109 - only whether there is one
    except OSError as error:
        raise target_messages.WORKING_DIRECTORY_MISSING.error(reason=error.strerror) from error


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def host_machine() -> tuple[Platform, Arch]:
    """Return the host's platform and architecture.

    Raises:
        UsageError: ``host-unknown``: sealift has no target for this host.
    """
    name = next((name for name in _SYSTEMS if sys.platform.startswith(name)), "")
    arch = arch_named(python_platform.machine())
    if sys.maxsize < 1 << 32 and arch in _NARROW:
        arch = _NARROW[arch]
    # Node's ppc64 is little-endian: a big-endian host cannot be a target.
    if not name or arch is None or (arch == Arch.PPC64 and sys.byteorder == "big"):
        raise target_messages.HOST_UNKNOWN.error(os=sys.platform, arch=python_platform.machine())
    system = _SYSTEMS[name]
    if system == Platform.LINUX and python_platform.libc_ver()[0] != "glibc":
        system = Platform.ALPINE
    return system, arch
