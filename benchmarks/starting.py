"""Starts on each Node major in each form, as multiples of plain Node's on the same files."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import measure
from outcomes import Workload
from packagers import Sealift

from rigs.binaries import find_binary
from rigs.npm import install

MAJORS = ("22", "24", "26")
FORMS = ("--sea", "--sea --profile-start", "bytecode", "bytecode --profile-start")


@dataclass(frozen=True, slots=True)
class MajorStart:
    """One project's starts on one major: plain Node's milliseconds, and multiples by form.

    Each multiple is the median of pairs that ran directly one after the other. ``node_peak`` is
    plain Node's peak memory in MB, and ``peaks`` how much more each form takes.
    """

    project: str
    major: str
    node: float
    forms: Mapping[str, float]
    node_peak: float
    peaks: Mapping[str, float]


def starts_of_majors(workload: Workload, cache: Path, base: Path, rounds: int) -> list[MajorStart]:
    """Build a project for each major in each form, and time its start."""
    return [_starts(workload, major, cache, base / major, rounds) for major in MAJORS]


def _starts(workload: Workload, major: str, cache: Path, base: Path, rounds: int) -> MajorStart:
    project, start = workload.project, workload.start
    sources, out, cwd = base / "sources" / "project", base / "out", base / "elsewhere"
    sources.parent.mkdir(parents=True)
    out.mkdir()
    project.install(sources, install(project.packages) if project.packages else None)
    script = sources / project.script
    commands: dict[str, measure.Command] = {
        "node": [find_binary(major, "linux", "x64"), script, *start.args]
    }
    profile = "--profile-start", " ".join(start.args)
    options_of = dict(zip(FORMS, (("--sea",), ("--sea", *profile), (), profile), strict=True))
    for name, options in options_of.items():
        tool = replace(Sealift(cache, options), node=major)
        program = out / name.replace(" ", "")
        command = tool.command(sources / project.entry, program, (("linux", "x64"),))
        measure.once([*command, *project.options], sources, tool.environment())
        commands[name] = [program, *start.args]
    project.fill(cwd)
    environment = {**Sealift(cache).environment(), **start.env}
    measured = measure.in_turn(commands, cwd, environment, rounds)
    shutil.rmtree(base)
    node = measured.pop("node")
    peak = statistics.median(cost.peak for cost in node)
    return MajorStart(
        workload.name,
        major,
        1000 * statistics.median(cost.seconds for cost in node),
        {
            name: statistics.median(
                mine.seconds / plain.seconds for mine, plain in zip(costs, node, strict=True)
            )
            for name, costs in measured.items()
        },
        peak,
        {
            name: statistics.median(cost.peak for cost in costs) - peak
            for name, costs in measured.items()
        },
    )


def major_row(one: MajorStart) -> list[str]:
    """Return a row: the project, the major, plain Node's time, and the multiples."""
    return [
        one.project,
        one.major,
        f"{one.node:.1f} ms",
        *(f"{multiple:.2f}" for multiple in one.forms.values()),
    ]


def peak_row(one: MajorStart) -> list[str]:
    """Return a row: the project, the major, plain Node's peak memory, and how much more."""
    more = (f"{megabytes:+.1f}" for megabytes in one.peaks.values())
    return [one.project, one.major, f"{one.node_peak:.1f} MB", *more]
