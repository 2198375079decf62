"""Progress of a build: a bar on a terminal; lines without one if the build may take hours."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sealift.cli.streams import say, visible
from sealift.model import Observer, SilentObserver

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


_SECONDS_BETWEEN_LINES = 60.0
_SECONDS_OF_SPEED = 600.0
"""The time over which speed is measured to estimate the time left; one file may take minutes."""


def say_line(line: str) -> None:
    """Print a line of the project's own code to standard error."""
    say(visible(line))


class _QuietObserver(SilentObserver):
    """Shows only what the project's own code prints."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show

    def printed(self, line: str) -> None:
        """Print it."""
        self._show(line)


class _TerminalObserver(_QuietObserver):
    """Shows the running stage. Finished stages keep their line only in builds that take hours."""

    def __init__(self, progress: Progress, show: Callable[[str], None], *, at_length: bool) -> None:
        super().__init__(show)
        self._progress = progress
        self._at_length = at_length
        self._task: TaskID | None = None

    def stage(self, name: str, total: int | None = None) -> None:
        """Show a new stage."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        if self._at_length:
            # Above the bar: a line may be longer than the terminal is wide.
            self._progress.console.out(visible(name), highlight=False)
        self._task = self._progress.add_task(visible(name), total=total)

    def advance(self, amount: int) -> None:
        """Advance the bar."""
        if self._task is not None:
            self._progress.advance(self._task, amount)


class _LineObserver(_QuietObserver):
    """Prints a line when a stage begins, and a line of progress once a minute."""

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__(show)
        self._total: int | None = None
        self._done = 0
        self._begun = self._printed = 0.0

    def stage(self, name: str, total: int | None = None) -> None:
        """Print the name of the stage."""
        self._total, self._done = total, 0
        self._begun = self._printed = time.monotonic()
        say(visible(name))

    def advance(self, amount: int) -> None:
        """Print how much is done, at most once a minute."""
        self._done += amount
        if self._total and self._done and time.monotonic() - self._printed > _SECONDS_BETWEEN_LINES:
            self._printed = time.monotonic()
            left = (self._printed - self._begun) * (self._total - self._done) / self._done
            minutes = f"about {left / 60:.0f} minutes left"
            say(f"  {self._done} of {self._total}, {minutes}")


@contextmanager
def observing(
    quiet: bool, *, at_length: bool = False, show: Callable[[str], None] = say_line
) -> Iterator[Observer]:
    """Return a context with an observer that suits standard error.

    Args:
        quiet: show nothing.
        at_length: the work may take hours, so show progress without a terminal too.
        show: prints a line of the project's own code.
    """
    if quiet:
        yield SilentObserver()
        return
    if not sys.stderr.isatty():
        yield _LineObserver(show) if at_length else _QuietObserver(show)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns: tuple[ProgressColumn, ...] = (BarColumn(), TimeElapsedColumn())
    if at_length:
        columns = (*columns, TaskProgressColumn(), TextColumn("left:"), TimeRemainingColumn())
    else:
        columns = (TextColumn("{task.description}", markup=False), *columns)
    with Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
        speed_estimate_period=_SECONDS_OF_SPEED,
    ) as progress:
        yield _TerminalObserver(progress, show, at_length=at_length)
