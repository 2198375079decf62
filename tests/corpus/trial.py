"""Tries one project with builders and targets, beside plain Node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import rigs
from corpus.builders import HOST, Builder, BuildError, fresh
from corpus.installed import installed, moved_away
from corpus.outcomes import Normalise, Outcome, difference
from corpus.projects import Project
from corpus.running import RUN_SECONDS, Place, Program, run_project
from rigs.binaries import find_binary
from rigs.machine import Completed, Machine
from rigs.wine import in_wine

# An emulated machine runs this many times slower.
_EMULATED = 3


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one project, builder and target; ``failure`` is "" if it works."""

    builder: str
    target: str
    failure: str


def try_project(
    project: Project, tries: Mapping[Builder, tuple[str, ...]], scratch: Path
) -> Iterator[Result]:
    """Yield a result for every builder and target; raise RigError if plain Node cannot be run."""
    place = Place(scratch / "run")
    node = find_binary(next(iter(tries)).node, *HOST.split("-"))
    with installed(project, node) as directory:
        expected: dict[str, list[Outcome]] = {}
        for builder, targets in tries.items():
            if builder.node not in expected:
                expected[builder.node] = _reference(project, directory, builder.node, place)
            wanted = expected[builder.node]
            for target in targets:
                if project.lacks(target):
                    continue
                failure = _failure(project, directory, builder, target, wanted, place)
                yield Result(builder.name, target, failure)


def _reference(project: Project, directory: Path, release: str, place: Place) -> list[Outcome]:
    """Return what plain Node does; raise RigError if it does something else the next time."""
    node = find_binary(release, *HOST.split("-"))
    script = directory / project.script(directory)

    def plain(*args: str, cwd: Path, env: Mapping[str, str], timeout: float) -> Completed:
        return rigs.linux_x64.run(node, str(script), *args, cwd=cwd, env=env, timeout=timeout)

    first, second = (
        run_project(project, plain, place, _normalise(project, directory, place, node), RUN_SECONDS)
        for _ in range(2)
    )
    for one, other in zip(first, second, strict=True):
        if differs := difference(one, other):
            raise rigs.RigError(f"plain Node differs from itself: {differs}")
    return first


def _failure(
    project: Project,
    directory: Path,
    builder: Builder,
    target: str,
    wanted: list[Outcome],
    place: Place,
) -> str:
    machine = rigs.machines()[target]
    if lacks := machine.missing():
        raise rigs.RigError(f"{target} needs {lacks}")
    output = fresh(place.root.parent / "out")
    try:
        executable = builder.build(project, directory, target, output)
    except BuildError as error:
        return f"build: {_without_places(str(error), directory)}"
    seconds = RUN_SECONDS * (1 if target == HOST else _EMULATED)
    normalise = _normalise(project, directory, place, executable)
    with moved_away(directory):
        got = run_project(project, _packaged(machine, executable), place, normalise, seconds)
    failure = _first_failure(project, wanted, got)
    if failure and target.startswith("win-"):
        # Programs do some things in another way on Windows.
        with in_wine(directory) as there:
            script = f"{there}/{project.script(directory)}".replace("/", "\\")
            node = find_binary(builder.node, *target.split("-"))
            program = _packaged(machine, node, script)
            wanted = run_project(project, program, place, normalise, seconds)
        failure = _first_failure(project, wanted, got)
    return failure


def _first_failure(project: Project, wanted: list[Outcome], got: list[Outcome]) -> str:
    for number, (one, other) in enumerate(zip(wanted, got, strict=True)):
        if differs := difference(one, other):
            call = " ".join(project.runs[number])
            return f"{call}: {differs}" if call else differs
    return ""


def _packaged(machine: Machine, executable: Path, *before: str) -> Program:
    def run(*args: str, cwd: Path, env: Mapping[str, str], timeout: float) -> Completed:
        return machine.run(executable, *before, *args, cwd=cwd, env=env, timeout=timeout)

    return run


def _normalise(project: Project, directory: Path, place: Place, program: Path) -> Normalise:
    places = {
        "<cwd>": str(place.cwd),
        "<home>": str(place.home),
        "<project>": str(directory),
        "<node>": str(program),
        "<folder>": str(place.root.parent),
    }
    return Normalise(places, project.ignore)


def _without_places(text: str, directory: Path) -> str:
    return text.replace(f"{directory}/", "").replace(str(directory), ".")[:300]
