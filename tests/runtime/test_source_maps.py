"""Stack traces show the places of original sources if the program turns source maps on."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from support.bytecode_builds import HOST, Build, MakeProject, package

SECRET = "// text of the original source"
SHOWN = (
    "console.log(error.stack.replace(/(file:\\/\\/)?\\/\\S*\\/app\\d*\\//g, '')"
    ".split('\\n').slice(0, 2));\n"
)


def a_map(source: str, lines: int) -> str:
    """Return a map in which each line is three lines further down in the original source."""
    data = {
        "version": 3,
        "sources": [source],
        "sourcesContent": [SECRET],
        "names": [],
        "mappings": "AAGA" + ";AACA" * (lines - 1),
    }
    return json.dumps(data)


INLINE = base64.b64encode(a_map("../src/inline.ts", 3).encode()).decode()
FILES = {
    "dist/index.js": "'use strict';\n"
    "if (process.argv[2] === 'on') process.setSourceMapsEnabled(true);\n"
    "for (const name of ['lib', 'inline']) {\n"
    "  try { require('./' + name).fail(); } catch (error) { " + SHOWN.strip() + " }\n}\n"
    "import('./module.mjs').then((m) => m.fail()).catch((error) => { " + SHOWN.strip() + " });\n"
    "if (process.argv[2] === 'support') {\n"
    "  const { mapOf } = require('source-map-support');\n"
    "  console.log(mapOf(require.resolve('./lib')).sources);\n}\n",
    "dist/lib.js": "exports.fail = function fail() {\n  throw new Error('lib');\n};\n"
    "//# sourceMappingURL=lib.js.map\n",
    "dist/lib.js.map": a_map("../src/lib.ts", 3),
    "dist/inline.js": "exports.fail = function fail() {\n  throw new Error('inline');\n};\n"
    f"//# sourceMappingURL=data:application/json;base64,{INLINE}",
    "dist/module.mjs": "export const fail = function fail() {\n  throw new Error('module');\n};\n"
    "//# sourceMappingURL=module.mjs.map\n",
    "dist/module.mjs.map": a_map("../src/module.mts", 3),
    # It reads the script, as the real package does.
    "node_modules/source-map-support/package.json": package("source-map-support"),
    "node_modules/source-map-support/index.js": ""
    "const fs = require('fs');\nconst path = require('path');\n"
    "exports.mapOf = (file) => {\n"
    "  const [, url] = /sourceMappingURL=(\\S+)/.exec(fs.readFileSync(file, 'utf8'));\n"
    "  return JSON.parse(fs.readFileSync(path.join(path.dirname(file), url), 'utf8'));\n};\n",
}
TARGETS = [HOST, HOST.replace("24", "22", 1)]


def files(**settings: object) -> dict[str, str]:
    return {
        "package.json": package(
            "app",
            bin="dist/index.js",
            license="UNLICENSED",
            pkg={"scripts": "dist/*.*js"} | settings,
        ),
        **FILES,
    }


def run(*command: str | Path) -> tuple[str, str, int]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout, done.stderr, done.returncode


@pytest.mark.parametrize("sea", [True, False], ids=["source", "bytecode"])
@pytest.mark.parametrize("target", TARGETS)
def test_places(
    make_project: MakeProject,
    build: Build,
    node_binary: Callable[[str, str, str], Path],
    target: str,
    sea: bool,
) -> None:
    root = make_project(files())
    node = node_binary(*target.removeprefix("node").split("-"))
    result = build(root, target, sea=sea, exec_argv=("enable-source-maps",))
    baked = result.executables[0].path.rename(root.parent / "baked")
    plain = build(root, target, sea=sea).executables[0].path
    entry = root / "dist" / "index.js"
    expected = run(node, "--enable-source-maps", entry)
    assert "src/lib.ts:5:1" in expected[0]
    assert run(baked) == expected
    for mode in ("on", "support", "off"):
        assert run(plain, mode) == run(node, entry, mode), mode
    for executable in (baked, plain):
        assert (SECRET.encode() in executable.read_bytes()) == sea


def test_maps_are_packaged_only_if_they_are_used(make_project: MakeProject, build: Build) -> None:
    source = {**files(), "dist/index.js": "require('./lib'); require('./inline');\n"}
    root = make_project(source)
    name = b"../src/lib.ts"
    assert name not in build(root, sea=False).executables[0].path.read_bytes()
    forced = build(root, sea=False, source_maps=True).executables[0].path.read_bytes()
    assert name in forced
    assert SECRET.encode() not in forced
    turned_on = make_project(files(sourceMaps=False))
    assert name not in build(turned_on, sea=False).executables[0].path.read_bytes()
