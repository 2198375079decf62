"""Fixtures that build real projects by the command line, and compare them with plain Node."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

import rigs
from e2e.comparison import Compare, outcomes
from e2e.real_projects import RealProject
from support.command_line import Build, Sealift
from support.equipment import FindMachine


@pytest.fixture
def build(sealift: Sealift, binary_options: Callable[..., list[str]], tmp_path: Path) -> Build:
    """Callable: builds for targets and returns each one's executable; the build must succeed."""

    def make(entry: Path, *targets: str, options: Iterable[str | Path] = ()) -> dict[str, Path]:
        report_file = tmp_path / "report.json"
        done = sealift(
            "build",
            entry,
            *("-t", ",".join(targets)),
            *("--out-path", tmp_path / "out"),
            *("--json", report_file),
            *binary_options(*targets),
            *options,
        )
        assert done.code == 0, done.stderr + done.stdout
        report: dict[str, Any] = json.loads(report_file.read_text())
        built = {item["target"]: Path(item["path"]) for item in report["executables"]}
        assert set(built) == set(targets)
        return built

    return make


@pytest.fixture
def compare(
    npm_project: Callable[[str], Path],
    run_node: Callable[..., rigs.Completed],
    machine: FindMachine,
    build: Build,
    tmp_path: Path,
) -> Compare:
    """Callable: packages a project, removes its sources, and compares it with plain Node."""

    def check(project: RealProject, target: str, options: Iterable[str] = ()) -> None:
        version, platform, arch = target.removeprefix("node").split("-")
        runner = machine(f"{platform}-{arch}")
        sources = tmp_path / "sources" / "project"
        sources.parent.mkdir()
        project.install(sources, npm_project(project.packages) if project.packages else None)
        cwd = tmp_path / "elsewhere"

        def plain(*args: str, cwd: Path, env: Mapping[str, str]) -> rigs.Completed:
            return run_node(version, str(sources / project.script), *args, cwd=cwd, env=env)

        expected = outcomes(project, plain, cwd)
        stdout, stderr, code, _ = expected[0]
        assert code in (0, 1, 2, 3), f"plain Node itself fails: {stdout}{stderr}"
        executable = build(sources / project.entry, target, options=(*project.options, *options))[
            target
        ]
        shutil.rmtree(sources.parent)

        def packaged(*args: str, cwd: Path, env: Mapping[str, str]) -> rigs.Completed:
            return runner.run(executable, *args, cwd=cwd, env=env)

        for call, wanted, got in zip(
            project.runs, expected, outcomes(project, packaged, cwd), strict=True
        ):
            assert got == wanted, call

    return check
