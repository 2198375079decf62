"""Package managers that fetch for the tests: bounded in time, and asked again if they fail."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from rigs.cache import RigError

_ATTEMPTS = 3
_SECONDS = 240.0  # the largest download, a Node binary of 60 MB, takes a few seconds


def run_fetching(
    command: Sequence[str | Path],
    cwd: Path | None = None,
    *,
    attempts: int = _ATTEMPTS,
    seconds: float = _SECONDS,
) -> str:
    """Run a package manager; return its output, or raise RigError with what it said.

    A connection may break, or never answer: then the command is killed and run again.
    """
    said = ""
    for _ in range(attempts):
        try:
            done = subprocess.run(
                command,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            said = f"no end within {seconds:.0f} seconds"
            continue
        if done.returncode == 0:
            return done.stdout
        said = done.stderr.strip() or done.stdout.strip()
    raise RigError(f"{Path(command[0]).name}: {said[-400:]}")
