"""Fixtures that use sealift as a stranger would: by its command line, from another directory."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest

import rigs
from e2e.real_projects import RealProject
from rigs.cache import dev_cache
from rigs.machine import bare_environment, complete
from support.equipment import FindMachine


class Sealift(Protocol):
    def __call__(
        self, *args: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> rigs.Completed: ...


class Build(Protocol):
    def __call__(
        self, entry: Path, *targets: str, options: Iterable[str | Path] = ()
    ) -> dict[str, Path]: ...


class Compare(Protocol):
    def __call__(self, project: RealProject, target: str, options: Iterable[str] = ()) -> None: ...


Outcome = tuple[str, str, int, dict[str, str]]


def command_line(*args: str | Path) -> list[str | Path]:
    return [sys.executable, "-m", "sealift", *args]


def build_environment(env: Mapping[str, str] | None = None) -> dict[str, str]:
    cache = str(dev_cache() / "sealift")
    return bare_environment({"SEALIFT_CACHE": cache, "NO_COLOR": "1", **(env or {})})


@pytest.fixture(scope="session")
def sealift() -> Sealift:
    """Runs the command line; nothing of the developer's environment reaches it."""

    def run(
        *args: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> rigs.Completed:
        environment = build_environment(env)
        return complete(command_line(*args), cwd=cwd, env=environment, timeout=300)

    return run


@pytest.fixture(scope="session")
def binary_options(node_binary: Callable[[str, str, str], Path]) -> Callable[..., list[str]]:
    """Options that give each target (``node24-linux-x64``) the Node binary of the test rig."""

    def options(*targets: str) -> list[str]:
        given = []
        for target in targets:
            version, platform, arch = target.removeprefix("node").split("-")
            given += ["--node-binary", f"{target}={node_binary(version, platform, arch)}"]
        return given

    return options


@pytest.fixture
def build(sealift: Sealift, binary_options: Callable[..., list[str]], tmp_path: Path) -> Build:
    """Builds for targets and gives each one's executable; the test fails if the build does."""

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
    machine: FindMachine,
    build: Build,
    tmp_path: Path,
) -> Compare:
    """Packages a project, removes its sources, and compares it with plain Node."""

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
