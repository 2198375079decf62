"""A limit to how long each step of a kind may take, watched by one thread for all of them."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class TimeLimit:
    """Calls a function from another thread when a step takes too long.

    Starting a thread costs more than most steps; so there is one, which the first step starts.

    Args:
        overdue: called once for each step that exceeds its time.
    """

    def __init__(self, overdue: Callable[[], None]) -> None:
        self._overdue = overdue
        self._changed = threading.Condition()
        self._end = math.inf  # of the step that is under way
        self._wakes = math.inf  # when the thread looks at it next
        self._thread: threading.Thread | None = None
        self._is_closed = False

    @contextmanager
    def step(self, seconds: float) -> Iterator[None]:
        """Let the ``with`` block take some seconds."""
        with self._changed:
            self._end = time.monotonic() + seconds
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, daemon=True)
                self._thread.start()
            elif self._end < self._wakes:
                self._changed.notify()
        try:
            yield
        finally:
            self._end = math.inf

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while not self._is_closed:
                now = time.monotonic()
                if self._end <= now:
                    self._end = math.inf
                    self._overdue()
                self._wakes = self._end
                self._changed.wait(None if math.isinf(self._wakes) else self._wakes - now)
