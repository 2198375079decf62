"""ES modules that are bytecode behave as in plain Node: imports and hooks."""

# ruff: noqa: E501 - lines of JavaScript
from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sealift.bytecode.script_calls import EVALUATION
from support.bytecode_builds import Build, MakeProject, package, packaged

# (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
WASM = base64.b64decode("AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABagsACgRuYW1lAgMBAAA=")

CONDITIONS = {
    "package.json": package(
        "app",
        type="module",
        dependencies={"dep": "1"},
        imports={
            "#own": {"special": "./special.js", "default": "./plain.js"},
        },
    ),
    "index.js": """
        import { createRequire } from 'node:module';
        import dep from 'dep';
        import own from '#own';
        const name = ['d', 'ep'].join('');
        const require = createRequire(import.meta.url);
        const late = (await import(name)).default;
        console.log(dep, own, late, require('dep'), require(name), import.meta.resolve('dep').slice(-10));
    """,
    "special.js": "export default 'special';",
    "plain.js": "export default 'plain';",
    "node_modules/dep/package.json": package(
        "dep",
        exports={
            ".": {
                "special": {"import": "./s.mjs", "require": "./s.cjs"},
                "default": {"import": "./d.mjs", "require": "./d.cjs"},
            }
        },
    ),
    "node_modules/dep/s.mjs": "export default 'special module';",
    "node_modules/dep/s.cjs": "module.exports = 'special script';",
    "node_modules/dep/d.mjs": "export default 'default module';",
    "node_modules/dep/d.cjs": "module.exports = 'default script';",
}
JSON = {
    "package.json": package("app", type="module"),
    "data.json": '{"a": 1}',
    "lib.js": "import data from './data.json' with { type: 'json' };\nexport { data };",
    "index.js": """
        import { createRequire } from 'node:module';
        import data, { default as same } from './data.json' with { type: 'json' };
        import * as lib from './lib.js';
        console.log(data, same === data, lib.data === data);
        const late = await import('./data.json', { with: { type: 'json' } });
        console.log(late, late.default === data, createRequire(import.meta.url)('./data.json') === data);
        for (const options of [undefined, { with: { type: 'css' } }, { with: { type: 'json', a: 'b' } }]) {
            await import('./data.json', options).catch((error) => console.log(error.code, error.name));
        }
        await import('./lib.js', { with: { type: 'json' } }).catch((error) => console.log(error.code));
    """,
}
CHANGING = """
const { registerHooks } = require('node:module');
registerHooks({
  load(url, context, next) {
    const found = next(url, context);
    if (!url.includes('changed')) return found;
    return { ...found, source: `${found.source}\\nglobalThis.changed = true;` };
  },
});
console.log(require('./same.cjs'));
import('./same.cjs').then((same) => console.log(same.default, same.five));
try {
  require('./changed.cjs');
} catch (error) {
  console.log(error.message);
}
import('./changed.mjs').catch((error) => console.log(error.message));
process.on('exit', () => console.log(globalThis.changed));
"""
SOURCE_PHASE = {
    "package.json": package("app", type="module", pkg={"assets": "*.wasm"}),
    "index.js": """
        import source compiled from './add.wasm';
        const { exports } = new WebAssembly.Instance(compiled);
        console.log(compiled instanceof WebAssembly.Module, exports.add(2, 3));
    """,
}
WASM_IMPORT = {
    "package.json": package("app", type="module", pkg={"assets": "*.wasm"}),
    "index.js": """
        import { add } from './add.wasm';
        import * as all from './add.wasm';
        console.log(add(2, 3), Object.keys(all), (await import('./add.wasm')).add === add);
    """,
}
HOOKS = {
    "package.json": package("app", type="module"),
    "index.js": """
        import { registerHooks } from 'node:module';
        import { seen } from './seen.js';
        const hooks = registerHooks({
          resolve(specifier, context, next) {
            if (specifier === 'virtual:a') return { url: 'virtual:a', format: 'module', shortCircuit: true };
            if (specifier === './old.js') return next('./new.js', context);
            const found = next(specifier, context);
            seen.push(['resolve', specifier.split('/').pop(), found.url.split('/').pop(), found.format]);
            return found;
          },
          load(url, context, next) {
            if (url === 'virtual:a') {
              return { format: 'module', source: 'export default "made";', shortCircuit: true };
            }
            if (url.endsWith('/replaced.js')) {
              return { format: 'module', source: 'export default "replaced"', shortCircuit: true };
            }
            const found = next(url, context);
            seen.push(['load', url.split('/').pop(), found.format]);
            return found;
          },
        });
        console.log(await import('./late.js'));
        console.log((await import('./replaced.js')).default);
        hooks.deregister();
        await import('./other.js');
        // Releases differ in the order, in how often they ask, and in what they know of CommonJS.
        console.log([...new Set(seen.map((row) => row.join(' ')))].filter((row) => !/cjs|\\.\\/|undefined$/.test(row)).sort());
    """,
    "seen.js": "export const seen = [];",
    "late.js": """
        import made from 'virtual:a'; // allowed to be missing
        import value from './old.js';
        import replaced from './replaced.js';
        import script from './script.cjs';
        import { join } from 'node:path';
        export { made, value, replaced, script };
        export const joined = join('a', 'b');
    """,
    "old.js": "export default 'old';",
    "new.js": "export default 'new';",
    "replaced.js": "export default 'not replaced';",
    "script.cjs": "module.exports = 'script';",
    "other.js": "export default 'other';",
}

Compare = Callable[..., None]


@pytest.fixture
def compare(
    make_project: MakeProject, build: Build, node_binary: Callable[[str, str, str], Path]
) -> Compare:
    """Callable: runs a project in plain Node and as bytecode, and compares the output."""

    def check(files: dict[str, str], version: str = "24", *options: str, **given: Any) -> None:
        root = make_project(files)
        if "add.wasm" in files.get("index.js", ""):
            (root / "add.wasm").write_bytes(WASM)
        target = f"node{version}-linux-x64"
        node = node_binary(version, "linux", "x64")
        (entry,) = (name for name in files if name.startswith("index."))
        plain = said([node, *options, root / entry], root)
        result = build(root / entry, target, exec_argv=options, **given)
        assert result.executables[0].scripts.bytecode > 0
        shutil.rmtree(root)
        got = said([result.executables[0].path], root)
        assert got == plain, got[2]
        assert plain[0] == 0, plain

    return check


def said(command: list[Any], root: Path) -> tuple[int, str, str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    errors = re.sub(r"\(node:\d+\)|Use `[^`]* --trace-warnings", "", done.stderr)
    text = done.stdout.replace("/snapshot/app", str(root))
    return done.returncode, text, errors.replace("/snapshot/app", str(root))


@pytest.mark.parametrize("version", ["22", "24", "26"])
def test_json(compare: Compare, version: str) -> None:
    compare(JSON, version)


@pytest.mark.parametrize("extension", ["cjs", "mjs"])
def test_lines_of_every_length(compare: Compare, extension: str) -> None:
    """Line ends are stored in bytes; traces and classes must be right after long lines."""
    lengths = [*range(180, 265), *range(500, 515), *range(760, 767), 1020]
    lines = [f"at({' ' * (length - 15)}{number:5});" for number, length in enumerate(lengths)]
    head = "const at = (n) => { const l = /:(\\d+):\\d+\\)?$/.exec(new Error().stack.split('\\n')[2])[1];"
    print_it = " if (l - n !== 2) console.log(n, l); };\n"
    tail = (
        "\nclass Last { a() {} }\nconsole.log(Last, [Last].map(String)[0].slice(0, 5), at(%d));\n"
    )
    source = head + print_it + "\n".join(lines) + tail % len(lines)
    compare({"package.json": package("app"), f"index.{extension}": source})


@pytest.mark.parametrize("version", ["22", "24", "26"])
def test_conditions(compare: Compare, version: str) -> None:
    compare(CONDITIONS, version, "--conditions=special")


@pytest.mark.parametrize("version", ["24", "26"])
def test_wasm(compare: Compare, version: str) -> None:
    compare(WASM_IMPORT, version)


@pytest.mark.parametrize("version", ["24", "26"])
def test_source_of_wasm(compare: Compare, version: str) -> None:
    compare(SOURCE_PHASE, version)


@pytest.mark.parametrize("version", ["22", "24", "26"])
def test_hooks_that_change_an_omitted_source(
    make_project: MakeProject, build: Build, version: str
) -> None:
    """That throws an error; with the source it works."""
    files = {
        "package.json": package("app"),
        "index.cjs": CHANGING,
        "same.cjs": "exports.five = 5;",
        "changed.cjs": "exports.six = 6;",
        "changed.mjs": "export default 7;",
    }
    root = make_project(files)
    target = f"node{version}-linux-x64"
    code, text, errors = said([build(root / "index.cjs", target).executables[0].path], root)
    assert (code, errors) == (0, "")
    lines = text.splitlines()
    assert lines[0] == "{ five: 5 }"
    assert lines[-1] == "undefined"
    refusals = [line for line in lines if "contains only its bytecode. Build with --public" in line]
    assert [line.partition("changed.")[2][:3] for line in refusals] == ["cjs", "mjs"]
    assert "{ five: 5 } 5" in lines
    public = build(root / "index.cjs", target, public=True).executables[0].path
    code, text, errors = said([public], root)
    assert (code, text.splitlines()[-1], errors) == (0, "true", "")


@pytest.mark.parametrize("version", ["22", "24", "26"])
def test_hooks_of_the_program(compare: Compare, version: str) -> None:
    scripts = {"scripts": ["late.js", "old.js", "new.js", "replaced.js", "script.cjs", "other.js"]}
    compare(
        {**HOOKS, "package.json": package("app", type="module", pkg=scripts)},
        version,
        allow_missing=True,
    )


@pytest.mark.parametrize("major", ["22", "24", "26"])
def test_text_that_is_evaluated_imports_packaged_modules(
    major: str, build: Build, make_project: MakeProject
) -> None:
    """Whether the build sees that a script evaluates, or not: then Node itself imports."""
    call = "('/snapshot/app/late.mjs').then(({ default: value }) => console.log(value))"
    files = {
        "package.json": package("app", pkg={"scripts": ["late.mjs"]}),
        "index.js": "require('./seen'); require('./hidden');",
        "seen.js": f'eval("imp" + "ort" + {json.dumps(call)});',
        "hidden.js": f'globalThis["ev" + "al"]("imp" + "ort" + {json.dumps(call)});',
        "late.mjs": "export default 7;",
    }
    result = build(make_project(files), f"node{major}-linux-x64")
    cache = packaged(result).bytecode
    assert {name: cache[f"app/{name}"].calls for name in ("index.js", "seen.js", "hidden.js")} == {
        "index.js": 0,
        "seen.js": EVALUATION,
        "hidden.js": 0,
    }
    done = subprocess.run([result.executables[0].path], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "7\n7\n"), done.stderr
