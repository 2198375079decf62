"""Scripts that packages read as text to describe an API, and paths of scripts that nobody reads."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sealift.findings import IncompleteProjectError, Severity
from support.bytecode_builds import Build, MakeProject, package

PACKAGES = {
    "swagger-jsdoc": "6.2.8",
    "express": "5.3.0",
    "express-jsdoc-swagger": "1.8.0",
    "openapi-comment-parser": "1.0.0",
}
ROUTE = """/**
 * @openapi
 * /hello:
 *   get:
 *     responses:
 *       200:
 *         description: Says hello
 */
/**
 * GET /album
 * @summary An album
 * @return {object} 200 - success response
 */
exports.route = 1;
"""
START = "const path = require('path'), { info } = require('./info'); require('./routes/a');\n"
FILES = {
    "package.json": package("app"),
    "info.js": "exports.info = { openapi: '3.0.0', info: { title: 'x', version: '1' } };",
    "routes/a.js": ROUTE,
    "routes/unread.txt": "",
}
SWAGGER = "require('swagger-jsdoc')({ definition: info, apis: %s }).paths"
EXPRESS = """require('express-jsdoc-swagger')(require('express')())(
  { info: info.info, baseDir: __dirname, filesPattern: %s }).on('finish', (d) => log(d.paths))"""
READERS = {
    "a list": SWAGGER % "[path.join(__dirname, 'routes/*.js')]",
    "a template": SWAGGER % "[`${__dirname}/routes/*.js`]",
    "its own file": SWAGGER % "[__filename]",
    "found files": SWAGGER % "require('fs').globSync(path.join(__dirname, 'routes/*.js'))",
    "a directory": EXPRESS % "['./routes/*.js']",
    "every script": EXPRESS % "'./**/*.js'",
    "with options": (
        "require('openapi-comment-parser')({ cwd: __dirname, include: ['routes/*'] }).paths"
    ),
    "around its caller": "require('openapi-comment-parser')().paths",
    "around its caller, with options": (
        "const read = require('openapi-comment-parser'); const options = { include: ['routes/*'] };"
        "log(read(options).paths);"
    ),
}
NAMED = "const apis = [path.join(__dirname, 'routes', '*.js')];\n"


@pytest.fixture
def project(
    npm_project: Callable[[Mapping[str, str]], Path], make_project: MakeProject
) -> Callable[[str], Path]:
    """Callable: a project with the packages, whose index.js ends in a code."""

    def make(code: str) -> Path:
        index = f"{START}const log = (x) => x && console.log(JSON.stringify(x));\n{code}\n"
        root = make_project({**FILES, "index.js": index})
        shutil.copytree(npm_project(PACKAGES) / "node_modules", root / "node_modules")
        return root

    return make


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.rpartition("\n{")[2]


@pytest.mark.parametrize("reader", READERS)
def test_scripts_that_packages_read(
    reader: str,
    project: Callable[[str], Path],
    build: Build,
    node_binary: Callable[[str, str, str], Path],
    tmp_path: Path,
) -> None:
    code = READERS[reader]
    root = project(code if "log" in code else f"log({code});")
    expected = run(node_binary("24", "linux", "x64"), root / "index.js", cwd=root)
    with pytest.raises(IncompleteProjectError) as raised:
        build(root)
    (error,) = (one for one in raised.value.findings if one.severity is Severity.ERROR)
    assert (error.code, error.file) == ("source-left-out", "index.js")
    assert error.line >= 3
    assert "routes/a.js" in error.message or reader == "its own file"
    for form in ({"fallback_to_source": True}, {"sea": True}):
        program = build(root, **form).executables[0].path
        assert run(program, cwd=tmp_path) == expected


@pytest.mark.parametrize(
    "code",
    [
        f"if (process.env.DOCS) {{ {NAMED} log({SWAGGER.replace('apis: %s', 'apis')}); }}",
        f"try {{ log({SWAGGER % '[__dirname + `/routes/*.js`]'}); }} catch {{}}",
    ],
)
def test_scripts_that_packages_may_read_are_reported(
    code: str, project: Callable[[str], Path], build: Build
) -> None:
    found = [one for one in build(project(code)).findings if one.code == "source-left-out"]
    assert [(one.severity, one.file) for one in found] == [(Severity.WARNING, "index.js")]
    assert "swagger-jsdoc" in found[0].message
    assert "routes/a.js" in found[0].message


def test_scripts_that_no_package_reads(make_project: MakeProject, build: Build) -> None:
    """Without the package, ``apis`` is an option like any other."""
    code = "require('./routes/a');\nexports.apis = [__dirname + '/info.js'];\n"
    found = build(make_project({**FILES, "index.js": code})).findings
    assert not [one for one in found if one.severity is Severity.ERROR]


LOOKS = """const fs = require('fs'), path = require('path');
const { execSync } = require('child_process');
const file = path.join(__dirname, 'other.js');
console.log(`${process.cwd() + __dirname}/other.js`.length > 0, path.basename(file));
console.log(path.relative(process.cwd(), path.join(__dirname, 'other.js')).length > 0);
console.log(fs.existsSync(file) && fs.statSync(__dirname + '/other.js').isFile());
if (process.argv[1] === path.resolve(__dirname, 'other.js')) console.log('other');
delete require.cache[path.join(__dirname, 'other.js')];
console.log(require(file), execSync(`node ${__dirname}/other.js`, { encoding: 'utf8' }));
const places = { other: path.join(__dirname, 'other.js') };
console.log(JSON.stringify(places).length > 0);
"""


def test_paths_of_scripts_that_are_not_read(
    make_project: MakeProject,
    build: Build,
    node_binary: Callable[[str, str, str], Path],
    tmp_path: Path,
) -> None:
    """They are printed, compared or tested, and the scripts are run."""
    other = "module.exports = 1; if (require.main === module) console.log('run');"
    root = make_project({"package.json": package("app"), "index.js": LOOKS, "other.js": other})
    result = build(root)
    assert [one for one in result.findings if one.code == "source-left-out"] == []
    node = node_binary("24", "linux", "x64")
    environment = {"PATH": str(node.parent)}
    plain, packaged = (
        subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        ).stdout
        for command in ([node, root / "index.js"], [result.executables[0].path])
    )
    assert packaged == plain
