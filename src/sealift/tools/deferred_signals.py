"""Steps that a signal does not divide: its handler runs when they are all done.

Handlers of Python run in the main thread, between any two of its instructions, whichever thread
the system has given the signal to. So `signal.pthread_sigmask` would not keep them away.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

_WAITING: list[int] = []
_depth = 0


@contextmanager
def deferring_signals() -> Iterator[None]:
    """Have handlers that call `is_deferred` wait for the end of the ``with`` block."""
    global _depth
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1
        if _depth == 0 and _WAITING:
            number = _WAITING[0]
            _WAITING.clear()
            signal.raise_signal(number)


def is_deferred(number: int) -> bool:
    """Return True if the handler of a signal has to return now; it is called again later."""
    if _depth:
        _WAITING.append(number)
    return _depth > 0
