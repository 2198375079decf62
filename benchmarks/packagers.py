"""The compared programs: sealift and its peers, each building one entry point."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from corpus.builders import NODE_OF_SEA
from rigs import RigError
from rigs.binaries import find_binary
from rigs.npm import PROJECTS, install

NODE = "22.20.0"

# pkg --sea takes exact releases; bun has its own runtime.
TARGETS_OF_THREE = (("linux", "x64"), ("macos", "arm64"), ("win", "x64"))


class Tool(Protocol):
    """A program that makes an executable of a project."""

    @property
    def name(self) -> str:
        """Its name in the tables."""

    @property
    def rounds(self) -> int:
        """The number of builds for the median."""

    @property
    def takes_scripts(self) -> bool:
        """It takes the script that starts the program, and no package.json or directory."""

    def version(self) -> str:
        """Name and version."""

    def environment(self) -> Mapping[str, str]:
        """Return the environment to run it with."""

    def command(
        self, entry: Path, output: Path, targets: Sequence[tuple[str, str]]
    ) -> list[str | Path]:
        """Return the build command; for several targets, the tool adds suffixes to ``output``.

        It runs in the project's directory. Raise RigError if the tool cannot do it.
        """


@dataclass(frozen=True, slots=True)
class Sealift:
    """sealift's command line: bytecode, or source with ``--sea``."""

    cache: Path
    options: tuple[str, ...] = ()
    rounds: int = 7
    takes_scripts: bool = False
    node: str = NODE

    @property
    def name(self) -> str:
        """Its name in the tables."""
        return " ".join(("sealift", *self.options))

    def version(self) -> str:
        """Name and version."""
        from sealift.version import VERSION

        return f"sealift {VERSION}"

    def environment(self) -> Mapping[str, str]:
        """Return an environment with a separate cache."""
        # Installed programs have their compiled modules; developers' shells may keep none.
        environment = {**os.environ, "SEALIFT_CACHE": str(self.cache)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        return environment

    def command(
        self, entry: Path, output: Path, targets: Sequence[tuple[str, str]]
    ) -> list[str | Path]:
        """Return the command, with the same Node binaries as the others."""
        command: list[str | Path] = [Path(sys.executable).with_name("sealift"), "build", entry]
        command += self.options
        wanted = [f"node{self.node}-{system}-{arch}" for system, arch in targets]
        command += ["-t", ",".join(wanted), "-o", output]
        for text, (system, arch) in zip(wanted, targets, strict=True):
            command += ["--node-binary", f"{text}={find_binary(self.node, system, arch)}"]
        return command


@dataclass(frozen=True, slots=True)
class Pkg:
    """``@yao-pkg/pkg --sea``, run by plain Node of the release that it packages.

    It fetches Node's archives from nodejs.org only. Its cache is filled beforehand, with an archive
    that it accepts as verified and the binary beside it, so it fetches nothing.
    """

    home: Path
    name: str = "pkg --sea"
    rounds: int = 3
    takes_scripts: bool = False

    def version(self) -> str:
        """Name and version."""
        return f"@yao-pkg/pkg {PROJECTS['pkg']['@yao-pkg/pkg']}"

    def environment(self) -> Mapping[str, str]:
        """Return an environment whose home has pkg's cache of Node binaries."""
        return {**os.environ, "HOME": str(self.home)}

    def command(
        self, entry: Path, output: Path, targets: Sequence[tuple[str, str]]
    ) -> list[str | Path]:
        """Return the command; with exact releases, pkg does not read nodejs.org's index."""
        for system, arch in targets:
            self._place(system, arch)
        script = install("pkg") / "node_modules" / "@yao-pkg" / "pkg" / "lib-es5" / "bin.js"
        wanted = ",".join(f"node{NODE}-{system}-{arch}" for system, arch in targets)
        node = find_binary(NODE, "linux", "x64")
        return [node, script, entry, "--sea", "-t", wanted, "-o", output]

    def _place(self, system: str, arch: str) -> None:
        folder = self.home / ".pkg-cache" / "sea"
        folder.mkdir(parents=True, exist_ok=True)
        system_there = "darwin" if system == "macos" else system
        name = f"node-v{NODE}-{system_there}-{arch}"
        archive = folder / f"{name}.{'zip' if system == 'win' else 'tar.gz'}"
        binary = folder / f"{name}.exe" if system == "win" else folder / name / "bin" / "node"
        binary.parent.mkdir(parents=True, exist_ok=True)
        if not binary.exists():
            binary.symlink_to(find_binary(NODE, system, arch))
        for path in (archive, Path(f"{archive}.ok"), Path(f"{binary}.ok")):
            path.touch()


class _OnHost:
    """A tool that builds for the host, as the developer has installed it."""

    takes_scripts = True

    def environment(self) -> Mapping[str, str]:
        """Return the developer's environment."""
        return dict(os.environ)


@dataclass(frozen=True)
class Bun(_OnHost):
    """``bun build --compile``; its executables run on bun's own runtime, not on Node."""

    name: str = "bun"
    rounds: int = 7

    def version(self) -> str:
        """Name and version."""
        return f"bun {PROJECTS['bun']['bun']}"

    def command(
        self, entry: Path, output: Path, targets: Sequence[tuple[str, str]]
    ) -> list[str | Path]:
        """Return the command; bun builds for one target and downloads those of others."""
        _require_one(targets)
        program = install("bun") / "node_modules" / "@oven" / "bun-linux-x64" / "bin" / "bun"
        return [program, "build", "--compile", entry, "--outfile", output]


@dataclass(frozen=True)
class NodeSea(_OnHost):
    """``node --build-sea`` with the whole project as an archive, which is part of the build.

    Its executables are Node of another release, so their starts are not to be compared.
    """

    name: str = "node --build-sea"
    rounds: int = 3

    def version(self) -> str:
        """Name and version."""
        return f"node --build-sea of {NODE_OF_SEA}"

    def command(
        self, entry: Path, output: Path, targets: Sequence[tuple[str, str]]
    ) -> list[str | Path]:
        """Return the command; Node builds for the host."""
        _require_one(targets)
        script = entry.relative_to(_project_of(entry))
        program = Path(__file__).with_name("node_sea.py")
        return [sys.executable, program, _project_of(entry), script, output]


@dataclass(frozen=True)
class Caxa(_OnHost):
    """caxa: the project and Node in an archive that unpacks itself when it is first started."""

    name: str = "caxa"
    rounds: int = 1

    def version(self) -> str:
        """Name and version."""
        return f"caxa {PROJECTS['caxa']['caxa']}"

    def command(
        self, entry: Path, output: Path, targets: Sequence[tuple[str, str]]
    ) -> list[str | Path]:
        """Return the command; caxa builds for the host, with the Node that runs it."""
        _require_one(targets)
        script = install("caxa") / "node_modules" / "caxa" / "build" / "index.mjs"
        program = f"{{{{caxa}}}}/{entry.relative_to(_project_of(entry))}"
        command: list[str | Path] = [find_binary(NODE, "linux", "x64"), script]
        command += ["--input", _project_of(entry), "--output", output]
        return [*command, "--", "{{caxa}}/node_modules/.bin/node", program]


def _require_one(targets: Sequence[tuple[str, str]]) -> None:
    if len(targets) > 1:
        raise RigError("one target at a time")


def _project_of(entry: Path) -> Path:
    """Return the directory that has the project and what is installed."""
    parts = entry.parts
    return Path(*parts[: parts.index("node_modules")]) if "node_modules" in parts else entry.parent
