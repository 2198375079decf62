"""End the process on a signal: at once, with the conventional exit code, and leaving no files.

The handlers raise no exception: one could be raised in the middle of a clean-up, or be swallowed
by a library. They remove what there is to remove and end the process.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from sealift.tools.children import end_all
from sealift.tools.deferred_signals import is_deferred
from sealift.tools.private_files import remove_all

_NAMES = {"SIGINT": "Interrupted", "SIGTERM": "Terminated", "SIGHUP": "Hung up"}
_SIGNAL_EXIT = 128
_SHOW_CURSOR = "\x1b[?25h"  # a progress bar hides it


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Have signals end this process meanwhile; a signal that is ignored stays ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread can set that
        return
    before = {}
    for name in _NAMES:
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            before[number] = signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _: FrameType | None) -> None:
    if is_deferred(number):
        return
    for name in _NAMES:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    try:
        end_all()
        remove_all()
        what = _NAMES[signal.Signals(number).name]
        _say(f"\n{what}; no incomplete file was left behind.\n")
    finally:
        os._exit(_SIGNAL_EXIT + number)


def _say(text: str) -> None:
    """Write to standard error without its buffer: the signal may have interrupted a use of it."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        descriptor = sys.stderr.fileno()
        if os.isatty(descriptor):
            text = _SHOW_CURSOR + text
        os.write(descriptor, text.encode())
