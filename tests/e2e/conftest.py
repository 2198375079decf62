"""Fixtures that use sealift as a stranger would: by its command line, from another directory."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest

import rigs
from rigs.cache import dev_cache
from rigs.machine import bare_environment, complete


class Sealift(Protocol):
    def __call__(
        self, *args: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> rigs.Completed: ...


class Build(Protocol):
    def __call__(
        self, entry: Path, *targets: str, options: Iterable[str | Path] = ()
    ) -> dict[str, Path]: ...


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
