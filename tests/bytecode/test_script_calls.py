"""Which scripts may call import(): never too few of them, as Node itself shows."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.bytecode.script_calls import EVALUATION, IMPORT, calls_of

CALLING = [
    "import('./x')",
    "const x = 1; import ('./x')",
    "import\n(\n'./x')",
    "import\u00a0('./x')",
    "import /* a comment ( */ ('./x')",
    "import // a comment\n ('./x')",
    "/** @type {import('./t')} */ (import('./x'))",
    "/** @type {Foo} */ const x = import('./x')",
    "// @type {Foo\nimport('./x')",
    "// @type {Foo\rimport('./x')",
    "// @type {Foo\u2028import('./x')",
    "const text = '@type {' + import('./x')",
    "const text = `@type {${import('./x')}`",
    "/@type {/.test(import('./x'))",
    "new Function('return import(\"./x\")')()",
    "eval('import(\"./x\")')",
    "({ import: 1 }).import; import('./x')",
    "if (false) ;else import('./x')",
]
NOT_CALLING = [
    "const important = 1",
    "// import everything",
    "/* import/no-unresolved: off */",
    "reimport('./x'); function reimport() {}",
    "/** @type {import('./t').Foo} */ const x = 1",
    "/** @param {import('./t').Foo} x @returns {import('./u').Bar} */ function f(x) {}",
    "// @property {import('./t').Foo} x",
]


@pytest.mark.parametrize("source", CALLING)
def test_calls_are_found(source: str) -> None:
    assert calls_of(source.encode()) & IMPORT


@pytest.mark.parametrize("source", NOT_CALLING)
def test_most_other_text_is_no_call(source: str) -> None:
    assert not calls_of(source.encode()) & IMPORT


def test_node_agrees(node_binary: Callable[[str, str, str], Path]) -> None:
    """What is in the first list does call ``import()``, and what is in the second does not."""
    program = (
        "const vm = require('node:vm'); let called;"
        " const importModuleDynamically = vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;"
        " process.on('warning', () => {}); process.emitWarning = () => { called = true; };"
        " const one = (text) => { called = false;"
        " const value = vm.runInThisContext(text, { importModuleDynamically });"
        " value?.catch?.(() => {}); return text; };"
        " process.on('unhandledRejection', () => {});"
        " one(JSON.parse(require('node:fs').readFileSync(0, 'utf8')));"
        " console.log(called);"
    )
    node = node_binary("24", "linux", "x64")
    for source in (*CALLING, *NOT_CALLING):
        done = subprocess.run(
            [node, "-e", program],
            input=json.dumps(source),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert done.stdout == f"{source in CALLING}\n".lower(), source


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("eval('1')", EVALUATION),
        ("(0, eval)('1')", EVALUATION),
        ("new Function('return 1')", EVALUATION),
        ("AsyncFunction('return 1')", EVALUATION),
        ("const evaluate = eval; evaluate('1')", EVALUATION),
        ("Function.apply(null, ['return 1'])", EVALUATION),
        ("Reflect.construct(Function, ['return 1'])", EVALUATION),
        ("x instanceof Function", 0),
        ("eval('import(\"x\")')", EVALUATION | IMPORT),
        ("evaluate(1); x.evalTwice()", 0),
    ],
)
def test_what_evaluates_text_is_found(source: str, expected: int) -> None:
    assert calls_of(source.encode()) == expected
