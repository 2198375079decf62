"""The packaged files of real projects are complete: Node runs them where nothing else is.

Each project is read without configuration, the packaged files alone are laid out in another place,
and Node runs them there.
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

from .packaged_files import lay_out

CopyProject = Callable[[str | Mapping[str, str]], Path]
RunNode = Callable[..., rigs.Completed]


@pytest.fixture
def run_packaged(
    copy_project: CopyProject, run_node: RunNode, tmp_path: Path
) -> Callable[..., str]:
    """Callable ``(packages, files, *args)``: what the entry ``index.*`` prints."""

    def run(packages: str, files: Mapping[str, str], *args: str) -> str:
        directory = copy_project(packages)
        for name, text in files.items():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_text(text)
        entry = next(directory / name for name in files if name.startswith("index."))
        options = BuildOptions(entry)
        project = read_project(open_manifest(options), options, SilentObserver())
        assert [f for f in project.findings if f.severity is Severity.ERROR] == []
        place = lay_out(project, tmp_path / "elsewhere")
        directory.rename(tmp_path / "moved-away")
        elsewhere = tmp_path / "working-directory"
        elsewhere.mkdir()
        for name, text in files.items():
            if name.startswith("input"):
                (elsewhere / name).write_text(text)
        done = run_node("24", str(place), *args, cwd=elsewhere)
        assert done.code == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_express_finds_its_views_and_its_engine(run_packaged: Callable[..., str]) -> None:
    server = """
        const path = require('path'); const express = require('express'); const app = express();
        app.set('views', path.join(__dirname, 'views')); app.set('view engine', 'ejs');
        app.get('/', (request, response) => response.render('hello', { name: 'world' }));
        const server = app.listen(0, async () => {
          const answer = await fetch('http://127.0.0.1:' + server.address().port);
          console.log(await answer.text()); server.close(); process.exit();
        });
    """
    views = {"index.js": server, "views/hello.ejs": "Hello <%= name %> <%- include('foot') %>"}
    out = run_packaged("express", {**views, "views/foot.ejs": "from a part"})
    assert out.strip() == "Hello world from a part"


def test_eslint_has_its_rules_and_its_formatters(run_packaged: Callable[..., str]) -> None:
    index = """
        const { ESLint } = require('eslint');
        (async () => {
          const eslint = new ESLint({ overrideConfigFile: true,
            overrideConfig: [{ rules: { 'no-var': 'error' } }] });
          const results = await eslint.lintText('var a;');
          for (const name of ['stylish', 'json', 'html'])
            console.log(name, /no-var/.test((await eslint.loadFormatter(name)).format(results)));
        })();
    """
    out = run_packaged("eslint", {"index.js": index})
    assert out.split() == ["stylish", "true", "json", "true", "html", "true"]


def test_typescript_compiles_a_file(run_packaged: Callable[..., str]) -> None:
    files = {
        "index.js": "require('typescript/lib/tsc.js')",
        "input.ts": "const a: Map<string, number> = new Map(); export const b = document.title;",
    }
    out = run_packaged("typescript", files, "--target", "es2022", "--listFilesOnly", "input.ts")
    assert "lib.dom.d.ts" in out


def test_webpack_minimises_in_its_worker_processes(run_packaged: Callable[..., str]) -> None:
    index = """
        const webpack = require('webpack'); const fs = require('fs');
        webpack({ mode: 'production', context: process.cwd(),
          entry: { one: './input1.js', two: './input2.js' },
          output: { path: process.cwd() } }, (error, stats) => {
          console.log(error || stats.toString('errors-only'));
          for (const name of ['one.js', 'two.js']) console.log(fs.readFileSync(name, 'utf8'));
        });
    """
    inputs = {"input1.js": "console.log(1 + 1 + 40);", "input2.js": "console.log(1 + 1 + 41);"}
    out = run_packaged("webpack", {"index.js": index, **inputs})
    assert out.split() == ["console.log(42);", "console.log(43);"]


def test_prettier_finds_its_parsers(run_packaged: Callable[..., str]) -> None:
    index = """
        const prettier = require('prettier');
        (async () => {
          for (const [parser, text] of [['babel', 'a  =1'], ['css', 'a{b:c}'], ['markdown', '* a']])
            console.log(JSON.stringify(await prettier.format(text, { parser })));
        })();
    """
    out = run_packaged("prettier", {"index.js": index})
    assert out.split("\n")[:3] == ['"a = 1;\\n"', '"a {\\n  b: c;\\n}\\n"', '"- a\\n"']


def test_fastify_as_a_module_with_top_level_await(run_packaged: Callable[..., str]) -> None:
    index = """
        import path from 'node:path'; import Fastify from 'fastify';
        import files from '@fastify/static';
        const app = Fastify();
        await app.register(files, { root: path.join(import.meta.dirname, 'public') });
        const { body } = await app.inject('/page.txt');
        console.log(body);
    """
    out = run_packaged("fastify", {"index.mjs": index, "public/page.txt": "a page"})
    assert out.strip() == "a page"
