"""What a machine that runs built executables looks like to a test."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Completed:
    """What a program said and how it ended; ``code`` is negative for a signal."""

    stdout: str
    stderr: str
    code: int


class Machine(Protocol):
    """A machine of one platform and architecture, real or emulated."""

    platform: str
    arch: str

    def missing(self) -> str:
        """Name the capability that this machine lacks here; "" when it is ready."""

    def run(
        self,
        executable: Path,
        *args: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 120,
    ) -> Completed:
        """Run to the end with a bare environment plus ``env`` and without standard input."""


def bare_environment(env: Mapping[str, str] | None) -> dict[str, str]:
    """The least that programs expect, so that nothing of the developer's leaks into a test."""
    base = {"PATH": os.environ.get("PATH", os.defpath), "HOME": tempfile.gettempdir()}
    base |= {"LANG": "C.UTF-8", "TZ": "UTC"}
    return base | dict(env or {})


def complete(
    command: Sequence[str | Path], *, cwd: Path | None, env: Mapping[str, str], timeout: float
) -> Completed:
    """Run ``command`` with its output in files (Wine needs files, and no reader can block)."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        code = subprocess.run(
            command,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            timeout=timeout,
            check=False,
        ).returncode
        texts = []
        for file in (stdout, stderr):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "replace").replace("\r\n", "\n"))
    return Completed(texts[0], texts[1], code)
