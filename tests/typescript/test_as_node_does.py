"""TypeScript in executables behaves as under plain Node, in source and bytecode form."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.findings import Severity
from support.bytecode_builds import HOST, Build, MakeProject, package

MODULE = package("app", type="module")
COMMONJS = package("app")
STACK = (
    "error.stack.split('\\n').slice(0, 3)"
    ".map((line) => line.replace(/\\(?(file:\\/\\/)?\\/.*\\//, ''))"
)

PROGRAMS = {
    "an ES module": (
        "index.ts",
        {
            "package.json": MODULE,
            "index.ts": "import { add, type Sum } from './lib/add.ts';\n"
            "import type { Missing } from './nowhere.ts';\n"
            "import old from './lib/old.cts';\nimport * as next from './lib/next.mts';\n"
            "import data from './data.json' with { type: 'json' };\n"
            "const sum: Sum = add(1, 2)!;\n"
            "console.log(sum, old.name, next.value, data.x, import.meta.main);\n"
            "const lazy = await import(`./lib/${'lazy' as string}.ts`);\n"
            "console.log(lazy.default<string>('x'));\n",
            "lib/add.ts": "export type Sum = number;\n"
            "export const add = (a: number, b: number): Sum | undefined => a + b;\n",
            "lib/old.cts": "const path: typeof import('node:path') = require('node:path');\n"
            "module.exports = { name: path.basename(__filename) as string };\n",
            "lib/next.mts": "export const value: number = 4;\n",
            "lib/lazy.ts": "export default function <T>(x: T): T { return x }\n",
            "data.json": '{"x": 5}',
        },
    ),
    "CommonJS": (
        "index.ts",
        {
            "package.json": COMMONJS,
            "index.ts": "const lib = require('./lib.ts') as { a: number };\n"
            "console.log(lib.a, require.main === module, __filename.slice(-8));\n",
            "lib.ts": "exports.a = 1 as number;\n",
        },
    ),
    "a module by its syntax": (
        "index.ts",
        {"package.json": COMMONJS, "index.ts": "export {};\nconsole.log(typeof module);\n"},
    ),
    "an entry .mts": (
        "index.mts",
        {"package.json": COMMONJS, "index.mts": "console.log(import.meta.url.slice(-9) as any);\n"},
    ),
    "an entry .cts": (
        "index.cts",
        {"package.json": MODULE, "index.cts": "console.log(typeof require as string);\n"},
    ),
    "imported from JavaScript": (
        "index.js",
        {
            "package.json": COMMONJS,
            "index.js": "console.log(require('./a.ts').a);\n"
            "import('./b.mts').then((b) => console.log(b.b));\n",
            "a.ts": "exports.a = 'a' satisfies string;\n",
            "b.mts": "export const b: string = 'b';\n",
        },
    ),
    "syntax that goes away": (
        "index.ts",
        {
            "package.json": MODULE,
            "index.ts": "#!/usr/bin/env node\ninterface A { a: string }\n"
            "declare const global_: number;\ntype B = A & { readonly b?: [x: number] };\n"
            "function over(a: string): string;\nfunction over(a: number): number;\n"
            "function over(a: any) { return a }\n"
            "abstract class Animal { declare kind: string; abstract name(): string }\n"
            "class Dog<T> extends Animal { #x?: number = 1;\n"
            "  override name(this: Dog<T>): string { return 'dog' + this.#x } }\n"
            "const b = { a: 'é' } satisfies B as B;\n"
            "console.log(over<any>(3), new Dog<string>().name(), b, ((x?: number) => x)(1)!);\n",
        },
    ),
    "places in a stack trace": (
        "index.ts",
        {
            "package.json": MODULE,
            "index.ts": "import { fail } from './fail.mts';\ninterface A {\n  a: string;\n}\n"
            f"try {{ const a: A = fail(); }} catch (error: any) {{ console.log({STACK}); }}\n",
            "fail.mts": "type Long = 'é' | 'ß';\n\nexport function fail(): never {\n"
            "  const é: Long = 'é';   throw new Error<string>('bad' as string);\n}\n".replace(
                "Error<string>", "Error"
            ),
        },
    ),
    "a worker": (
        "index.ts",
        {
            "package.json": MODULE,
            "index.ts": "import { Worker } from 'node:worker_threads';\n"
            "const worker = new Worker(new URL('./worker.ts', import.meta.url));\n"
            "worker.on('message', (x: number) => console.log('worker', x));\n",
            "worker.ts": "import { parentPort } from 'node:worker_threads';\n"
            "parentPort!.postMessage(42 as number);\n",
        },
    ),
    "keywords as names of exports, which the scanner's parser refuses": (
        "index.ts",
        {
            "package.json": MODULE,
            "index.ts": "import * as lib from './lib.ts';\nconsole.log(lib.null, lib.catch);\n",
            "lib.ts": "const a: number = 1;\nexport { a as null, a as catch };\n",
        },
    ),
    "a byte order mark": (
        "index.ts",
        {"package.json": COMMONJS, "index.ts": "\ufeffconst a: number = 1; console.log(a);\n"},
    ),
}


def run(*command: str | Path) -> tuple[str, str, int]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout, done.stderr, done.returncode


@pytest.mark.parametrize("sea", [True, False], ids=["source", "bytecode"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program(
    make_project: MakeProject,
    build: Build,
    node_binary: Callable[[str, str, str], Path],
    name: str,
    sea: bool,
) -> None:
    entry, files = PROGRAMS[name]
    root = make_project(files)
    output, problem, code = run(node_binary(*HOST.removeprefix("node").split("-")), root / entry)
    assert code == 0, problem
    result = build(root / entry, sea=sea)
    assert not [one for one in result.findings if one.severity != Severity.NOTE]
    assert run(result.executables[0].path) == (output, "", 0)


@pytest.mark.parametrize("sea", [True, False], ids=["source", "bytecode"])
def test_enums_namespaces_and_parameter_properties(
    make_project: MakeProject,
    build: Build,
    node_binary: Callable[[str, str, str], Path],
    sea: bool,
) -> None:
    files = {
        "package.json": package("app", pkg={"typescript": "transform"}),
        "index.ts": "enum A { B = 1 }\nnamespace N { export const x = 2 }\n"
        "class P { constructor(private y: number) {} get() { return this.y } }\n"
        "console.log(A.B, N.x, new P(3).get());\n",
    }
    root = make_project(files)
    node = node_binary(*HOST.removeprefix("node").split("-"))
    expected, _, _ = run(node, "--experimental-transform-types", root / "index.ts")
    result = build(root / "index.ts", sea=sea)
    assert run(result.executables[0].path) == (expected, "", 0)


def test_transformed_source_has_a_source_map(
    make_project: MakeProject, build: Build, node_binary: Callable[[str, str, str], Path]
) -> None:
    files = {
        "package.json": package("app", pkg={"typescript": "transform"}),
        "index.ts": "enum A {\n  B = 1,\n}\n"
        "function fail(): never {\n  throw new Error('bad');\n}\n"
        f"try {{ fail() }} catch (error: any) {{ console.log(A.B, {STACK}); }}\n",
    }
    root = make_project(files)
    node = node_binary(*HOST.removeprefix("node").split("-"))
    expected, _, _ = run(node, "--experimental-transform-types", root / "index.ts")
    assert "index.ts:5:9" in expected
    assert run(build(root / "index.ts", sea=True).executables[0].path) == (expected, "", 0)
