"""What the project includes because its own code changes what specifiers resolve to."""

from __future__ import annotations

from collections.abc import Callable


class ResolutionHooks:
    """Whether the project has such code, and what depends on it."""

    def __init__(self) -> None:
        """Start without any."""
        self._found = False
        self._waiting: list[Callable[[], None]] = []

    def found(self) -> None:
        """Note that the project has such code."""
        self._found = True
        while self._waiting:
            self._waiting.pop()()

    def when_known(self, include: Callable[[], None]) -> None:
        """Call ``include`` if the project has such code, now or when it is found."""
        if self._found:
            include()
        else:
            self._waiting.append(include)
