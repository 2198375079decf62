"""The outcomes as Markdown tables, as figures for programs, and as charts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import measure
from building import EIGHT_TARGETS, ManyTargets, Rebuilt
from charts import Group, bar_chart
from merging import MergedStart, merged_row
from options import ROUNDS as OPTION_ROUNDS
from options import Compressed, Hooked, compressed_row, hooked_row
from outcomes import SIX_TARGETS, Measured, SixTargets
from packagers import NODE, Tool
from serving import ROUNDS as SERVING_ROUNDS
from serving import Served, served_row
from starting import FORMS, MajorStart, major_row, peak_row

from rigs.binaries import find_binary


@dataclass(slots=True)
class Everything:
    """All that one run has measured; a run of a part leaves the rest empty.

    Attributes:
        started: of ``measured``, those whose starts were timed, and further calls of them.
    """

    tools: Sequence[Tool]
    starts: int
    measured: list[Measured] = field(default_factory=list)
    started: list[Measured] = field(default_factory=list)
    six: list[SixTargets] = field(default_factory=list)
    eight: ManyTargets | None = None
    cold: list[Rebuilt] = field(default_factory=list)
    growth: list[Rebuilt] = field(default_factory=list)
    largest: list[Rebuilt] = field(default_factory=list)
    merged: list[MergedStart] = field(default_factory=list)
    majors: list[MajorStart] = field(default_factory=list)
    compressed: list[Compressed] = field(default_factory=list)
    hooked: list[Hooked] = field(default_factory=list)
    served: list[Served] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The names of the tools."""
        return [tool.name for tool in self.tools]


def rebuilt_row(one: Rebuilt) -> list[str]:
    """Return a row: the builds of one project by one form."""
    peak = max(cost.peak for cost in (one.cold, one.unchanged, one.changed) if cost is not None)
    return [
        one.project,
        f"{one.files:,}",
        one.tool,
        f"{one.cold.seconds:.2f} s",
        "-" if one.changed is None else f"{one.changed.seconds:.2f} s",
        f"{one.unchanged.seconds:.2f} s",
        f"{peak:.0f} MB",
    ]


def eight_rows(eight: ManyTargets) -> list[list[str]]:
    """Return the rows: copying eight binaries, and building eight targets in each form."""
    rows = [["copying the Node binaries", f"{eight.copying:.2f} s", ""]]
    for name, seconds in eight.built.items():
        rows.append([name, f"{seconds:.2f} s", ratio(eight.copying, seconds)])
    return rows


def six_row(six: SixTargets) -> list[str]:
    """Return a row: the three ways, their ratios to the source build, and seconds per target."""
    each = (six.moved - six.plain) / len(SIX_TARGETS)
    return [
        six.name,
        f"{six.plain:.2f} s",
        f"{six.compiled:.2f} s ({ratio(six.plain, six.compiled)})",
        f"{six.moved:.2f} s ({ratio(six.plain, six.moved)})",
        f"{each:.2f} s",
    ]


def ratio(mine: float, other: float) -> str:
    """Return how many times less sealift takes."""
    return f"{other / mine:.1f}x"


def build_row(measured: Measured, names: Sequence[str]) -> list[str]:
    """Return a row: build time and peak memory of every tool, and their ratios."""
    cells = [measured.workload.name]
    mine = measured.outcomes[names[0]].cost
    for name in names:
        outcome = measured.outcomes[name]
        if outcome.cost is None:
            cells.append(f"- ({outcome.note[:60]})")
            continue
        text = f"{outcome.cost.seconds:.2f} s, {outcome.cost.peak:.0f} MB"
        if name != names[0] and mine is not None:
            text += f" ({ratio(mine.seconds, outcome.cost.seconds)}"
            text += f", {ratio(mine.peak, outcome.cost.peak)})"
        cells.append(text)
    return cells


def result_row(measured: Measured, names: Sequence[str]) -> list[str]:
    """Return a row: whether the results work without the sources, and their sizes."""
    cells = [measured.workload.name]
    for name in names:
        outcome = measured.outcomes[name]
        size = f"{outcome.size / 1e6:.1f} MB" if outcome.size else "-"
        cells.append(f"{outcome.works}, {size}")
    return cells


def start_row(measured: Measured, names: Sequence[str]) -> list[str]:
    """Return a row: start times, and their difference from plain Node's."""
    node = measured.node_start or 0.0
    cells = [measured.workload.name, f"{node:.1f}"]
    for name in names:
        start = measured.outcomes[name].start
        cells.append("-" if start is None else f"{start:.1f} ({start - node:+.1f})")
    return cells


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def document(found: Everything) -> str:
    """Return the text of RESULTS.md."""
    names = found.names
    versions = dict.fromkeys(tool.version() for tool in found.tools)
    single = [one for one in found.measured if len(one.workload.targets) == 1]
    node_size = find_binary(NODE, "linux", "x64").stat().st_size
    six = ["project", "--sea", "first", "again", "at most a target"]
    rebuilt = ["project", "files", "tool", "cold", "one file changed", "unchanged", "peak"]
    majors = [major_row(one) for one in found.majors]
    compression = ["project", "cold build", "with Zstd", "start", "besides Node", "with Zstd"]
    hooks = ["project", "build", "without a hook", "changes nothing", "changes all scripts"]
    eight = eight_rows(found.eight) if found.eight is not None else []
    return f"""# Measurements

Written by `python3 dev.py bench`. {measure.machine()}.
Compared: {", ".join(versions)}; Node {NODE} (bun has its own runtime).
node --build-sea gets the whole project as an archive; its starts are those of another Node.
All caches warm, one run after the other, medians; other work on the machine shows in all alike.

## Building: wall time and peak memory

In brackets how many times as much as with `{names[0]}`. The peak is that of the largest process.
Without `--sea` sealift ships bytecode, which it has compiled in an earlier build.

{table(["project", *names], [build_row(measured, names) for measured in found.measured])}

## Results: does it work with the sources moved away, and its size

The Node binary itself has {node_size / 1e6:.1f} MB.
"yes": the same output and exit code as plain Node.

{table(["project", *names], [result_row(measured, names) for measured in single])}

## Bytecode for six targets

Wall time. First: nothing was compiled before. Again: only moved. At most a target: what the moving
of bytecode costs each target, with reading and packing it.

{table(six, [six_row(one) for one in found.six])}

## Building for eight targets

Hello for {", ".join("-".join(target) for target in EIGHT_TARGETS)}, in turn with copying the eight
Node binaries that are in the executables.

{table(["", "wall time", "of copying"], eight)}

## Cold builds

Cold: nothing of the project was known, and no script compiled.

{table(rebuilt, [rebuilt_row(one) for one in found.cold])}

## Building as projects grow

Generated projects: CommonJS modules that require one another, and three times as many files that
the program reads.

{table(rebuilt, [rebuilt_row(one) for one in found.growth])}

## The largest tools on npm

{table(rebuilt, [rebuilt_row(one) for one in found.largest])}

## Starting: milliseconds, and the difference to plain Node on the same files

Medians of {found.starts} starts, all programs in turn. (*): without Node's own on-disk cache of
compiled code, which tsc and eslint turn on, and in which plain Node otherwise finds everything
compiled.

{table(["project", "node", *names], [start_row(measured, names) for measured in found.started])}

## Starting on each Node major

Multiples of plain Node's wall time on the same files, medians of {found.starts} pairs; less is
better. With --profile-start the build has run the same start once.

{table(["project", "Node", "plain", *FORMS], majors)}

Peak memory of the same starts, medians in MB, and how much more than plain Node.

{table(["project", "Node", "plain", *FORMS], [peak_row(one) for one in found.majors])}

## Reading and serving packaged files

Multiples of plain Node's processor time for a file of 20 KB, the least of {SERVING_ROUNDS} runs in
turn; less is better. `express.static` includes the clients, which are in the same process.

{table(["", "Node", "plain", "--sea", "bytecode"], [served_row(one) for one in found.served])}

## linuxstatic: processor time of a start

The same musl Node with the same blob: once run by musl's loader, which maps node and its libraries
from files, and once merged with them into one file. Medians of {found.starts} starts, in turn.

{table(["Node", "separate", "merged", "size"], [merged_row(one) for one in found.merged])}

## --compress Zstd

Processor time of builds, the least of {OPTION_ROUNDS} in turn, and sizes. Start: how many times the
wall time of the same start (`--version`) without compression, the median of pairs.

{table(compression, [compressed_row(one) for one in found.compressed])}

## A transform hook

Processor time of a build, the least of {OPTION_ROUNDS} in turn, and how much more it is with a hook
that changes nothing and with one that appends a comment to all scripts, its own time included.

{table(hooks, [hooked_row(one) for one in found.hooked])}
"""


def figures(found: Everything) -> dict[str, object]:
    """Return all figures by kind, project and tool: seconds, MB of memory, bytes, milliseconds."""
    return {
        "machine": measure.machine(),
        "node": NODE,
        "build": {
            one.workload.name: {
                name: {"seconds": outcome.cost.seconds, "memory": outcome.cost.peak}
                for name, outcome in one.outcomes.items()
                if outcome.cost is not None
            }
            for one in found.measured
        },
        "results": {
            one.workload.name: {
                name: {"works": outcome.works == "yes", "size": outcome.size}
                for name, outcome in one.outcomes.items()
                if outcome.size
            }
            for one in found.measured
            if len(one.workload.targets) == 1
        },
        "start": {
            one.workload.name: {
                "node": one.node_start,
                **{n: o.start for n, o in one.outcomes.items() if o.start is not None},
            }
            for one in found.started
        },
        "majors": [asdict(one) for one in found.majors],
        "eight": asdict(found.eight) if found.eight is not None else None,
        "cold": [asdict(one) for one in found.cold],
        "growth": [asdict(one) for one in found.growth],
        "largest": [asdict(one) for one in found.largest],
        "compressed": [asdict(one) for one in found.compressed],
        "hooked": [asdict(one) for one in found.hooked],
        "served": [asdict(one) for one in found.served],
    }


def write_charts(found: Everything, folder: Path) -> None:
    """Write the charts of builds, starts and sizes to a folder."""
    folder.mkdir(exist_ok=True)
    single = [one for one in found.measured if len(one.workload.targets) == 1]
    builds = [
        Group(
            one.workload.name,
            {n: o.cost.seconds for n, o in one.outcomes.items() if o.cost is not None},
        )
        for one in found.measured
    ]
    starts = [
        Group(
            one.workload.name,
            {
                n: o.start / one.node_start
                for n, o in one.outcomes.items()
                if o.start is not None and one.node_start
            },
        )
        for one in found.started
    ]
    sizes = [
        Group(one.workload.name, {n: o.size / 1e6 for n, o in one.outcomes.items() if o.size})
        for one in single
    ]
    for name, title, form, groups in (
        ("build", "Building: seconds, less is better", "{:.2f} s", builds),
        ("start", "Starting: times plain Node's, less is better", "{:.2f}", starts),
        ("size", "Size of the executable: MB", "{:.0f} MB", sizes),
    ):
        chart = bar_chart(title, form, found.names, groups)
        (folder / f"{name}.svg").write_text(chart, encoding="utf-8")
