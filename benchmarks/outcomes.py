"""What is measured: workloads, and what each tool made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import measure

from e2e.real_projects import RealProject, Run

ONE_TARGET = (("linux", "x64"),)
SIX_TARGETS = tuple(
    (system, arch) for system in ("linux", "macos", "win") for arch in ("x64", "arm64")
)


@dataclass(frozen=True, slots=True)
class Workload:
    """A project to build; ``start`` is the call to time, ``check`` the call to verify.

    With several ``targets``, only the build is measured. ``uncached`` is one more call to time.
    """

    name: str
    project: RealProject
    start: Run
    check: Run
    targets: Sequence[tuple[str, str]] = ONE_TARGET
    uncached: Run | None = None


@dataclass(slots=True)
class Outcome:
    """The result of one tool for one workload."""

    cost: measure.Cost | None = None
    size: int = 0
    works: str = "-"
    start: float | None = None
    note: str = ""


@dataclass(slots=True)
class Measured:
    """One workload's outcomes by tool, and plain Node's start in milliseconds."""

    workload: Workload
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    node_start: float | None = None


@dataclass(frozen=True, slots=True)
class SixTargets:
    """Median seconds of building one project for six targets, in three ways.

    ``compiled``: as bytecode, with nothing of it compiled before. ``moved``: as bytecode again.
    """

    name: str
    plain: float
    compiled: float
    moved: float
