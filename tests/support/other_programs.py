"""Programs that a test did not start itself, found by their arguments."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from rigs.capability import lacking


def ends(argument: str, seconds: float = 10.0) -> bool:
    """Return True if no program with this argument runs any more, soon enough."""
    if not Path("/proc/self/cmdline").exists():
        lacking("/proc")
    until = time.monotonic() + seconds
    while _runs(argument.encode()):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _runs(argument: bytes) -> bool:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if argument in path.read_bytes().split(b"\0"):
                return True
    return False
