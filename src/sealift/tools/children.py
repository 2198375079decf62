"""The programs that this process has started, so that they can be ended with it.

Programs that compile Node are not in the list: `sealift.nodes.build` ends them by itself.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

_RUNNING: set[subprocess.Popen[bytes]] = set()
_SECONDS = 3.0
_PAUSE = 0.01


@contextmanager
def listed(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Have a program ended by `end_all` while the ``with`` block runs."""
    _RUNNING.add(process)
    try:
        yield process
    finally:
        _RUNNING.discard(process)


def end_all() -> None:
    """End every listed program: as Ctrl-C does, so that it removes its files, then by force."""
    # `Popen.wait` is not used: another thread may be in it and hold its lock.
    numbers = [process.pid for process in list(_RUNNING) if process.returncode is None]
    if os.name == "nt":
        for process in list(_RUNNING):
            with contextlib.suppress(OSError):
                process.kill()
        return
    until = time.monotonic() + _SECONDS
    for number in numbers:
        _signal(number, signal.SIGINT)
    while (numbers := [one for one in numbers if _is_running(one)]) and time.monotonic() < until:
        time.sleep(_PAUSE)
    for number in numbers:
        _signal(number, signal.SIGKILL)


def _signal(number: int, which: signal.Signals) -> None:
    with contextlib.suppress(OSError):
        os.kill(number, which)


def _is_running(number: int) -> bool:
    """Return True unless a child has ended; nobody needs its exit code any more."""
    try:
        return os.waitpid(number, os.WNOHANG)[0] == 0
    except ChildProcessError:
        return False
