"""The options of bytecode mode, and programs of npm packages run from bytecode."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from rigs import host_target
from rigs.machine import Completed, complete
from support.bytecode_builds import Build, MakeProject, package
from support.command_line import build_environment, command_line

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text())

Sealift = Callable[..., Completed]


@pytest.fixture
def sealift(node_binary: Callable[[str, str, str], Path], tmp_path: Path) -> Sealift:
    node = node_binary("24", *host_target())
    target = "-".join(("node24", *host_target()))

    def run(*args: str | Path) -> Completed:
        environment = build_environment({"SEALIFT_CACHE": str(tmp_path / "cache")})
        fixed = ("-t", target, "--offline", f"--node-binary={target}={node}", "-o", "program")
        command = command_line("build", *args, *fixed)
        return complete(command, cwd=tmp_path, env=environment, timeout=120)

    return run


def test_options(make_project: MakeProject, sealift: Sealift, tmp_path: Path) -> None:
    files = {
        "package.json": package("app", dependencies={"a": "1", "b": "1"}),
        "index.js": "console.log(require('a') + require('b'));",
        "node_modules/a/package.json": package("a"),
        "node_modules/a/index.js": "module.exports = 1;",
        "node_modules/b/package.json": package("b"),
        "node_modules/b/index.js": "module.exports = 2;",
    }
    root = make_project(files)

    def scripts(*options: str) -> Any:
        done = sealift(root, *options, "--json", "report.json")
        assert done.code == 0, done.stderr
        report = json.loads((tmp_path / "report.json").read_text())
        jsonschema.validate(report, SCHEMA)
        ran = subprocess.run([tmp_path / "program"], capture_output=True, text=True, check=True)
        assert (ran.stdout, ran.stderr) == ("3\n", "")
        return tuple(report["executables"][0]["scripts"].values())

    assert scripts("--sea") == (0, 3, 0)
    assert scripts() == (3, 0, 0)
    assert scripts("--public") == (2, 1, 0)
    assert scripts("--public-packages", "a") == (2, 1, 0)
    assert scripts("--public-packages", "a, b") == (1, 2, 0)
    assert scripts("--no-bytecode", "--public", "--public-packages", "*") == (0, 3, 0)


def test_options_that_exclude_one_another(
    make_project: MakeProject, sealift: Sealift, tmp_path: Path
) -> None:
    root = make_project({"package.json": package("app"), "index.js": "1;"})
    done = sealift(root, "--sea", "--no-bytecode")
    assert done.code == 2
    assert "--sea" in done.stderr
    done = sealift(root, "--no-bytecode")
    assert done.code == 3
    assert "the project itself" in done.stderr
    assert not (tmp_path / "program").exists()


def test_a_syntax_error_is_shown_with_its_place(
    make_project: MakeProject, sealift: Sealift
) -> None:
    root = make_project({"package.json": package("app"), "index.js": "1;\nlet a; let a;\n"})
    done = sealift(root)
    assert done.code == 3
    assert "index.js:2: " in done.stderr
    assert "column 12: let a; let a;" in done.stderr
    assert "--fallback-to-source" in done.stderr


SERVER = """
const express = require('express');
const path = require('path');
const app = express();
app.get('/hello/:name', (request, response) => response.json({ hello: request.params.name }));
const server = app.listen(0, '127.0.0.1', async () => {
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/hello/world`);
  console.log(answer.status, await answer.text(), path.basename(__filename));
  server.close();
});
"""
PROGRAMS = {
    "express": (SERVER, '200 {"hello":"world"} main.js\n'),
    "typescript": (
        "process.argv.push('--version'); require('typescript/lib/tsc.js');",
        "Version ",
    ),
}


@pytest.mark.parametrize("packages", PROGRAMS)
def test_programs(
    build: Build,
    copy_project: Callable[[str | Mapping[str, str]], Path],
    packages: str,
) -> None:
    root = copy_project(packages)
    source, expected = PROGRAMS[packages]
    (root / "main.js").write_text(source)
    # The packages are public: as if they were not, so that nothing can fall back on source.
    for manifest in root.glob("node_modules/**/package.json"):
        content = json.loads(manifest.read_text())
        if isinstance(content, dict) and "name" in content:
            manifest.write_text(json.dumps({**content, "license": "UNLICENSED", "licenses": []}))
    result = build(root / "main.js")
    executable = result.executables[0]
    assert executable.scripts.source == executable.scripts.both == 0
    done = subprocess.run([executable.path], capture_output=True, text=True, check=False)
    assert done.stdout.startswith(expected), done.stderr
    assert (done.returncode, done.stderr) == (0, "")


def test_arguments_of_a_run_are_written_as_for_a_shell(
    make_project: MakeProject, sealift: Sealift, tmp_path: Path
) -> None:
    text = "require('fs').writeFileSync('told', JSON.stringify(process.argv.slice(2)));"
    entry = make_project({"index.js": text}) / "index.js"
    assert sealift(entry, "--sea", "--profile-start", "--name 'a b' c").code == 0
    assert json.loads((tmp_path / "told").read_text()) == ["--name", "a b", "c"]
    wrong = sealift(entry, "--sea", "--profile-start", "--name 'a b")
    assert wrong.code == 2
    assert "--name 'a b, have a quotation mark without an end" in wrong.stderr
