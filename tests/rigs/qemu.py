r"""linux-arm64 by QEMU's user emulation.

The kernel starts the children of an emulated process (``spawn(process.execPath)``), with the
emulator that is registered with binfmt_misc. The registered line is
``:name:M:offset:magic:mask:interpreter:flags``. Magic and mask select little-endian AArch64 ELF
programs; flag F keeps the interpreter open, so it works in every mount namespace.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from rigs.cache import RigError
from rigs.machine import Completed, bare_environment, complete

LIBRARIES = Path("/usr/aarch64-linux-gnu")

BINFMT = Path("/proc/sys/fs/binfmt_misc")
_MAGIC = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
_MASK = r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"


class LinuxArm64:
    """An emulated linux-arm64 machine."""

    platform = "linux"
    arch = "arm64"

    def set_up(self) -> None:
        """Register the emulator, which only children of emulated processes need."""
        register()

    def missing(self) -> str:
        """Return the name of what is missing, or ""."""
        if platform.machine() == "aarch64":
            return ""
        if not shutil.which("qemu-aarch64-static"):
            return "qemu-aarch64-static"
        for library in ("libc.so.6", "libstdc++.so.6", "libatomic.so.1"):
            if not (LIBRARIES / "lib" / library).exists():
                return f"{library} for linux-arm64"
        return ""

    def missing_for_children(self) -> str:
        """Return the name of what an emulated process lacks to start another, or ""."""
        if platform.machine() == "aarch64" or (BINFMT / "qemu-aarch64").exists():
            return ""
        return "binfmt_misc registration of qemu-aarch64"

    def run(
        self,
        executable: Path,
        *args: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 240,
    ) -> Completed:
        """Run it under the emulator."""
        environment = bare_environment(env)
        command: list[str | Path] = [executable, *args]
        if platform.machine() != "aarch64":
            environment["QEMU_LD_PREFIX"] = str(LIBRARIES)
            command.insert(0, "qemu-aarch64-static")
        return complete(command, cwd=cwd, env=environment, timeout=timeout)


def register() -> None:
    """Register the emulator for children; raise RigError if binfmt_misc cannot be mounted."""
    if not LinuxArm64().missing_for_children():
        return
    emulator = shutil.which("qemu-aarch64-static")
    if os.geteuid() or not emulator:
        raise RigError("registering qemu-aarch64 with binfmt_misc needs root and qemu-user-static")
    mount_binfmt()
    if not LinuxArm64().missing_for_children():
        return
    try:
        line = f":qemu-aarch64:M::{_MAGIC}:{_MASK}:{emulator}:F"
        (BINFMT / "register").write_text(line)
    except OSError as error:
        raise RigError(f"binfmt_misc is closed here: {error}") from error


def mount_binfmt() -> None:
    """Mount binfmt_misc if it is not mounted; a failure shows when it is written to."""
    if not (BINFMT / "register").exists():
        subprocess.run(
            ["mount", "-t", "binfmt_misc", "binfmt_misc", str(BINFMT)],
            capture_output=True,
            check=False,
        )
