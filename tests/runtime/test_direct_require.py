"""`require` of packaged modules, which skips most of Node's loader, cannot be told from Node's."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from support.bytecode_builds import Build
from support.equipment import FindMachine, FindNode

PROGRAM = Path(__file__).parent / "direct"
OPEN = {"public": True, "public_packages": ("*",)}
FORMS = {
    "source": ({"sea": True, **OPEN}, ["source", "exports"]),
    "bytecode": (OPEN, ["source"]),
    "without-source": ({"fallback_to_source": True}, []),
}


@pytest.mark.parametrize(
    ("major", "form"),
    [
        *((major, form) for major in ("20", "22", "24", "26") for form in ("source", "bytecode")),
        ("24", "without-source"),
    ],
)
def test_a_program_cannot_tell_it_from_nodes_own(
    major: str,
    form: str,
    node_binary: FindNode,
    machine: FindMachine,
    build: Build,
    tmp_path: Path,
) -> None:
    """In the main thread, a worker and a child; also when the program replaces Node's loader."""
    here = machine("linux-x64")
    sources = shutil.copytree(PROGRAM, tmp_path / "direct")
    if major == "20":  # which cannot `require` an ES module that imports
        for cycle in (sources / "lib").glob("cycle.*"):
            cycle.unlink()
    options, words = FORMS[form]
    executable = (
        build(sources / "index.js", f"node{major}-linux-x64", **options).executables[0].path
    )
    runs = (words, ["worker", *words], ["child", *words])
    node = node_binary(major, "linux", "x64")
    expected = [here.run(node, sources / "index.js", *run) for run in runs]
    sources.rename(tmp_path / "moved away")
    for run, wanted in zip(runs, expected, strict=True):
        assert wanted.code == 0, wanted
        got = here.run(executable, *run)
        said = (got.code, _lines(got.stdout), _lines(got.stderr))
        assert said == (0, _lines(wanted.stdout), _lines(wanted.stderr)), run


def test_nodes_compile_cache_is_not_needed(
    node_binary: FindNode, machine: FindMachine, build: Build, tmp_path: Path
) -> None:
    """If the program turns it on, Node keeps nothing there that has a code cache already."""
    here, sources = machine("linux-x64"), tmp_path / "app"
    sources.mkdir()
    (sources / "package.json").write_text('{"name": "app", "version": "1.0.0"}')
    (sources / "index.js").write_text(
        "require('module').enableCompileCache(process.argv[2]);\nrequire('./one');\n"
    )
    (sources / "one.js").write_text("require('./two');\n")
    (sources / "two.js").write_text("exports.two = () => 2;\n")
    executable = build(sources / "index.js", sea=True, public=True).executables[0].path
    counts = []
    for number, program in enumerate(([node_binary("24", "linux", "x64")], [executable])):
        cache = tmp_path / f"cache{number}"
        script = [] if number else [sources / "index.js"]
        assert here.run(*program, *script, cache).code == 0
        counts.append(sum(path.is_file() for path in cache.rglob("*")))
    assert counts == [2, 0]


def _lines(text: str) -> list[str]:
    """Return the lines without what names the process and its program."""
    return re.sub(r"(?<=\(node:)\d+|`\S+(?= --trace)", "", text).splitlines()
