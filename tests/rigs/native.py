"""The host, if it is linux-x64: executables run as they are."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from rigs.machine import Completed, bare_environment, complete


class LinuxX64:
    """The host."""

    platform = "linux"
    arch = "x64"

    def set_up(self) -> None:
        """Do nothing: it is set up."""

    def missing(self) -> str:
        """Return the name of what is missing, or ""."""
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
