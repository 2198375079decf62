"""What the project's own code prints, passed on within a limit."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import IO

_LINE = 1 << 16  # bytes; longer lines are passed on in parts
_DRAIN = 1.0


class BoundedOutput:
    """Passes on what a program prints, line by line, and kills it if that is too much.

    Args:
        stream: what it prints.
        printed: gets each line.
        kill: ends the program.
        size: bytes that it may print.

    Attributes:
        exceeded: it has printed more.
    """

    def __init__(
        self,
        stream: IO[bytes],
        printed: Callable[[str], None],
        kill: Callable[[], None],
        size: int = 0,
    ) -> None:
        self.exceeded = False
        self._stream = stream
        self._printed = printed
        self._kill = kill
        self._left = size
        self._ended = False
        self._thread = threading.Thread(target=self._pass_on, daemon=True)
        self._thread.start()

    def allow(self, size: int) -> None:
        """Let the program print as many bytes from now on."""
        self._left = size

    def join(self) -> None:
        """Wait until everything is passed on; programs that it started may keep the pipe."""
        self._thread.join(_DRAIN)
        self.end()

    def end(self) -> None:
        """Pass on nothing more than the line that is read now."""
        self._ended = True

    def _pass_on(self) -> None:
        # At the end the stream is closed: a program that outlives the one that was killed and still
        # writes to it gets SIGPIPE, instead of a reader for ever.
        with contextlib.suppress(OSError, ValueError), self._stream:
            while line := self._stream.readline(_LINE):
                if not self._is_passed_on(line.decode("utf-8", "replace").rstrip("\r\n")):
                    return

    def _is_passed_on(self, line: str) -> bool:
        self._left -= len(line) + 1
        if self._left < 0:
            self.exceeded = True
            self._kill()
            return False
        self._printed(line)
        return not self._ended
