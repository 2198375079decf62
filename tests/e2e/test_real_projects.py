"""Real projects, packaged without configuration, do what plain Node does with their sources.

Each is built, its sources are removed, and it runs from another directory; what it prints, its
exit code and the files it writes are compared with those of plain Node of the same release.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import rigs
from e2e.conftest import Build
from e2e.real_projects import PROJECTS, RealProject

Outcome = tuple[str, str, int, dict[str, str]]


def outcomes(
    project: RealProject, program: Callable[..., rigs.Completed], cwd: Path
) -> list[Outcome]:
    """Run all calls in fresh directories; what each printed, its code, and the files then there."""
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
        found.append((done.stdout, said, done.code, files))
    return found


@pytest.fixture
def compare(
    npm_project: Callable[[str], Path],
    run_node: Callable[..., rigs.Completed],
    machine: Callable[[str, str], rigs.Machine],
    build: Build,
    tmp_path: Path,
) -> Callable[..., None]:
    """Packages a project and compares it with plain Node on this machine."""

    def check(project: RealProject, target: str) -> None:
        version, platform, arch = target.removeprefix("node").split("-")
        runner = machine(platform, arch)
        sources = tmp_path / "sources" / "project"
        sources.parent.mkdir()
        project.install(sources, npm_project(project.packages) if project.packages else None)
        cwd = tmp_path / "elsewhere"

        def plain(*args: str, cwd: Path, env: Mapping[str, str]) -> rigs.Completed:
            return run_node(version, str(sources / project.script), *args, cwd=cwd, env=env)

        expected = outcomes(project, plain, cwd)
        stdout, stderr, code, _ = expected[0]
        assert code in (0, 1, 2), f"plain Node itself fails: {stdout}{stderr}"
        executable = build(sources / project.entry, target, options=project.options)[target]
        shutil.rmtree(sources.parent)

        def packaged(*args: str, cwd: Path, env: Mapping[str, str]) -> rigs.Completed:
            return runner.run(executable, *args, cwd=cwd, env=env)

        for call, wanted, got in zip(
            project.runs, expected, outcomes(project, packaged, cwd), strict=True
        ):
            assert got == wanted, call

    return check


@pytest.mark.parametrize("version", ["22", "24", "26"])
@pytest.mark.parametrize("name", PROJECTS)
def test_linux_x64(name: str, version: str, compare: Callable[..., None]) -> None:
    compare(PROJECTS[name], f"node{version}-linux-x64")


@pytest.mark.rig
@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("express-views", "22"),
        ("esm-cli", "24"),
        ("cycle", "22"),
        ("cycle", "26"),
        ("fastify", "24"),
        ("processes", "24"),
    ],
)
def test_linux_arm64(name: str, version: str, compare: Callable[..., None]) -> None:
    compare(PROJECTS[name], f"node{version}-linux-arm64")


@pytest.mark.rig
@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("express-views", "22"),
        ("express-views", "24"),
        ("esm-cli", "22"),
        ("esm-cli", "24"),
        ("cycle", "22"),
        ("cycle", "24"),
        ("cycle", "26"),
        ("fastify", "24"),
    ],
)
def test_win_x64(name: str, version: str, compare: Callable[..., None]) -> None:
    compare(PROJECTS[name], f"node{version}-win-x64")
