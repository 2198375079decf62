"""Measure sealift and its peers in one run; write the tables, the charts and the figures.

The tables are benchmarks/RESULTS.md, the figures benchmarks/results.json, and the charts are in
docs/charts.

``python3 dev.py bench`` sets up what this needs. ``--only express,growth`` measures a part of it:
workloads by name, "majors" (or "majors express" and so on), "six express", "six typescript",
"cold", "eight targets", "growth", "largest", "linuxstatic", "compression", "hooks" and "serving".
``--starts N`` shortens it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import measure
from building import cold_builds, eight_targets, growth, kept_of_projects, largest_tools
from merging import merged_starts
from options import compressed, hooked
from outcomes import SIX_TARGETS, Measured, Outcome, SixTargets, Workload
from packagers import NODE, TARGETS_OF_THREE, Bun, Caxa, NodeSea, Pkg, Sealift, Tool
from serving import served
from starting import MajorStart, starts_of_majors
from tables import Everything, document, figures, write_charts

from e2e.real_projects import PROJECTS, RealProject, Run
from rigs import RigError
from rigs.binaries import find_binary
from rigs.cache import dev_cache
from rigs.npm import install

RESULTS = Path(__file__).with_name("RESULTS.md")
FIGURES = Path(__file__).with_name("results.json")
ROOT = Path(__file__).parents[1]
CHARTS = ROOT / "docs" / "charts"

PLAIN = Run()
VERSION = Run(("--version",))
# tsc turns on Node's on-disk compile cache, which plain Node then uses.
UNCACHED = Run(("--version",), {"NODE_DISABLE_COMPILE_CACHE": "1"})


HELLO = RealProject("benchmarks/hello", "", "hello.js", "hello.js")

WORKLOADS = (
    Workload("hello", HELLO, PLAIN, PLAIN),
    Workload("hello, 3 targets", HELLO, PLAIN, PLAIN, TARGETS_OF_THREE),
    Workload("express", PROJECTS["express-views"], VERSION, Run(("--selftest",))),
    Workload("typescript", PROJECTS["typescript"], VERSION, Run(("good.ts",)), uncached=UNCACHED),
    Workload("eslint", PROJECTS["eslint"], VERSION, Run((".",)), uncached=UNCACHED),
    Workload("s3 client", PROJECTS["aws-s3"], PLAIN, PLAIN),
    Workload("webpack", PROJECTS["webpack"], VERSION, PROJECTS["webpack"].runs[0]),
    Workload("fastify, ES modules", PROJECTS["fastify"], PLAIN, PLAIN),
)

COLD = {
    "express": PROJECTS["express-views"],
    "typescript": PROJECTS["typescript"],
    "webpack": PROJECTS["webpack"],
}
"""What is built cold, too."""


def call(command: measure.Command, run: Run, cwd: Path, project: RealProject) -> tuple[str, int]:
    """Run a program in a fresh directory; return its output and exit code."""
    project.fill(cwd)
    done = subprocess.run(
        [*command, *run.args], cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )
    return done.stdout, done.returncode


def build_all(workload: Workload, tools: Iterable[Tool], base: Path) -> Measured:
    """Build with each tool, remove the sources, and check that the results work."""
    measured = Measured(workload)
    project = workload.project
    sources = base / "sources" / "project"
    sources.parent.mkdir(parents=True)
    project.install(sources, install(project.packages) if project.packages else None)
    node = find_binary(NODE, "linux", "x64")
    cwd = base / "elsewhere"
    expected = call([node, sources / project.script], workload.check, cwd, project)
    made: dict[str, Path] = {}
    for tool in tools:
        outcome = measured.outcomes[tool.name] = Outcome()
        folder = _folder(base, tool.name)
        # pkg packages other files only for a package.json.
        entry = sources / (project.script if tool.takes_scripts else project.entry)

        def clean(folder: Path = folder) -> None:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()

        try:
            command = tool.command(entry, folder / "app", workload.targets)
            if isinstance(tool, Sealift):
                command += project.options
            outcome.cost = measure.build_cost(
                command, sources, tool.environment(), tool.rounds, clean
            )
        except (RigError, measure.FailedError) as error:
            # A tool's output names paths of the machine.
            outcome.note = str(error) if isinstance(error, RigError) else "does not build"
            print(f"  {tool.name}: {error}", flush=True)
            continue
        outcome.size = max(path.stat().st_size for path in folder.iterdir())
        if len(workload.targets) == 1:
            (made[tool.name],) = folder.iterdir()
        print(f"  {tool.name}: {outcome.cost}", flush=True)
    away = sources.rename(sources.with_name("project-moved-away"))
    for name, program in made.items():
        works = call([program], workload.check, cwd, project) == expected
        measured.outcomes[name].works = "yes" if works else "**no**"
    away.rename(sources)
    return measured


def start_all(measured: Measured, base: Path, rounds: int) -> None:
    """Time every working result in turn with plain Node on the same files."""
    workload = measured.workload
    project = workload.project
    node = find_binary(NODE, "linux", "x64")
    script = base / "sources" / "project" / project.script
    commands: dict[str, measure.Command] = {"node": [node, script, *workload.start.args]}
    for name, outcome in measured.outcomes.items():
        if outcome.works == "yes":
            (program,) = _folder(base, name).iterdir()
            commands[name] = [program, *workload.start.args]
    cwd = base / "elsewhere"
    project.fill(cwd)
    environment = {**Sealift(base).environment(), **workload.start.env}
    times = measure.start_times(commands, cwd, environment, rounds)
    measured.node_start = times.pop("node")
    for name, milliseconds in times.items():
        measured.outcomes[name].start = milliseconds


def start_uncached(measured: Measured, start: Run, base: Path, rounds: int) -> Measured:
    """Time the same results by another call."""
    workload = replace(measured.workload, name=f"{measured.workload.name} (*)", start=start)
    outcomes = {name: replace(outcome) for name, outcome in measured.outcomes.items()}
    again = Measured(workload, outcomes)
    start_all(again, base, rounds)
    return again


def _on_majors(workload: Workload, cache: Path, base: Path, rounds: int) -> list[MajorStart]:
    """Time a start on each major; once more without Node's own cache of compiled code."""
    found = starts_of_majors(workload, cache, base / "majors", rounds)
    if workload.uncached is not None:
        name = f"{workload.name} (*)"
        again = replace(workload, name=name, start=workload.uncached)
        found += starts_of_majors(again, cache, base / "majors", rounds)
    for one in found:
        print(f"  {one}", flush=True)
    return found


def _folder(base: Path, tool: str) -> Path:
    return base / tool.replace(" ", "-")


def six_targets(name: str, project: RealProject, base: Path, rounds: int = 3) -> SixTargets:
    """Build a project for six targets, with the Node binaries and their facts cached."""
    sources = base / "sources" / "project"
    sources.parent.mkdir(parents=True)
    project.install(sources, install(project.packages) if project.packages else None)
    cache, out = base / "cache", base / "out"

    def seconds(tool: Sealift, forget: Sequence[Path] = ()) -> float:
        def clean() -> None:
            for path in (out, *forget):
                shutil.rmtree(path, ignore_errors=True)
            out.mkdir()

        command = [*tool.command(sources / project.entry, out / "app", SIX_TARGETS)]
        command += project.options
        cost = measure.build_cost(command, sources, tool.environment(), rounds, clean)
        print(f"  {name}, six targets, {tool.name}: {cost}", flush=True)
        return cost.seconds

    plain = seconds(Sealift(cache, ("--sea",)))
    moved = seconds(Sealift(cache))
    compiled = seconds(Sealift(cache), kept_of_projects(cache))
    return SixTargets(name, plain, compiled, moved)


def main() -> int:
    """Measure the selected workloads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="names of workloads, separated by commas")
    parser.add_argument("--starts", type=int, default=31, help="starts of each program")
    given = parser.parse_args()
    wanted = [name.strip() for name in given.only.split(",") if name.strip()]
    base = Path(tempfile.mkdtemp(prefix="bench-", dir=dev_cache()))
    cache = base / "cache"
    tools: tuple[Tool, ...] = (
        Sealift(cache, ("--sea",)),
        Sealift(cache),
        Pkg(base / "home"),
        Bun(),
        NodeSea(),
        Caxa(),
    )
    found = Everything(tools, given.starts)
    os.environ["TMPDIR"] = str(base)  # caxa's programs unpack themselves there
    try:
        for workload in WORKLOADS:
            if wanted and workload.name not in wanted:
                continue
            print(workload.name, flush=True)
            place = base / workload.name.replace(" ", "-")
            measured = build_all(workload, tools, place)
            if len(workload.targets) == 1:
                start_all(measured, place, given.starts)
                found.started.append(measured)
            if workload.uncached is not None:
                again = start_uncached(measured, workload.uncached, place, given.starts)
                found.started.append(again)
            found.measured.append(measured)
            shutil.rmtree(place)
        found.six += [
            six_targets(name, PROJECTS[project], base / f"six-{name}")
            for name, project in (("express", "express-views"), ("typescript", "typescript"))
            if not wanted or f"six {name}" in wanted
        ]
        for workload in WORKLOADS:
            asked = not wanted or {"majors", f"majors {workload.name}"} & {*wanted}
            if asked and len(workload.targets) == 1:
                found.majors += _on_majors(workload, cache, base, given.starts)
        if not wanted or "cold" in wanted:
            found.cold += cold_builds(COLD, base / "cold")
        if not wanted or "eight targets" in wanted:
            found.eight = eight_targets(ROOT / HELLO.sources, base)
        if not wanted or "growth" in wanted:
            found.growth += growth(base / "growth")
        if not wanted or "largest" in wanted:
            found.largest += largest_tools(base / "largest")
        if not wanted or "linuxstatic" in wanted:
            found.merged += merged_starts(base / "merged", given.starts)
        if not wanted or "compression" in wanted:
            found.compressed += compressed(base / "compression", given.starts)
        if not wanted or "hooks" in wanted:
            found.hooked += hooked(base / "hooks")
        if not wanted or "serving" in wanted:
            found.served += served(base / "serving")
    finally:
        shutil.rmtree(base, ignore_errors=True)
    text = document(found)
    if not wanted:
        RESULTS.write_text(text, encoding="utf-8")
        FIGURES.write_text(json.dumps(figures(found), indent=1) + "\n", encoding="utf-8")
        write_charts(found, CHARTS)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
