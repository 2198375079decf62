"""The outcomes of running a program, to compare two ways of running it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

import rigs
from e2e.real_projects import RealProject

Outcome = tuple[str, str, int, dict[str, str]]


class Compare(Protocol):
    def __call__(self, project: RealProject, target: str, options: Iterable[str] = ()) -> None: ...


def outcomes(
    project: RealProject, program: Callable[..., rigs.Completed], cwd: Path
) -> list[Outcome]:
    """Run each call in a fresh directory: what it printed, its code, and the files then there."""
    found = []
    for call in project.runs:
        project.fill(cwd)
        done = program(*call.args, cwd=cwd, env=call.env)
        files = {
            str(path.relative_to(cwd)): path.read_text()
            for path in sorted(cwd.rglob("*"))
            if path.is_file()
        }
        said = re.sub(r"\(node:\d+\)", "(node)", done.stderr)
        said = re.sub(r"`\S+ --trace-", "`node --trace-", said)  # Node names its own program
        found.append((done.stdout, said, done.code, files))
    return found
