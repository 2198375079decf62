"""The programs that this process has started, so that they can be ended with it.

Programs that compile Node are not in the list: `sealift.nodes.build` ends them by itself.

A program that starts others may lead a process group of its own, so that they end with it even if
they were started in the background: see `starts_group`. On Windows, they are found as its
descendants.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TERMINAL = Path("/dev/tty")
_RUNNING: dict[subprocess.Popen[bytes], bool] = {}
"""The programs; whether each leads a process group."""
_is_ending = False
_SECONDS = 3.0
_PAUSE = 0.01


def starts_group() -> bool:
    """Return True if a program that starts others shall lead a group (``start_new_session``).

    It shall not where a terminal controls this process: the program may ask its user there, and
    Ctrl-C reaches everything that runs in it.
    """
    if os.name == "nt":
        return False
    try:
        os.close(os.open(_TERMINAL, os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return True
    return False


@contextmanager
def listed(
    process: subprocess.Popen[bytes], *, group: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """Have a program, and its group if it leads one, ended by `end_all` in the ``with`` block.

    A program that another thread starts after `end_all` has begun is killed.
    """
    _RUNNING[process] = group
    if _is_ending:
        kill_tree(process, group=group)
    try:
        yield process
    finally:
        _RUNNING.pop(process, None)


def kill_tree(process: subprocess.Popen[bytes], *, group: bool) -> None:
    """Kill a program and what it has started, as far as the system shows what that is."""
    if group:
        _signal(process.pid, signal.SIGKILL, group=True)
    elif os.name == "nt" and process.poll() is None:
        with contextlib.suppress(OSError):
            subprocess.run(
                ["taskkill", "/F", "/T", "/PID", str(process.pid)],  # noqa: S607
                capture_output=True,
                check=False,
            )
    with contextlib.suppress(OSError):
        process.kill()


def wait_or_kill(process: subprocess.Popen[bytes], seconds: float, *, group: bool) -> int:
    """Wait until a program ends, and return its code; at the limit, `kill_tree` it.

    Raises:
        subprocess.TimeoutExpired: it was killed.
    """
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        kill_tree(process, group=group)
        process.wait()
        raise


def failure(code: int) -> str:
    """Return how a program has failed, by its code: ``exit code 3`` or ``signal 9``."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def end_all() -> None:
    """End every listed program: as Ctrl-C does, so that it removes its files, then by force.

    To be called immediately before this process ends: no listed program runs afterwards.
    """
    global _is_ending
    _is_ending = True
    # `Popen.wait` is not used: another thread may be in it and hold its lock.
    programs = {one.pid: group for one, group in list(_RUNNING.items()) if one.returncode is None}
    if os.name == "nt":
        for process in list(_RUNNING):
            kill_tree(process, group=False)
        return
    until = time.monotonic() + _SECONDS
    for number, group in programs.items():
        _signal(number, signal.SIGINT, group=group)
    running = list(programs)
    while (running := [one for one in running if _is_running(one)]) and time.monotonic() < until:
        time.sleep(_PAUSE)
    for number, group in programs.items():
        if group or number in running:
            _signal(number, signal.SIGKILL, group=group)


def _signal(number: int, which: signal.Signals, *, group: bool) -> None:
    with contextlib.suppress(OSError):
        (os.killpg if group else os.kill)(number, which)


def _is_running(number: int) -> bool:
    """Return True unless a child has ended; nobody needs its exit code any more."""
    try:
        return os.waitpid(number, os.WNOHANG)[0] == 0
    except ChildProcessError:
        return False
