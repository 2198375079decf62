"""sealift as a stranger uses it: by its command line, with nothing of the developer's environment.

A plugin that ``tests/conftest.py`` loads.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol

import pytest

import rigs
import sealift as package
from rigs.cache import dev_cache
from rigs.machine import bare_environment, complete
from support.equipment import FindNode


class Sealift(Protocol):
    def __call__(
        self, *args: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> rigs.Completed: ...


class Build(Protocol):
    def __call__(
        self, entry: Path, *targets: str, options: Iterable[str | Path] = ()
    ) -> dict[str, Path]: ...


def command_line(*args: str | Path) -> list[str | Path]:
    """Return the command of the sealift that is tested, with its arguments."""
    return [sys.executable, "-m", "sealift", *args]


def build_environment(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a bare environment with the developers' cache, and ``env``."""
    tested = str(Path(package.__file__).parents[1])
    cache = str(dev_cache() / "sealift")
    base = {"PYTHONPATH": tested, "SEALIFT_CACHE": cache, "NO_COLOR": "1"}
    return bare_environment(base | dict(env or {}))


@pytest.fixture(scope="session")
def sealift(equipment: None) -> Sealift:
    """Callable: runs the command line with arguments, and returns how it ended."""

    def run(
        *args: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> rigs.Completed:
        environment = build_environment(env)
        return complete(command_line(*args), cwd=cwd, env=environment, timeout=300)

    return run


@pytest.fixture(scope="session")
def binary_options(node_binary: FindNode) -> Callable[..., list[str]]:
    """Callable: options that give each target (``node24-linux-x64``) a pinned Node binary."""

    def options(*targets: str) -> list[str]:
        given = []
        for target in targets:
            version, platform, arch = target.removeprefix("node").split("-")
            given += ["--node-binary", f"{target}={node_binary(version, platform, arch)}"]
        return given

    return options
