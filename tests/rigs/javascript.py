"""Check the JavaScript: ``python -m rigs.javascript [--fix] [--if-installed]``.

ESLint and Prettier check the runtime, the bytecode compiler and their unit tests, by
``eslint.config.mjs`` and ``.prettierrc.json``. TypeScript's compiler checks the JSDoc types by each
``tsconfig.json``. Node's own test runner runs ``tests/runtime/js/*.test.js`` on every pinned
release. npm installs the tools at pinned versions (`rigs.npm.PROJECTS`).

``--fix`` formats and fixes instead of checking the style. ``--if-installed`` does nothing if the
tools are not installed yet: it never needs the network.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from rigs import RigError
from rigs.binaries import find_binary
from rigs.npm import install, is_installed

ROOT = Path(__file__).resolve().parent.parent.parent
TYPED_FOLDERS = (
    "src/sealift/runtime",
    "src/sealift/bytecode",
    "src/sealift/hooks",
    "src/sealift/typescript",
    "tests/runtime/js",
    "packages/npm",
)
_CHECKED = (
    *(path if path.endswith("/js") else f"{path}/js" for path in TYPED_FOLDERS),
    "packages/npm/bin",
)
_MAJORS = ("20", "22", "24", "26")

Command = list[str | Path]


def main(arguments: list[str]) -> int:
    """Run all checks; return 1 if one fails."""
    if "--if-installed" in arguments and not is_installed("javascript"):
        sys.stdout.write(
            "skipped: the tools are not installed; python3 dev.py check --all does it\n"
        )
        return 0
    try:
        nodes = [find_binary(major, "linux", "x64") for major in _MAJORS]
        modules = install("javascript") / "node_modules"
    except RigError as error:
        sys.stdout.write(f"missing: {error}\n")
        return 1
    commands = [
        *style_commands(nodes[-1], modules, fix="--fix" in arguments),
        *type_commands(nodes[-1], modules),
        *unit_test_commands(nodes),
    ]
    codes = [subprocess.run(command, cwd=ROOT, check=False).returncode for command in commands]
    return 1 if any(codes) else 0


def style_commands(node: Path, modules: Path, *, fix: bool = False) -> Iterator[Command]:
    """Yield the commands of ESLint and Prettier; each fails if it finds something."""
    eslint = modules / "eslint" / "bin" / "eslint.js"
    yield [node, eslint, "--max-warnings=0", *(["--fix"] if fix else []), *_CHECKED]
    prettier = modules / "prettier" / "bin" / "prettier.cjs"
    mode = "--write" if fix else "--check"
    yield [node, prettier, "--log-level=warn", mode, "eslint.config.mjs", *_CHECKED]


def type_commands(node: Path, modules: Path) -> Iterator[Command]:
    """Yield the commands of TypeScript's compiler, which only checks."""
    compiler = modules / "typescript" / "lib" / "tsc.js"
    for folder in TYPED_FOLDERS:
        types = ["--typeRoots", modules / "@types"]
        yield [node, compiler, "--noEmit", *types, "--project", folder]


def unit_test_commands(nodes: list[Path]) -> Iterator[Command]:
    """Yield the command that runs the unit tests, for each release."""
    scripts = sorted((ROOT / "tests" / "runtime" / "js").glob("*.test.js"))
    for node in nodes:
        yield [node, "--test", "--test-reporter=dot", *scripts]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
