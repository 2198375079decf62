"""Progress on a terminal; silence when standard error is none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sealift.model import Observer, SilentObserver

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class _TerminalObserver:
    """Shows the running stage; a stage that has ended leaves no line behind."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def stage(self, name: str, total: int | None = None) -> None:
        """Show a new stage."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(name, total=total)

    def advance(self, amount: int) -> None:
        """Move the bar."""
        if self._task is not None:
            self._progress.advance(self._task, amount)


@contextmanager
def observing(quiet: bool) -> Iterator[Observer]:
    """Give an observer that suits the terminal, for as long as the work goes on."""
    if quiet or not sys.stderr.isatty():
        yield SilentObserver()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield _TerminalObserver(progress)
