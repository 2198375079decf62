"""Progress of a build: a bar on a terminal; without one, lines about what takes long."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Thread
from typing import TYPE_CHECKING

from sealift.cli.streams import say, visible
from sealift.model import Observer, SilentObserver, Unit

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


_SECONDS_BETWEEN_LINES = 60.0
_SECONDS_UNTIL_LINE = 10.0
"""How long something may take without a word, where there is no terminal."""
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
        self._stage = _Stage("")

    def stage(self, name: str, total: int | None = None, *, unit: Unit = Unit.FILES) -> None:
        """Show a new stage."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        if self._at_length:
            # Above the bar: a line may be longer than the terminal is wide.
            self._progress.console.out(visible(name), highlight=False)
        self._stage = _Stage(name, total, unit)
        self._task = self._progress.add_task(visible(name), total=total, amount="")

    def advance(self, amount: int) -> None:
        """Advance the bar."""
        if self._task is not None:
            self._stage.done += amount
            shown = self._stage.amount() if self._stage.unit is not Unit.FILES else ""
            self._progress.update(self._task, advance=amount, amount=shown)


class _LineObserver(_QuietObserver):
    """Prints a line when a stage begins, and a line of progress once a minute."""

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__(show)
        self._stage = _Stage("")
        self._printed = 0.0

    def stage(self, name: str, total: int | None = None, *, unit: Unit = Unit.FILES) -> None:
        """Print the name of the stage."""
        self._stage = _Stage(name, total, unit)
        self._printed = self._stage.begun
        say(visible(name))

    def advance(self, amount: int) -> None:
        """Print how much is done, at most once a minute."""
        stage = self._stage
        stage.done += amount
        if stage.total and stage.done and time.monotonic() - self._printed > _SECONDS_BETWEEN_LINES:
            self._printed = time.monotonic()
            left = stage.seconds() * (stage.total - stage.done) / stage.done
            say(f"  {stage.amount()}, about {left / 60:.0f} minutes left")


class _WaitingObserver(_QuietObserver):
    """Prints a line when a download begins, when it ends, and while anything takes long.

    So the log of a machine that builds shows what is waited for. Builds with a full cache print
    nothing.
    """

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__(show)
        self._changed = Condition()
        self._stage: _Stage | None = None
        self._is_named = self._has_ended = False

    def stage(self, name: str, total: int | None = None, *, unit: Unit = Unit.FILES) -> None:
        """End the running stage and begin another one."""
        with self._changed:
            self._end_stage()
            self._stage = _Stage(name, total, unit)
            if unit is Unit.DOWNLOADED:
                self._say_name(self._stage)
            self._changed.notify()

    def advance(self, amount: int) -> None:
        """Count it."""
        with self._changed:
            if self._stage is not None:
                self._stage.done += amount

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Print lines about what takes long, while the context lasts."""
        thread = Thread(target=self._watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            with self._changed:
                self._end_stage()
                self._has_ended = True
                self._changed.notify()
            thread.join()

    def _watch(self) -> None:
        with self._changed:
            while not self._has_ended:
                stage = self._stage
                if not self._changed.wait(_SECONDS_UNTIL_LINE) and stage is not None:
                    if not self._is_named:
                        self._say_name(stage)
                    say(f"  {stage.so_far()}")

    def _say_name(self, stage: _Stage) -> None:
        say(visible(stage.name))
        self._is_named = True

    def _end_stage(self) -> None:
        stage = self._stage
        if stage is not None and stage.unit is Unit.DOWNLOADED and stage.done:
            say(f"  {megabytes(stage.done)} in {stage.seconds():.0f} s")
        self._stage, self._is_named = None, False


class _Stage:
    """What is done of a stage."""

    def __init__(self, name: str, total: int | None = None, unit: Unit = Unit.FILES) -> None:
        self.name, self.total, self.unit = name, total, unit
        self.done = 0
        self.begun = time.monotonic()

    def seconds(self) -> float:
        """Return how long it has been running."""
        return time.monotonic() - self.begun

    def amount(self) -> str:
        """Return how much is done: ``12.3 of 58.1 MB``, ``61 of 300``."""
        if self.unit is not Unit.FILES:
            return megabytes(self.done, self.total)
        return f"{self.done} of {self.total}" if self.total else str(self.done or "")

    def so_far(self) -> str:
        """Return how much is done and how long it took: ``12.3 MB in 20 s so far``."""
        return f"{self.amount()} in {self.seconds():.0f} s so far".removeprefix(" in ")


def megabytes(size: int, total: int | None = None) -> str:
    """Return a number of bytes, and of how many."""
    return f"{size / 1e6:.1f} MB" if total is None else f"{size / 1e6:.1f} of {total / 1e6:.1f} MB"


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
        if at_length:
            yield _LineObserver(show)
            return
        waiting = _WaitingObserver(show)
        with waiting.watching():
            yield waiting
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

    amount = TextColumn("{task.fields[amount]}", markup=False)
    columns: tuple[ProgressColumn, ...] = (BarColumn(), amount, TimeElapsedColumn())
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
