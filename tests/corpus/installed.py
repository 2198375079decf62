"""Projects of the corpus, installed once in the development cache, and moved away while they run.

An installed project is ``corpus/NAME-DIGEST/project`` in the cache.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpus.projects import Project
from rigs.cache import RigError, dev_cache, locked, make_once
from rigs.machine import bare_environment
from rigs.npm import run_npm

# Scripts of packages do not run, except those that a project names in `prepare`.
_INSTALL = ("install", "--ignore-scripts", "--no-audit", "--no-fund")
_PREPARE_SECONDS = 600


@contextlib.contextmanager
def installed(project: Project, node: Path) -> Iterator[Path]:
    """Hold an installed project for this process; ``node`` runs its `prepare`.

    Raise RigError if npm or a script fails.
    """
    home = make_once(_home(project), lambda into: _install(project, into))
    directory = home / "project"
    with locked(home):
        if (home / "away").exists():  # a run was killed
            (home / "away").rename(directory)
        if project.prepare and not (home / "prepared").exists():
            # In its final place: outputs of frameworks contain absolute paths.
            for command in project.prepare:
                _run(node, command, directory)
            (home / "prepared").touch()
        yield directory


@contextlib.contextmanager
def moved_away(directory: Path) -> Iterator[None]:
    """Give the directory of a project another name meanwhile."""
    away = directory.rename(directory.with_name("away"))
    try:
        yield
    finally:
        away.rename(directory)


def _home(project: Project) -> Path:
    made_of = [sorted(project.packages.items()), sorted(project.files.items()), project.prepare]
    digest = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:12]
    return dev_cache() / "corpus" / f"{project.name}-{digest}"


def _install(project: Project, into: Path) -> None:
    directory = into / "project"
    directory.mkdir()
    manifest = {
        "name": f"corpus-{project.name}",
        "version": "1.0.0",
        "private": True,
        "dependencies": dict(project.packages),
    }
    files = {"package.json": json.dumps(manifest, indent=2) + "\n", **project.files}
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    run_npm(_INSTALL, cwd=directory)


def _run(node: Path, command: Sequence[str], directory: Path) -> None:
    done = subprocess.run(
        [node, *command],
        cwd=directory,
        env=bare_environment({"PATH": f"{node.parent}:{os.defpath}"}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PREPARE_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RigError(f"{' '.join(command)} failed: {(done.stdout + done.stderr)[-2000:]}")
