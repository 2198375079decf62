"""Programs behave in executables as plain Node runs them from the disk.

CI runs each with Node 24 and with one other release.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rigs.machine import Completed
from sealift.model import Resolution, ResolutionKind
from support.equipment import FindMachine
from support.executables import build, node_at, project_of
from support.releases import RELEASE, RELEASES
from support.samples import pairs

PROGRAMS = Path(__file__).parent / "programs"
NAMES = sorted(path.name for path in PROGRAMS.iterdir() if path.is_dir())
ENTRIES = ("index.js", "index.mjs", "index.cjs")
# What the build found; the other programs resolve everything at run time.
RESOLUTIONS = {
    "module-paths": {
        "index.js": tuple(
            Resolution(ResolutionKind.REQUIRE, specifier, f"module-paths/node_modules/{path}")
            for specifier, path in (
                ("dep", "dep/index.js"),
                ("dep/part", "dep/part.json"),
                ("other", "other/index.js"),
            )
        )
    }
}

# The advice that the runtime adds to Node's own message.
HINT = re.compile(r"\nThe executable does not contain this module\..*?absolute path\.", re.DOTALL)
# Stack frames of the runtime and of Node's internals.
FRAME = re.compile(r"\n +at [^\n]*(?:node:|sealift:|main\.js:)[^\n]*")
# Node's note of where an error was thrown, if that is in Node or in the runtime.
THROWN_AT = re.compile(r"^(?:node:internal|sealift:)[^\n]*\n[^\n]*\n *\^+\n", re.MULTILINE)
COUNT = re.compile(r"node:internal/[\w/]+:\d+|\(node:\d+\)")


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A directory whose name is about as long as the mount point's, so that lines wrap alike."""
    with tempfile.TemporaryDirectory(prefix="", dir="/tmp") as name:
        yield Path(name)


@pytest.mark.parametrize(("name", "release"), pairs(NAMES, RELEASES, [RELEASE]))
def test_program(
    name: str,
    release: str,
    node_binary: Callable[[str, str, str], Path],
    machine: FindMachine,
    short_path: Path,
) -> None:
    here = machine("linux-x64")
    project = shutil.copytree(PROGRAMS / name, short_path / name, symlinks=True)
    entry = next(entry for entry in ENTRIES if (project / entry).exists())
    binary = node_binary(release, "linux", "x64")
    found = project_of(project, entry, RESOLUTIONS.get(name))
    executable = build(found, {"it": node_at(binary)}, short_path / "out")["it"]
    elsewhere = short_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "plugin.js").write_text("module.exports = 'from the disk: ' + __filename;")
    arguments = ("--version", "-x", "two words")
    environment = _with_node(short_path / "path", binary)
    expected = here.run(binary, str(project / entry), *arguments, cwd=elsewhere, env=environment)
    project.rename(short_path / "moved away")
    got = here.run(executable, *arguments, cwd=elsewhere, env=environment)
    assert _plain(got, project, executable) == _plain(expected, project, binary)


def _with_node(directory: Path, binary: Path) -> dict[str, str]:
    """Return an environment in which the command ``node`` is that binary."""
    directory.mkdir()
    (directory / "node").symlink_to(binary)
    return {"PATH": f"{directory}{os.pathsep}{os.defpath}"}


def _plain(completed: Completed, project: Path, program: Path) -> tuple[int, list[str], list[str]]:
    return (
        completed.code,
        _normal(completed.stdout, project, program),
        _normal(completed.stderr, project, program),
    )


def _normal(text: str, project: Path, program: Path) -> list[str]:
    text = text.replace(str(project), f"/snapshot/{project.name}").replace(str(program), "NODE")
    text = text.replace(f"`{program.name} ", "`NODE ")
    text = THROWN_AT.sub("", text)
    text = COUNT.sub("node:X", FRAME.sub("", HINT.sub("", text)))
    return [line.removesuffix(" {") for line in text.split("\n")]
