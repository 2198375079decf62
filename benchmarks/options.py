"""What ``--compress Zstd`` and a transform hook cost: processor time and sizes.

Each is compared with the same build or start without it, in pairs that ran one after the other.
"""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import measure
from building import kept_of_projects
from packagers import Sealift

from e2e.real_projects import PROJECTS
from rigs.npm import install
from sealift.inspection import inspect_executable

_HOST = (("linux", "x64"),)
ROUNDS = 7
"""Builds of each kind that are compared."""

_PROJECTS = ("typescript", "eslint")
_HOOKS = {
    "unchanged": "module.exports = { transform: () => undefined };",
    "changed": "module.exports = { transform: (name, text) =>"
    " name.endsWith('.js') ? `${text}\\n//` : undefined };",
}


@dataclass(frozen=True, slots=True)
class Compressed:
    """One project: seconds of cold builds, starts as a multiple, sizes beside Node in bytes."""

    project: str
    build: float
    build_compressed: float
    start: float
    size: int
    size_compressed: int


@dataclass(frozen=True, slots=True)
class Hooked:
    """One project's builds: seconds without a hook, and how many more with each of the hooks."""

    project: str
    cold: bool
    plain: float
    more: Mapping[str, float]


def compressed(base: Path, starts: int) -> list[Compressed]:
    """Build each project cold with and without compression, and time starts in pairs."""
    return [_compressed(name, base / name, starts) for name in _PROJECTS]


def hooked(base: Path) -> list[Hooked]:
    """Build each project without a hook, and with hooks that change nothing or all scripts."""
    return [
        _hooked(name, base / f"{name}-{cold}", cold=cold)
        for name in _PROJECTS
        for cold in (True, False)
    ]


def _compressed(name: str, base: Path, starts: int) -> Compressed:
    project, sources = PROJECTS[name], _sources(name, base)
    programs = {form: base / form for form in ("plain", "zstd")}
    tools = {
        "plain": Sealift(base / "cache"),
        "zstd": Sealift(base / "compressing", ("--compress", "Zstd")),
    }
    commands = {
        form: tool.command(sources / project.script, programs[form], _HOST)
        for form, tool in tools.items()
    }
    builds = _in_pairs(tools, commands, sources, cold=True)
    cwd = base / "elsewhere"
    project.fill(cwd)
    environment = {**tools["plain"].environment(), "NODE_DISABLE_COMPILE_CACHE": "1"}
    runs = {form: [program, "--version"] for form, program in programs.items()}
    times = measure.wall_times(runs, cwd, environment, starts)
    pairs = zip(times["zstd"], times["plain"], strict=True)
    result = Compressed(
        name,
        builds["plain"],
        builds["zstd"],
        statistics.median(compressed / plain for compressed, plain in pairs),
        *map(_payload_size, programs.values()),
    )
    print(f"  {result}", flush=True)
    shutil.rmtree(base)
    return result


def _hooked(name: str, base: Path, *, cold: bool) -> Hooked:
    script, sources = PROJECTS[name].script, _sources(name, base)
    tools = {how: Sealift(base / f"cache-{how}") for how in ("plain", *_HOOKS)}
    commands = {}
    for how, tool in tools.items():
        commands[how] = tool.command(sources / script, base / how, _HOST)
        if how in _HOOKS:
            config = sources / f"{how}.config.js"
            config.write_text(_HOOKS[how])
            commands[how] += ["--config", config]
    seconds = _in_pairs(tools, commands, sources, cold=cold)
    plain = seconds.pop("plain")
    more = {how: each - plain for how, each in seconds.items()}
    result = Hooked(name, cold, plain, more)
    print(f"  {result}", flush=True)
    shutil.rmtree(base)
    return result


def _sources(name: str, base: Path) -> Path:
    project, sources = PROJECTS[name], base / "project"
    base.mkdir(parents=True)
    project.install(sources, install(project.packages))
    return sources


def _in_pairs(
    tools: Mapping[str, Sealift],
    commands: Mapping[str, measure.Command],
    cwd: Path,
    *,
    cold: bool,
) -> dict[str, float]:
    """Return the least seconds of processor time of each build, which run in turn."""
    found: dict[str, list[float]] = {name: [] for name in tools}
    for turn in range(ROUNDS + 1):
        for name, tool in tools.items():
            if cold and turn:
                for path in kept_of_projects(tool.cache):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            cost = measure.once(commands[name], cwd, tool.environment())
            if turn:
                found[name].append(cost.cpu)
    return {name: min(times) for name, times in found.items()}


def _payload_size(program: Path) -> int:
    sizes = inspect_executable(program)
    return sizes.size - sizes.node_size


def compressed_row(one: Compressed) -> list[str]:
    """Return a row: both builds, the start, and both sizes."""
    return [
        one.project,
        f"{one.build:.2f} s",
        f"{one.build_compressed:.2f} s ({one.build_compressed / one.build:.2f})",
        f"{one.start:.2f}",
        f"{one.size / 1e6:.1f} MB",
        f"{one.size_compressed / 1e6:.1f} MB ({one.size_compressed / one.size:.2f})",
    ]


def hooked_row(one: Hooked) -> list[str]:
    """Return a row: a build without a hook, and what each hook adds."""
    more = [f"{seconds:+.2f} s" for seconds in one.more.values()]
    return [one.project, "cold" if one.cold else "unchanged", f"{one.plain:.2f} s", *more]
