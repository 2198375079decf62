"""The results of the corpus: one JSON file, and a Markdown table made of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from corpus.builders import BUILDERS, HOST, NODE, NODE_OF_SEA
from corpus.projects import Project
from corpus.trial import Result
from rigs.cache import locked
from rigs.npm import PROJECTS

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
RESULTS = BENCHMARKS / "corpus.json"
TABLE = BENCHMARKS / "CORPUS.md"

# Results by name, builder and target: "" if it works, or the first line why not.
Results = dict[str, dict[str, dict[str, str]]]

_HEAD = """\
# Projects that work

Written by `python3 dev.py corpus`, which installs the projects of `tests/corpus/projects.toml`,
builds each without configuration, moves the sources away, runs the executable, and compares exit
code, outputs, written files and responses with those of plain Node on the same files.
Node {node} for sealift; Node's own tool is that of {sea}, given the whole project as an archive
(`useVfs`, `vfsArchive`); bun is {bun}. The peers build for the host only.

Each entry is the last run of that project in that way, with the sealift of that time; `-` was not
tried, or cannot be, as the last section says. Not compared: durations, dates, ports, process ids,
and what `ignore` and `volatile` name in the list of projects. A program whose output differs
between two runs of plain Node is not counted.
"""


def keep(project: Project, results: Iterable[Result]) -> None:
    """Add results of a project to the JSON file, and write the table again."""
    with locked(RESULTS):
        kept = read()
        mine = kept.setdefault(project.name, {})
        for result in results:
            mine.setdefault(result.builder, {})[result.target] = result.failure
        RESULTS.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


def read() -> Results:
    """Return the results of earlier runs."""
    found: Results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    return found


def document(projects: Mapping[str, Project], results: Results) -> str:
    """Return the Markdown page."""
    known = {name: results[name] for name in projects if name in results}
    columns = _columns(known)
    head = _HEAD.format(node=NODE, sea=NODE_OF_SEA, bun=PROJECTS["bun"]["bun"])
    tools = [name for name in known if not projects[name].is_server]
    servers = [name for name in known if projects[name].is_server]
    kinds = (tools, servers)
    sums = [
        [_title(column), *(_sum(known, names, column) for names in kinds)] for column in columns
    ]
    titles = [_title(column) for column in columns]
    rows = [
        [projects[name].version, *(_cell(known[name], column) for column in columns)]
        for name in (*tools, *servers)
    ]
    failures = [
        f"- {name}, {builder}, {target}: {_code(why)}"
        for name, ways in known.items()
        for builder, target in columns
        if (why := ways.get(builder, {}).get(target))
    ]
    targets = list(dict.fromkeys(target for _, target in columns))
    left_out = [
        f"- {name}, {target}: {lacks}"
        for name in (*tools, *servers)
        for target in targets
        if (lacks := projects[name].lacks(target))
    ]
    return "\n".join(
        [
            head,
            "Projects that work, of those tried:",
            "",
            *_table(["", "tools", "servers"], sums),
            "",
            "## Each project",
            "",
            *_table(["project", *titles], rows),
            "",
            "## Failures",
            "",
            *failures,
            "",
            "## What the machines here lack",
            "",
            "With plain Node, these projects fail there, too.",
            "",
            *left_out,
            "",
        ]
    )


def _columns(results: Results) -> list[tuple[str, str]]:
    found = {
        (builder, target)
        for ways in results.values()
        for builder, of in ways.items()
        for target in of
    }
    order = {builder.name: number for number, builder in enumerate(BUILDERS)}
    return sorted(found, key=lambda way: (order[way[0]], way[1] != HOST, way[1]))


def _title(column: tuple[str, str]) -> str:
    return ", ".join(column)


def _sum(results: Results, names: Sequence[str], column: tuple[str, str]) -> str:
    tried = [why for name in names if (why := _result(results[name], column)) is not None]
    return f"{tried.count('')} of {len(tried)}" if tried else "-"


def _cell(ways: Mapping[str, Mapping[str, str]], column: tuple[str, str]) -> str:
    why = _result(ways, column)
    return "-" if why is None else "**no**" if why else "yes"


def _result(ways: Mapping[str, Mapping[str, str]], column: tuple[str, str]) -> str | None:
    return ways.get(column[0], {}).get(column[1])


def _code(text: str) -> str:
    return "`" + text.replace("`", "'") + "`"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]
