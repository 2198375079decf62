"""Executables that contain real addons and programs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from support.executables import build, node_at, project_of
from support.releases import RELEASE

PROGRAMS = Path(__file__).parent / "programs"


@pytest.fixture(scope="session")
def open_directory() -> Iterator[Path]:
    """A directory that all users can read, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)
        yield directory


@pytest.fixture(scope="session")
def packaged(
    node_binary: Callable[[str, str, str], Path],
    npm_project: Callable[[Mapping[str, str]], Path],
    open_directory: Path,
) -> Callable[..., Path]:
    """Callable ``(program, entry, packages, release)``: an executable that all users can read."""

    def make(name: str, entry: str, packages: Mapping[str, str], release: str = RELEASE) -> Path:
        folder = open_directory / release / name
        shutil.copytree(PROGRAMS / name, folder / "app")
        installed = npm_project(packages) / "node_modules"
        shutil.copytree(installed, folder / "app" / "node_modules", symlinks=True)
        node = node_at(node_binary(release, "linux", "x64"))
        executable = build(project_of(folder / "app", entry), {"it": node}, folder / "out")["it"]
        shutil.rmtree(folder / "app")
        executable.chmod(0o755)
        return executable

    return make
