"""Packages that use the text of functions fail without it, with a warning, and work with it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rigs.machine import Completed
from sealift.findings import IncompleteProjectError, Severity
from support.bytecode_builds import Build, package

PACKAGES = {
    "awilix": "13.0.5",
    "dot": "1.1.3",
    "jison": "0.4.18",
    "serialize-javascript": "7.1.4",
    "uglify-js": "3.19.3",
    "workerpool": "10.0.3",
}
AWILIX = """
const { createContainer, asFunction, InjectionMode } = require('awilix');
const container = createContainer({ injectionMode: InjectionMode.CLASSIC });
container.register({ one: asFunction(() => 1), two: asFunction((one) => one + 1) });
console.log(container.resolve('two'));
"""
DOT = "console.log(require('dot').template('{{!it.name}}')({ name: '<b>' }));"
JISON = """
const { Parser } = require('jison');
const rules = [['[a-f0-9]+', "return 'HEX';"]];
console.log(new Parser({ lex: { rules }, bnf: { hex: ['HEX'] } }).parse('ab'));
"""
SERIALIZE = "console.log(require('serialize-javascript')({ f(a) { return a + 1; } }));"
UGLIFY = "console.log(require('uglify-js').minify('var a = 1 + 2; console.log(a)').code);"
WORKERPOOL = """
const pool = require('workerpool').pool();
pool.exec((a, b) => a + b, [3, 4]).then(console.log, () => console.log('failed'))
  .then(() => pool.terminate());
"""
GIVEN = {"awilix": AWILIX, "serialize-javascript": SERIALIZE, "workerpool": WORKERPOOL}
OWN = {"dot": DOT, "jison": JISON, "uglify-js": UGLIFY}


@pytest.mark.registry
@pytest.mark.parametrize("name", PACKAGES)
def test_the_warning_is_true(
    name: str,
    build: Build,
    npm_project: Callable[[Mapping[str, str]], Path],
    run_node: Callable[..., Completed],
    tmp_path: Path,
) -> None:
    root = shutil.copytree(npm_project(PACKAGES), tmp_path / "app", symlinks=True)
    (root / "package.json").write_text(package("app", dependencies={name: "*"}))
    (root / "index.js").write_text({**GIVEN, **OWN}[name])
    if name in OWN:
        # As if it were secret.
        manifest = root / "node_modules" / name / "package.json"
        content = json.loads(manifest.read_text())
        manifest.write_text(json.dumps({**content, "license": "UNLICENSED", "licenses": []}))
    plain = run_node("24", str(root / "index.js"))
    assert plain.code == 0, plain.stderr

    try:
        result = build(root / "index.js")
    except IncompleteProjectError as error:  # it always uses the text
        (problem,) = (one for one in error.findings if one.severity is Severity.ERROR)
        assert problem.code == "function-text-left-out"
        result = build(root / "index.js", fallback_to_source=True)
    told = [one.message for one in result.findings if one.code == "function-text-left-out"]
    assert any(message.startswith(name) for message in told)
    assert said(result.executables[0].path) != plain.stdout

    result = build(root / "index.js", public=True, public_packages=("*",))
    assert not [one for one in result.findings if one.code == "function-text-left-out"]
    assert said(result.executables[0].path) == plain.stdout


def said(program: Path) -> str:
    done = subprocess.run([program], capture_output=True, text=True, check=False, timeout=60)
    return done.stdout
