"""The projects of the corpus, read from ``projects.toml``."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIST = Path(__file__).with_name("projects.toml")

# The machines for linux have those of the host.
_PROGRAMS = {"alpine": {"shell"}, "linuxstatic": set[str](), "win": {"shell"}}


@dataclass(frozen=True, slots=True)
class Project:
    """One project of the corpus; relative paths are below its directory.

    Attributes:
        packages: exact version by name of the npm packages that it depends on.
        files: text by path of the project's own files.
        prepare: scripts that plain Node runs once after the installation, with their arguments.
        entry: what sealift packages.
        bin: the name of the command of ``entry``, or "" if it has only one.
        runs: the arguments of each call.
        work: text by path of the files in the working directory of each call.
        requests: for a server, what is asked of it: ``GET /path`` or ``POST /path body``.
        ignore: regular expressions of output that differs between two calls.
        volatile: patterns of written files that are not compared.
        options: further options of sealift.
        settings: the environment of each call.
        programs: other programs that it starts, or "shell"; emulated machines have few.
        lacking: by target, what else the machine here lacks, so that plain Node fails there too.
    """

    name: str
    packages: Mapping[str, str]
    files: Mapping[str, str]
    prepare: Sequence[Sequence[str]]
    entry: str
    bin: str
    runs: Sequence[Sequence[str]]
    work: Mapping[str, str]
    requests: Sequence[str]
    ignore: Sequence[str]
    volatile: Sequence[str]
    options: Sequence[str]
    settings: Mapping[str, str]
    programs: Sequence[str]
    lacking: Mapping[str, str]

    @property
    def is_server(self) -> bool:
        """Return True if the project answers requests until it is stopped."""
        return bool(self.requests)

    def lacks(self, target: str) -> str:
        """Return what the machine for ``target`` lacks to run the project; "" if nothing."""
        there = _PROGRAMS.get(target.partition("-")[0])
        absent = [] if there is None else sorted(set(self.programs) - there)
        return self.lacking.get(target) or ", ".join(absent)

    @property
    def version(self) -> str:
        """Return the name and the version of the package that is tried."""
        name, version = next(iter(self.packages.items()))
        return f"{name} {version}"

    def script(self, directory: Path) -> str:
        """Return the script that plain Node runs for ``entry``, in an installed project."""
        package = directory / self.entry / "package.json"
        if not package.is_file():
            return self.entry
        manifest = json.loads(package.read_text())
        commands = manifest.get("bin") or manifest.get("main", "index.js")
        if isinstance(commands, dict):
            commands = commands[self.bin] if self.bin else next(iter(commands.values()))
        return f"{self.entry}/{commands.removeprefix('./')}".removeprefix("./")


def read_projects() -> dict[str, Project]:
    """Return all projects by name, in the order of the list."""
    found: dict[str, dict[str, Any]] = tomllib.loads(LIST.read_text())
    return {name: _project(name, fields) for name, fields in found.items()}


def _project(name: str, fields: dict[str, Any]) -> Project:
    packages = fields["packages"]
    known: dict[str, Any] = {
        "packages": packages,
        "files": {},
        "prepare": [],
        "entry": f"node_modules/{next(iter(packages))}",
        "bin": "",
        "runs": [[]],
        "work": {},
        "requests": [],
        "ignore": [],
        "volatile": [],
        "options": [],
        "settings": {},
        "programs": [],
        "lacking": {},
    }
    return Project(name, **(known | fields))
