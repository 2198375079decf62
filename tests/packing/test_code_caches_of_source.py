"""Source ships with V8's code caches, which only make a start faster."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import sealift
from rigs.machine import complete
from sealift.bytecode.script_calls import IMPORT
from sealift.formats.elf.headers import find_blob, read_elf
from sealift.formats.node_facts import read_facts
from sealift.formats.sea_blob import BlobLayout, read_blob
from sealift.model import ScriptCounts
from sealift.options import BuildOptions, NodeOptions
from support.bytecode_builds import Build, MakeProject, package, packaged

FILES = {
    "package.json": package("app", bin="index.js"),
    "index.js": """#!/usr/bin/env node
const { Shape, later } = require('./lib');
console.log(new Shape(2).area, Shape.toString().length, later.name, process.execArgv.length);
import('./module.mjs').then(async ({ default: text, own }) => {
  console.log(text, own, await new Function('return import("node:os")')().then(Boolean));
  try { null.x; } catch (error) { console.log(error.message, /index.js:6:\\d+/.test(error.stack)); }
});
""",
    "lib.js": "exports.Shape = class Shape { #w; constructor(w) { this.#w = w; }"
    " get area() { return this.#w ** 2; } };\nexports.later = () => 1;\n",
    "module.mjs": "import { later } from './lib.js';\n"
    "import { createRequire } from 'node:module';\n"
    "export const own = createRequire(import.meta.url)('./lib.js').later === later;\n"
    "export default `${later()} ${typeof import.meta.dirname}`;\n",
    "page.js": "this is no script",
}
REFUSED = re.compile(r"sealift: V8 rejects the code cache of \S+, and source runs instead\. .*\n")

FindNode = Callable[[str, str, str], Path]


@pytest.mark.parametrize("major", ["20", "22", "24", "26"])
def test_it_runs_like_plain_node_whatever_the_flags(
    major: str, node_binary: FindNode, make_project: MakeProject, build: Build
) -> None:
    root = make_project(FILES)
    executable = build(root, f"node{major}-linux-x64", sea=True, debug=True).executables[0]
    node = node_binary(major, "linux", "x64")
    flags = {
        "": False,
        "--max-old-space-size=500 --stack-trace-limit=5": False,
        "--jitless": True,
    }
    for options, are_refused in flags.items():
        environment = {"NODE_OPTIONS": options, "NODE_NO_WARNINGS": "1"}
        expected = complete([node, root / "index.js"], cwd=None, env=environment, timeout=60)
        assert expected.code == 0, expected.stderr
        ran = complete([executable.path], cwd=None, env=environment, timeout=60)
        assert (ran.code, ran.stdout, ran.stderr) == (0, expected.stdout, expected.stderr)
        told = complete(
            [executable.path], cwd=None, env={**environment, "DEBUG_PKG": "1"}, timeout=60
        )
        assert bool(REFUSED.search(told.stderr)) == (are_refused and major != "20")
        assert told.stdout.endswith(expected.stdout)


def test_commonjs_has_caches(make_project: MakeProject, build: Build) -> None:
    result = build(make_project({**FILES, "dead.js": "function (", "more.cjs": "1;"}), sea=True)
    assert result.executables[0].scripts == ScriptCounts(bytecode=0, both=2, source=1)
    assert not result.findings
    image = packaged(result)
    assert image.config["bytecode"]["isHint"]
    assert set(image.bytecode) == {"app/index.js", "app/lib.js"}


@pytest.mark.parametrize("major", ["22", "24", "26"])
def test_node_does_not_warn_of_the_way_to_its_import(
    major: str, make_project: MakeProject, build: Build
) -> None:
    files = {
        "package.json": package("app"),
        "index.js": "/** @type {import('./t').T} */ const a = require('./a'); a.later();\n",
        "a.js": "exports.later = () => require('./b');\n",
        "b.js": "import('./c.mjs').then((c) => console.log(c.default));\n",
        "c.mjs": "export default 5;\n",
    }
    result = build(make_project(files), f"node{major}-linux-x64", sea=True)
    caches = packaged(result).bytecode
    found = {name for name, cache in caches.items() if cache.calls == IMPORT}
    assert (found, len(caches)) == ({"app/b.js"}, 3)
    ran = complete([result.executables[0].path], cwd=None, env={}, timeout=60)
    assert (ran.stdout, ran.stderr) == ("5\n", "")


def test_a_script_that_v8_does_not_compile_ships_alone(
    make_project: MakeProject, build: Build
) -> None:
    files = {**FILES, "index.js": "try { require('./broken'); } catch ({ name }) {"}
    files |= {"index.js": files["index.js"] + " console.log(name); }", "broken.js": "let let;"}
    (executable,) = build(make_project(files), sea=True).executables
    assert executable.scripts == ScriptCounts(bytecode=0, both=1, source=1)
    ran = complete([executable.path], cwd=None, env={}, timeout=60)
    assert (ran.stdout, ran.stderr) == ("SyntaxError\n", "")


def test_coverage_is_that_of_plain_node(
    node_binary: FindNode, make_project: MakeProject, build: Build, tmp_path: Path
) -> None:
    root = make_project(FILES)
    (executable,) = build(root, sea=True).executables
    programs = ([node_binary("24", "linux", "x64"), root / "index.js"], [executable.path])
    found = []
    for number, command in enumerate(programs):
        folder = tmp_path / f"coverage{number}"
        environment = {"NODE_V8_COVERAGE": str(folder)}
        assert complete([*command], cwd=None, env=environment, timeout=60).code == 0
        (report,) = folder.iterdir()
        scripts = json.loads(report.read_text())["result"]
        found.append(
            {
                name: [one["functions"] for one in scripts if one["url"].endswith(f"/app/{name}")]
                for name in ("index.js", "lib.js", "module.mjs")
            }
        )
    assert found[0] == found[1]
    assert all(found[0].values())


def test_a_damaged_cache_is_one_sentence(make_project: MakeProject, build: Build) -> None:
    (executable,) = build(make_project(FILES), sea=True).executables
    with executable.path.open("r+b") as file:
        place = find_blob(read_elf(file))
        assert place is not None
        assets = dict(read_blob(file, *place, BlobLayout.of(read_facts(executable.path))).assets)
        file.seek(assets[b"sealift/bytecode"].offset + 100)
        (byte,) = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte ^ 1]))
    ran = complete([executable.path], cwd=None, env={}, timeout=60)
    assert ran.code == 1
    assert ran.stdout == ""
    assert ran.stderr.startswith("sealift: The bytecode of /snapshot/app/index.js is damaged")
    assert ran.stderr.count("\n") == 1


def test_nothing_is_fetched_to_make_them(
    make_project: MakeProject, node_binary: FindNode, tmp_path: Path
) -> None:
    target = "node24-macos-arm64"
    named = {target: node_binary("24", "macos", "arm64")}

    def built(*targets: str) -> sealift.BuildResult:
        node = NodeOptions(binaries=named, cache=tmp_path / "cache")
        options = BuildOptions(
            entry=make_project(FILES), targets=targets, out_path=tmp_path, sea=True, node=node
        )
        return sealift.build(options)

    alone = built(target)
    assert alone.executables[0].scripts == ScriptCounts(bytecode=0, both=0, source=3)
    (told,) = [one for one in alone.findings if one.code == "without-code-caches"]
    assert "linux-x64" in told.message
    host = "node24-linux-x64"
    named[host] = node_binary("24", "linux", "x64")
    both = built(target, host)
    assert {one.scripts for one in both.executables} == {ScriptCounts(0, 2, 1)}
    assert not [one for one in both.findings if one.code == "without-code-caches"]


def test_es_modules_alone_need_no_compiler(
    make_project: MakeProject, node_binary: FindNode, tmp_path: Path
) -> None:
    target = "node24-macos-arm64"
    node = NodeOptions(
        binaries={target: node_binary("24", "macos", "arm64")}, cache=tmp_path / "cache"
    )
    entry = make_project({"main.mjs": "console.log(1);"}) / "main.mjs"
    result = sealift.build(
        BuildOptions(entry=entry, targets=(target,), out_path=tmp_path, sea=True, node=node)
    )
    assert result.executables[0].scripts == ScriptCounts(bytecode=0, both=0, source=1)
    assert not [one for one in result.findings if one.code == "without-code-caches"]
