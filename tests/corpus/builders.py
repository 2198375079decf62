"""The compared programs: sealift in both forms, bun, and Node's own tool."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from corpus.projects import Project
from rigs.binaries import find_binary
from rigs.npm import install

NODE = "24.19.0"
# The first release with `vfsArchive` in this line; its executables are compared with it.
NODE_OF_SEA = "26.12.1"
HOST = "linux-x64"
_BUILD_SECONDS = 400


class BuildError(Exception):
    """A project was not built; the message is one line."""


class Builder(Protocol):
    """A program that makes executables."""

    @property
    def name(self) -> str:
        """Its name in the table."""

    @property
    def node(self) -> str:
        """The release of Node that its executables are compared with."""

    def build(self, project: Project, directory: Path, target: str, into: Path) -> Path:
        """Return the executable of an installed project; raise BuildError if there is none."""


@dataclass(frozen=True, slots=True)
class Sealift:
    """sealift's command line: bytecode, or source with ``--sea``."""

    form: Sequence[str] = ()
    node: str = NODE

    @property
    def name(self) -> str:
        """Its name in the table."""
        return " ".join(("sealift", *self.form))

    def build(self, project: Project, directory: Path, target: str, into: Path) -> Path:
        """Build for any target."""
        # yargs and others print the program's name, where plain Node's is that of the script.
        name = Path(project.script(directory)).name
        output = into / (f"{name}.exe" if target.startswith("win") else name)
        wanted = f"node{self.node}-{target}"
        binary = find_binary(self.node, *target.split("-"))
        command: list[str | Path] = [Path(sys.executable).with_name("sealift"), "build"]
        command += [directory / project.entry, *self.form, *project.options]
        command += ["--bin", project.bin] if project.bin else []
        command += ["-t", wanted, "-o", output, "--node-binary", f"{wanted}={binary}", "--quiet"]
        _run(command, directory)
        return output


@dataclass(frozen=True, slots=True)
class Bun:
    """``bun build --compile``; its executables run on bun's own runtime."""

    name: str = "bun"
    node: str = NODE

    def build(self, project: Project, directory: Path, target: str, into: Path) -> Path:
        """Build for the host."""
        assert target == HOST
        program = install("bun") / "node_modules" / "@oven" / "bun-linux-x64" / "bin" / "bun"
        script = directory / project.script(directory)
        output = into / script.name
        with _with_extension(script) as entry:
            _run([program, "build", "--compile", entry, "--outfile", output], directory)
        return output


@contextlib.contextmanager
def _with_extension(script: Path) -> Iterator[Path]:
    """Name a script, and a copy beside it if it has no extension: bun takes that for data."""
    if script.suffix:
        yield script
        return
    copy = script.with_name(f"{script.name}.cjs")
    shutil.copy(script, copy)
    try:
        yield copy
    finally:
        copy.unlink()


# Node's tool starts a script of its own; this one starts the project's from the archive.
_MAIN = """\
process.argv[1] = require('node:path').join(__dirname, {script});
require('node:module').runMain();
"""


@dataclass(frozen=True, slots=True)
class NodeSea:
    """``node --build-sea`` with the whole project as an archive."""

    name: str = "node --build-sea"
    node: str = NODE_OF_SEA

    def build(self, project: Project, directory: Path, target: str, into: Path) -> Path:
        """Build for the host."""
        assert target == HOST
        return build_node_sea(directory, project.script(directory), into, self.node)


def build_node_sea(directory: Path, script: str, into: Path, release: str = NODE_OF_SEA) -> Path:
    """Return the executable that a release's own tool makes of a project and its ``script``.

    Raise BuildError if there is none.
    """
    node = find_binary(release, *HOST.split("-"))
    main, archive, settings = into / "main.js", into / "files.zip", into / "sea.json"
    main.write_text(_MAIN.format(script=json.dumps(script)))
    _archive(directory, archive)
    settings.write_text(
        json.dumps(
            {
                "main": str(main),
                "output": str(into / "app"),
                "useVfs": True,
                "vfsArchive": str(archive),
                "disableExperimentalSEAWarning": True,
            }
        )
    )
    _run([node, "--build-sea", settings], directory)
    archive.unlink()
    return into / "app"


def _archive(directory: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as files:
        for folder, _, names in os.walk(directory, followlinks=True):
            for name in names:
                path = Path(folder, name)
                if path.exists():
                    files.write(path, path.relative_to(directory))


def _run(command: Sequence[str | Path], cwd: Path) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_BUILD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"the build takes longer than {error.timeout:.0f} s") from error
    if done.returncode:
        raise BuildError(_error(done.stderr + done.stdout))


def _error(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error", "sealift: error"))]
    # sealift's last error names the first of its problems.
    return (errors[-1:] or lines or ["the build failed without a message"])[0]


BUILDERS: tuple[Builder, ...] = (Sealift(("--sea",)), Sealift(), Bun(), NodeSea())


def fresh(directory: Path) -> Path:
    """Return ``directory``, empty."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory
