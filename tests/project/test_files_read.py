"""The files that small programs read: they print the same from the packaged files alone.

Each program runs under plain Node twice: in its project, and from the packaged files, laid out
in another directory while the project is absent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import rigs
from sealift.findings import Severity
from sealift.model import SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project

from .test_completeness import lay_out

RunNode = Callable[..., rigs.Completed]
Compare = Callable[[Mapping[str, str]], str]


@pytest.fixture
def compare(run_node: RunNode, tmp_path: Path) -> Compare:
    """Callable ``(files)``: what ``index.*`` prints, the same in the project and elsewhere."""

    def run(files: Mapping[str, str]) -> str:
        project = tmp_path / "project"
        for name, text in files.items():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text(text)
        entry = next(project / name for name in files if name.startswith("index."))
        expected = run_node("24", str(entry), cwd=tmp_path)
        assert expected.code == 0, expected.stderr
        options = BuildOptions(entry)
        read = read_project(open_manifest(options), options, SilentObserver())
        assert [f for f in read.findings if f.severity is Severity.ERROR] == []
        place = lay_out(read, tmp_path / "elsewhere")
        project.rename(tmp_path / "moved-away")
        found = run_node("24", str(place), cwd=tmp_path)
        assert (found.stdout, found.code) == (expected.stdout, 0), found.stderr
        return found.stdout

    return run


FS = "const fs = require('fs'), path = require('path');\n"
CALLS = "console.log(load(path.join(__dirname, 'a/1.txt')), load(path.join(__dirname, 'b/2.txt')))"
PACKAGE = '{"name": "program", "version": "1.0.0", "bin": "index.js"}'


@pytest.mark.parametrize(
    "helper",
    [
        "const load = (p) => fs.readFileSync(p, 'utf8');",
        "const load = function (p) { const q = p; return fs.readFileSync(q, 'utf8') };",
        "const io = { read(p) { return fs.readFileSync(p, 'utf8') } }, load = (p) => io.read(p);",
        "class IO { static read(p) { return fs.readFileSync(p, 'utf8') } } const load = IO.read;",
        "const load = (...p) => fs.readFileSync(...p, 'utf8');",
    ],
)
def test_a_helper_reads_several_files(helper: str, compare: Compare) -> None:
    files = {"index.js": FS + helper + CALLS, "package.json": PACKAGE}
    assert compare({**files, "a/1.txt": "one", "b/2.txt": "two"}) == "one two\n"


def test_a_helper_reads_urls(compare: Compare) -> None:
    index = """import { readFileSync } from 'node:fs';
        const text = (url) => readFileSync(url, 'utf8');
        console.log(text(new URL('./a', import.meta.url)), text(new URL('./b', import.meta.url)))
    """
    assert compare({"index.mjs": index, "a": "one", "b": "two"}) == "one two\n"


def test_a_helper_in_another_file_adds_the_extension(compare: Compare) -> None:
    index = FS + "console.log(require('./render')(path.join(__dirname, 'views/home')))"
    render = "module.exports = (p) => require('fs').readFileSync(p + '.html', 'utf8')"
    files = {"index.js": index, "render.js": render, "package.json": PACKAGE}
    assert compare({**files, "views/home.html": "<p>", "views/other.html": "-"}) == "<p>\n"
