"""Reading and serving packaged files: processor time as a multiple of plain Node's."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import measure
from packagers import Sealift
from starting import MAJORS

from rigs.binaries import find_binary
from rigs.npm import install

ROUNDS = 3
"""Runs of each program, in turn with the others."""

_PROGRAM = Path(__file__).parent / "serving" / "server.js"
_PAGE = "<p>some text of a page</p>\n" * 760  # 20 KB
_FORMS = {"--sea": ("--sea",), "bytecode": ()}


@dataclass(frozen=True, slots=True)
class Served:
    """One way to read a file on one major: plain Node's microseconds, and multiples by form."""

    reading: str
    major: str
    node: float
    forms: Mapping[str, float]


def served(base: Path) -> list[Served]:
    """Measure each way to read a file on each major."""
    return [one for major in MAJORS for one in _on_major(major, base / major)]


def _on_major(major: str, base: Path) -> list[Served]:
    sources, elsewhere = base / "project", base / "elsewhere"
    shutil.copytree(install("express"), sources, symlinks=True)
    elsewhere.mkdir()
    script = sources / _PROGRAM.name
    shutil.copyfile(_PROGRAM, script)
    (sources / "public").mkdir()
    (sources / "public" / "page.html").write_text(_PAGE)
    commands: dict[str, measure.Command] = {"node": [find_binary(major, "linux", "x64"), script]}
    for name, options in _FORMS.items():
        tool = replace(Sealift(base / "cache", options), node=major)
        program = base / name
        measure.once(
            tool.command(script, program, (("linux", "x64"),)), sources, tool.environment()
        )
        commands[name] = [program]
    least: dict[str, dict[str, float]] = {name: {} for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            for reading, microseconds in _measured(command, elsewhere).items():
                known = least[name].get(reading, microseconds)
                least[name][reading] = min(known, microseconds)
    shutil.rmtree(base)
    node = least.pop("node")
    found = [
        Served(reading, major, plain, {name: each[reading] / plain for name, each in least.items()})
        for reading, plain in node.items()
    ]
    for one in found:
        print(f"  {one}", flush=True)
    return found


def _measured(command: measure.Command, cwd: Path) -> dict[str, float]:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True, timeout=300)
    return {str(reading): float(each) for reading, each in json.loads(done.stdout).items()}


def served_row(one: Served) -> list[str]:
    """Return a row: the way, the major, plain Node's time, and the multiples."""
    multiples = (f"{multiple:.2f}" for multiple in one.forms.values())
    return [one.reading, one.major, f"{one.node:.0f} µs", *multiples]
