"""A project in the working directory, and what runs its configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.hooks import HookRunner, Limits
from sealift.options import NodeOptions
from support.bytecode_builds import HOST
from support.equipment import FindNode
from support.hook_runners import MakeRunner
from support.observers import Recorder


@pytest.fixture
def observer() -> Recorder:
    return Recorder()


@pytest.fixture(scope="session")
def options(node_binary: FindNode, tmp_path_factory: pytest.TempPathFactory) -> NodeOptions:
    """Where Node comes from: a pinned one for the host, whose facts are read once."""
    node = node_binary(*HOST.removeprefix("node").split("-"))
    return NodeOptions(binaries={HOST: node}, cache=tmp_path_factory.mktemp("cache"), offline=True)


@pytest.fixture
def make_runner(
    options: NodeOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, observer: Recorder
) -> MakeRunner:
    """Callable: limits to a runner that never uses the network."""
    project, work = tmp_path / "proj", tmp_path / "work"
    project.mkdir()
    work.mkdir()
    monkeypatch.chdir(project)

    def make(limits: Limits | None = None) -> HookRunner:
        return HookRunner(work, options, observer, limits)

    return make
