"""An observer that records a build's progress."""

from __future__ import annotations

from sealift.model import Unit


class Recorder:
    """Records every stage with its total, the amount done in the last one, and what is printed."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int | None]] = []
        self.amount = 0
        self.lines: list[str] = []

    @property
    def names(self) -> list[str]:
        """The stages' names."""
        return [name for name, _ in self.stages]

    def stage(self, name: str, total: int | None = None, *, unit: Unit = Unit.FILES) -> None:
        self.stages.append((name, total))
        self.amount = 0

    def advance(self, amount: int) -> None:
        self.amount += amount

    def printed(self, line: str) -> None:
        self.lines.append(line)
