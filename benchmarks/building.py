"""What building costs as it grows: more targets, more files, and the largest tools on npm."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import measure
from measure import Cost
from packagers import NODE, Sealift

from e2e.real_projects import RealProject
from rigs import musl
from rigs.binaries import find_binary
from rigs.cache import dev_cache
from rigs.npm import install

FORMS: tuple[tuple[str, ...], ...] = (("--sea",), ())
EIGHT_TARGETS = tuple(
    (platform, arch)
    for platform in ("linux", "alpine", "macos", "win")
    for arch in ("x64", "arm64")
)
GROWTH = (10, 100, 1_000, 10_000)
"""Modules of the generated projects; each has three more files for each module."""

_HOST = (("linux", "x64"),)
_ROUNDS = 3
_LARGEST_TOOLS = (
    ("@angular/cli", "22.2.7", "ng"),
    ("@nestjs/cli", "12.0.8", "nest"),
    ("firebase-tools", "15.34.2", "firebase"),
)


@dataclass(frozen=True, slots=True)
class ManyTargets:
    """Median seconds of building hello for eight targets, and of copying eight Node binaries."""

    copying: float
    built: dict[str, float]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Builds of one project by one form of sealift.

    Attributes:
        project: its name; ``files`` is the number of its files.
        cold: nothing of the project was known; only Node's binaries were.
        unchanged: median of builds without a change.
        changed: after one script has changed; None if none was.
    """

    project: str
    files: int
    tool: str
    cold: Cost
    unchanged: Cost
    changed: Cost | None = None


def eight_targets(sources: Path, base: Path) -> ManyTargets:
    """Build a script for eight targets, in turn with copying their Node binaries."""
    for arch in ("x64", "arm64"):
        musl.musl(arch)
    out, copies = base / "out", base / "copies"
    binaries = [find_binary(NODE, *target) for target in EIGHT_TARGETS]
    # The development cache has musl, which is compiled once.
    tools = [Sealift(dev_cache() / "sealift", form) for form in FORMS]
    copying: list[float] = []
    built: dict[str, list[float]] = {tool.name: [] for tool in tools}
    for turn in range(_ROUNDS + 1):
        _empty(copies)
        names = [copies / "-".join(target) for target in EIGHT_TARGETS]
        script = 'while [ $# -gt 0 ]; do cp "$1" "$2"; shift 2; done'
        pairs = [str(part) for pair in zip(binaries, names, strict=True) for part in pair]
        cost = measure.once(["sh", "-ec", script, "sh", *pairs], base, tools[0].environment())
        shutil.rmtree(copies)
        if turn:
            copying.append(cost.seconds)
        for tool in tools:
            _empty(out)
            command = tool.command(sources / "hello.js", out / "app", EIGHT_TARGETS)
            cost = measure.once(command, sources, tool.environment())
            if turn:
                built[tool.name].append(cost.seconds)
    shutil.rmtree(out)
    medians = {name: statistics.median(times) for name, times in built.items()}
    print(f"  eight targets: copying {statistics.median(copying):.2f} s, {medians}", flush=True)
    return ManyTargets(statistics.median(copying), medians)


def cold_builds(projects: Mapping[str, RealProject], base: Path) -> list[Rebuilt]:
    """Build projects of the other tables, by their names there: cold and unchanged."""
    found = []
    for name, project in projects.items():
        sources = base / "project"
        base.mkdir(parents=True, exist_ok=True)
        project.install(sources, install(project.packages))
        files = sum(1 for path in sources.rglob("*") if path.is_file())
        for form in FORMS:
            tool = Sealift(base / "cache", form)
            found.append(_rebuilt(name, files, tool, sources / project.entry, project.options))
        shutil.rmtree(sources)
    return found


def growth(base: Path, sizes: Sequence[int] = GROWTH) -> list[Rebuilt]:
    """Build generated projects of several sizes: cold, unchanged, and after one change."""
    found = []
    for size in sizes:
        sources = base / f"{size}-modules"
        files = generate(sources, size)
        last = sources / f"lib/{(size - 1) // 100}/{size - 1}.js"

        def change(turn: int, script: Path = last) -> None:
            script.write_text(f"module.exports = {turn};\n")

        for form in FORMS:
            tool = Sealift(base / "cache", form)
            one = _rebuilt(f"{size:,} modules", files, tool, sources / "index.js", (), change)
            found.append(one)
        shutil.rmtree(sources)
    return found


def largest_tools(base: Path) -> list[Rebuilt]:
    """Build the largest tools on npm: cold and unchanged."""
    found = []
    for name, version, command in _LARGEST_TOOLS:
        sources = base / command
        shutil.copytree(install({name: version}), sources, symlinks=True)
        files = sum(1 for path in sources.rglob("*") if path.is_file())
        for form in FORMS:
            tool = Sealift(base / "cache", form)
            entry = sources / "node_modules" / name
            options = ("--bin", command, "--allow-missing")
            found.append(_rebuilt(f"{name} {version}", files, tool, entry, options))
        shutil.rmtree(sources)
    return found


def generate(directory: Path, modules: int) -> int:
    """Write a project in which each module requires others; return the number of its files.

    It has three more files for each module, which the program reads by a computed path.
    """
    directory.mkdir(parents=True)
    for number in range(modules):
        module = directory / f"lib/{number // 100}/{number}.js"
        if number % 100 == 0:
            module.parent.mkdir(parents=True)
            (directory / f"data/{number // 100}").mkdir(parents=True)
        below = [child for child in range(10 * number + 1, 10 * number + 11) if child < modules]
        lines = [f"require('../{child // 100}/{child}.js');" for child in below]
        lines.append(f"exports.value{number} = function () {{ return {number}; }};")
        module.write_text("\n".join(lines) + "\n")
        for kind in ("html", "txt", "svg"):
            path = directory / f"data/{number // 100}/{number}.{kind}"
            path.write_text(f"{kind} {number}\n" * 8)
    (directory / "index.js").write_text(
        "require('./lib/0/0.js');\n"
        "require('fs').readdirSync(require('path').join(__dirname, 'data'));\n"
    )
    (directory / "package.json").write_text('{"name": "generated", "bin": "index.js"}\n')
    return 4 * modules + 2


def kept_of_projects(cache: Path) -> list[Path]:
    """Return what a cache holds of projects: all but Node binaries and what is made of them."""
    kept = {cache / "nodes", cache / "files", cache / "loaders", cache / "bytecode"}
    kept |= {cache / "bytecode" / name for name in ("relocations", "runtime")}
    folders = [folder for folder in (cache, cache / "bytecode") if folder.is_dir()]
    return [path for folder in folders for path in folder.iterdir() if path not in kept]


def _rebuilt(
    project: str,
    files: int,
    tool: Sealift,
    entry: Path,
    options: Sequence[str],
    change: Callable[[int], None] | None = None,
) -> Rebuilt:
    out = tool.cache.parent / "out"
    cwd = entry.parent if entry.is_file() else entry

    def build() -> Cost:
        _empty(out)
        command = [*tool.command(entry, out / "app", _HOST), *options]
        return measure.once(command, cwd, tool.environment())

    build()  # the facts of Node's binary, and the tables of its bytecode
    for path in kept_of_projects(tool.cache):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    cold = build()
    unchanged = _median([build() for _ in range(_ROUNDS)])
    changed = None
    if change is not None:
        costs = []
        for turn in range(_ROUNDS):
            change(turn)
            costs.append(build())
        changed = _median(costs)
    shutil.rmtree(out)
    result = Rebuilt(project, files, tool.name, cold, unchanged, changed)
    print(f"  {result}", flush=True)
    return result


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.seconds for cost in costs),
        statistics.median(cost.peak for cost in costs),
        statistics.median(cost.cpu for cost in costs),
    )


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
