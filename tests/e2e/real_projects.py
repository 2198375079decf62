"""Real projects without any configuration for sealift, and how to run each."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parent.parent


@dataclass(frozen=True, slots=True)
class Run:
    """One call of the program; ``env`` is added to a bare environment."""

    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RealProject:
    """A project to package.

    Attributes:
        sources: folder of the project's own files in this repository, or "" for none.
        packages: set of `rigs.npm.PROJECTS` that it depends on, or "" for none.
        entry: the argument of sealift, relative to the project.
        script: the argument of plain Node, relative to the project.
        work: content by name of the files in the program's working directory.
        portable: whether its output is the same on every platform.
    """

    sources: str
    packages: str
    entry: str
    script: str
    runs: tuple[Run, ...] = (Run(),)
    work: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()

    def install(self, directory: Path, packages: Path | None) -> None:
        """Copy the project's files into ``directory``; ``packages`` holds its ``node_modules``."""
        if self.sources:
            ignored = shutil.ignore_patterns("node_modules", "out")
            shutil.copytree(_ROOT / self.sources, directory, ignore=ignored)
        else:
            directory.mkdir()
        if packages is None:
            return
        for name in ("package.json", "node_modules"):
            if not (directory / name).exists():
                _copy(packages / name, directory / name)

    def fill(self, directory: Path) -> None:
        """Make the working directory of the program."""
        shutil.rmtree(directory, ignore_errors=True)
        for name, text in self.work.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        directory.mkdir(exist_ok=True)


def _link_or_copy(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, copy_function=_link_or_copy)
    else:
        shutil.copy2(source, target)


TYPESCRIPT = {
    "tsconfig.json": (
        '{ "compilerOptions": { "strict": true, "target": "es2022", "outDir": "out" } }'
    ),
    "good.ts": "export const half = (n: number): number => n / 2;\nconsole.log(half(84));\n",
    "bad.ts": "const text: string = 42;\nPromise.resolve(text).then((t) => t.toFixed());\n",
}

ESLINT = {
    "eslint.config.mjs": (
        "export default [{ rules: { 'no-unused-vars': 'error', semi: ['warn', 'always'] } }];\n"
    ),
    "clean.js": "export const one = 1;\n",
    "dirty.js": "const unused = 1\nif (true) { undefinedFunction() }\n",
}

WEBPACK = {
    "src/index.js": (
        "import { used } from './lib.js';\n"
        "import('./later.js').then((later) => later.go(used()));\n"
    ),
    "src/lib.js": "export const used = () => 'kept';\nexport const unused = () => 'shaken off';\n",
    "src/later.js": "export function go(aVeryLongName) { console.log(aVeryLongName + '!'); }\n",
}

PRETTIER = {
    "code.ts": "const   a :number=1;function  f( ){return   a}",
    "style.css": "a{color:red;background:blue}",
    "text.md": "Title\n===\n* one\n* two",
    "data.yaml": "a:   1\nb:\n    - 2",
    "page.vue": "<template><p>x</p></template><script>export default {a:1}</script>",
}

TERSER = {
    "code.js": (
        "// A comment\nfunction area(width, height = 2) {\n  const result = width * height;\n"
        "  return result;\n}\nclass Shape { #sides = 4; get sides() { return this.#sides; } }\n"
        "console.log(area(21), new Shape().sides, `${1 + 1}`);\n"
    ),
}

PROJECTS: Mapping[str, RealProject] = {
    "express-views": RealProject(
        "examples/express-views",
        "express",
        ".",
        "server.js",
        (Run(("--selftest",)), Run(("--version",)), Run(("--help",))),
    ),
    "esm-cli": RealProject(
        "examples/esm-cli",
        "commander",
        ".",
        "cli.js",
        (
            Run(("hash", "text")),
            Run(("count", "words.txt")),
            Run(("--help",)),
            Run(("--version",)),
            Run(("bogus",)),
        ),
        {"words.txt": "one two\nthree\n"},
    ),
    "processes": RealProject("tests/e2e/projects/processes", "", "main.js", "main.js"),
    "cycle": RealProject("tests/e2e/projects/cycle", "", "package.json", "start.cjs"),
    "fastify": RealProject("tests/e2e/projects/fastify-app", "fastify", ".", "app.mjs"),
    "aws-s3": RealProject("tests/e2e/projects/s3-client", "aws-s3", ".", "list.js"),
    "yargs": RealProject(
        "tests/e2e/projects/yargs-cli",
        "yargs",
        ".",
        "cli.js",
        (
            Run(("add", "2", "3", "--loud")),
            Run(("--help",), {"APP_LOCALE": "de"}),
            Run(("--version",)),
            Run(("bogus",)),
        ),
    ),
    "typescript": RealProject(
        "",
        "typescript",
        "node_modules/typescript",
        "node_modules/typescript/bin/tsc",
        (Run(("-p", ".", "--locale", "de")), Run(("--version",))),
        TYPESCRIPT,
        ("--bin", "tsc"),
    ),
    "eslint": RealProject(
        "",
        "eslint",
        "node_modules/eslint/package.json",
        "node_modules/eslint/bin/eslint.js",
        (Run((".",)), Run(("clean.js",)), Run(("-f", "json", "dirty.js")), Run(("--version",))),
        ESLINT,
    ),
    "webpack": RealProject(
        "",
        "webpack",
        "node_modules/webpack-cli",
        "node_modules/webpack-cli/bin/cli.js",
        (Run(("--mode", "production", "--stats", "errors-only")),),
        WEBPACK,
    ),
    "prettier": RealProject(
        "",
        "prettier",
        "node_modules/prettier",
        "node_modules/prettier/bin/prettier.cjs",
        (Run(("--write", ".", "--log-level", "warn")), Run(("--check", "."))),
        PRETTIER,
    ),
}

# Together they have every kind of code.
BYTECODE_PROJECTS: Mapping[str, RealProject] = {
    "features": RealProject("tests/support/bytecode_programs", "", "features.js", "features.js"),
    "module": RealProject("tests/support/bytecode_programs", "", "module.mjs", "module.mjs"),
    "lines": RealProject("tests/e2e/projects/lines", "", ".", "main.js"),
    "lodash": RealProject("tests/e2e/projects/lodash-use", "lodash", ".", "main.js"),
    "terser": RealProject(
        "",
        "terser",
        "node_modules/terser",
        "node_modules/terser/bin/terser",
        (
            Run(("code.js", "--compress", "--mangle", "--toplevel")),
            Run(("code.js", "--beautify", "--source-map", "-o", "out.js")),
        ),
        TERSER,
    ),
    # It reads its own source.
    "processes": replace(PROJECTS["processes"], options=("--public",)),
    **{
        name: PROJECTS[name]
        for name in ("cycle", "esm-cli", "express-views", "fastify", "typescript")
    },
}
