"""Progress on a terminal; else silence, but for what may take hours."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from sealift.model import Observer, SilentObserver

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


_SECONDS_BETWEEN_LINES = 60.0
_SECONDS_OF_SPEED = 600.0
"""Over which the speed is taken that the time left is told by: some files take minutes."""


class _TerminalObserver:
    """Shows the running stage; only at length does one that has ended leave its line behind."""

    def __init__(self, progress: Progress, *, at_length: bool) -> None:
        self._progress = progress
        self._at_length = at_length
        self._task: TaskID | None = None

    def stage(self, name: str, total: int | None = None) -> None:
        """Show a new stage."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        if self._at_length:
            # Above the bar: a line may be longer than the terminal is wide.
            self._progress.console.out(name, highlight=False)
        self._task = self._progress.add_task(name, total=total)

    def advance(self, amount: int) -> None:
        """Move the bar."""
        if self._task is not None:
            self._progress.advance(self._task, amount)


class _LineObserver:
    """Says in a line of its own what begins, and now and then how far it has come."""

    def __init__(self) -> None:
        self._total: int | None = None
        self._done = 0
        self._begun = self._said = 0.0

    def stage(self, name: str, total: int | None = None) -> None:
        """Say it."""
        self._total, self._done = total, 0
        self._begun = self._said = time.monotonic()
        click.echo(name, err=True)

    def advance(self, amount: int) -> None:
        """Say how far it is, if that was not said for a minute."""
        self._done += amount
        if self._total and self._done and time.monotonic() - self._said > _SECONDS_BETWEEN_LINES:
            self._said = time.monotonic()
            left = (self._said - self._begun) * (self._total - self._done) / self._done
            minutes = f"about {left / 60:.0f} minutes left"
            click.echo(f"  {self._done} of {self._total}, {minutes}", err=True)


@contextmanager
def observing(quiet: bool, *, at_length: bool = False) -> Iterator[Observer]:
    """Give an observer that suits the terminal, for as long as the work goes on.

    Args:
        quiet: show nothing.
        at_length: it may take hours, so that something is shown without a terminal too.
    """
    if quiet or not sys.stderr.isatty():
        yield _LineObserver() if at_length and not quiet else SilentObserver()
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
        columns = (TextColumn("{task.description}"), *columns)
    with Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        speed_estimate_period=_SECONDS_OF_SPEED,
    ) as progress:
        yield _TerminalObserver(progress, at_length=at_length)
