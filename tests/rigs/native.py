"""The machine at hand: linux-x64 executables run as they are."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from rigs.machine import Completed, bare_environment, complete


class LinuxX64:
    """This very machine, if it is one."""

    platform = "linux"
    arch = "x64"

    def missing(self) -> str:
        """Name what is missing."""
        if sys.platform == "linux" and platform.machine() == "x86_64":
            return ""
        return "a linux-x64 machine"

    def run(
        self,
        executable: Path,
        *args: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 120,
    ) -> Completed:
        """Run it directly."""
        return complete([executable, *args], cwd=cwd, env=bare_environment(env), timeout=timeout)
