"""The runtime ends a process as `process.exit()` does; a program cannot tell it from Node's end."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from support.bytecode_builds import Build
from support.equipment import FindMachine, FindNode

PROGRAM = Path(__file__).parent / "endings"
WAYS = re.findall(r"^  (\w+)\(\) \{", (PROGRAM / "ways.js").read_text(), re.MULTILINE)
SINCE_22 = ("databases",)


@pytest.mark.parametrize(
    ("major", "form"),
    [
        *((major, "source") for major in ("20", "22", "24", "26")),
        *((major, "bytecode") for major in ("22", "24")),
    ],
)
def test_ends_as_in_plain_node(
    major: str,
    form: str,
    node_binary: FindNode,
    machine: FindMachine,
    build: Build,
    tmp_path: Path,
) -> None:
    here = machine("linux-x64")
    sources = shutil.copytree(PROGRAM, tmp_path / "endings")
    executable = (
        build(sources / "index.js", f"node{major}-linux-x64", sea=form == "source", public=True)
        .executables[0]
        .path
    )
    node = node_binary(major, "linux", "x64")
    for number, way in enumerate(WAYS):
        if major == "20" and way in SINCE_22:
            continue
        results = []
        for program in ([node, sources / "index.js"], [executable]):
            place = tmp_path / f"{number}-{len(results)}"
            place.mkdir()
            for more in ([], ["exits"]):
                done = here.run(*program, way, *more, cwd=place)
                results.append((done.code, done.stdout, _stable(done.stderr), _names(place)))
        assert results[2:] == results[:2], way


def test_an_unsettled_entry_ends_as_in_plain_node(
    node_binary: FindNode, machine: FindMachine, build: Build, tmp_path: Path
) -> None:
    here, entry = machine("linux-x64"), tmp_path / "app" / "index.mjs"
    entry.parent.mkdir()
    (entry.parent / "package.json").write_text('{"name": "app", "version": "1.0.0"}')
    entry.write_text(
        "process.on('exit', (code) => console.log(code));\nawait new Promise(() => 0);\n"
    )
    executable = build(entry, sea=True, public=True).executables[0].path
    expected = here.run(node_binary("24", "linux", "x64"), entry)
    got = here.run(executable)
    assert (got.code, got.stdout) == (expected.code, expected.stdout) == (13, "13\n")


def _stable(text: str) -> list[str]:
    """Return the lines that do not name places, processes and releases."""
    lines = re.sub(r"(?<=\(node:)\d+|`\S+(?= --trace)", "", text).splitlines()
    return [line for line in lines if not re.match(r"\s+at |\S+\.js:\d+$|Node\.js v", line)]


def _names(place: Path) -> list[str]:
    """Return the names of the files in a directory, without V8's own; a child writes one later."""
    return sorted(path.name for path in place.iterdir() if path.name not in ("cache", "child"))
