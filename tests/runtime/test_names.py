"""Unusual file names in URLs and in paths."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from support.equipment import FindMachine
from support.executables import build, node_at, project_of
from support.releases import RELEASES

NAMES = (
    "with space",
    "a#b",
    "50%",
    "%41",
    "q?x=1",
    "caf\u00e9",
    "cafe\u0301",
    "\U0001f600",
    "quote'\"",
    "brackets[1]",
    "new\nline",
    "semi;colon&and",
    "__proto__",
    "constructor",
    "123",
    "~",
    "snapshot",
    "x" * 200,
)
INDEX = """
const fs = require('fs'), path = require('path'), { pathToFileURL } = require('url');
const { Worker } = require('worker_threads'), { spawnSync } = require('child_process');
(async () => {
  const names = fs.readdirSync(path.join(__dirname, 'odd')).sort();
  console.log(names.length, JSON.stringify(names));
  for (const name of names) {
    const base = path.join(__dirname, 'odd', name);
    const file = path.join(base, name + '.cjs');
    const module = path.join(base, name + '.mjs');
    const found = await import(pathToFileURL(module));
    const query = await import(pathToFileURL(module) + '?q#f');
    const child = spawnSync(process.execPath, [file, name], { encoding: 'utf8' });
    const worker = await new Promise((resolve) => new Worker(module).on('message', resolve));
    console.log(JSON.stringify([
      require(file), require('./odd/' + name + '/' + name + '.cjs').name,
      require('./odd/' + name).index,
      require.resolve(file) === file, file in require.cache, found.filename === module,
      found.url === pathToFileURL(module).href, found.sibling, query.url, found.resolved,
      fs.readFileSync(pathToFileURL(file), 'utf8').length, child.stdout, child.status, worker,
    ]));
  }
})();
"""
CJS = (
    "exports.name = __filename; exports.line = new Error().stack.split('\\n')[1].slice(-5);\n"
    "if (require.main === module) console.log(JSON.stringify(process.argv.slice(1)));"
)
MJS = """
import { createRequire } from 'module';
import { parentPort } from 'worker_threads';
const name = import.meta.filename.slice(import.meta.dirname.length + 1, -4);
export const { filename, url } = import.meta;
export const sibling = (await import('./' + encodeURIComponent(name) + '.cjs')).default.name;
export const resolved = import.meta.resolve('./' + encodeURIComponent(name) + '.cjs');
parentPort?.postMessage([filename, createRequire(url)('./' + name + '.cjs').name]);
"""


@pytest.mark.parametrize("release", RELEASES)
def test_odd_names(
    release: str,
    node_binary: Callable[[str, str, str], Path],
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    here = machine("linux-x64")
    project = tmp_path / "odd names #1 %25"
    for name in NAMES:
        folder = project / "odd" / name
        folder.mkdir(parents=True)
        (folder / f"{name}.cjs").write_text(CJS)
        (folder / f"{name}.mjs").write_text(MJS)
        (folder / "index.js").write_text("exports.index = __dirname;")
    (project / "index.js").write_text(INDEX)
    binary = node_binary(release, "linux", "x64")
    expected = here.run(binary, project / "index.js", cwd=tmp_path)
    assert expected.code == 0, expected.stderr
    nodes = {"it": node_at(binary)}
    executable = build(project_of(project, "index.js"), nodes, tmp_path / "out")["it"]
    project.rename(tmp_path / "moved")
    got = here.run(executable, cwd=tmp_path)
    here_name = str(project)
    wanted = expected.stdout.replace(here_name, f"/snapshot/{project.name}").replace(
        quote(here_name), quote(f"/snapshot/{project.name}")
    )
    assert got.stderr == ""
    assert got.stdout.split("\n") == wanted.split("\n")
