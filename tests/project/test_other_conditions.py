"""Packages that have one file for `import` and another for `require`."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.model import SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project

from .packaged_files import Compare, read_files

PACKAGE = '{"name": "program", "bin": "index.js", "dependencies": {"dual": "1"}}'
DUAL = '{"name": "dual", "exports": {"import": "./a.mjs", "require": "./a.cjs"}}'
FILES = {
    "package.json": PACKAGE,
    "node_modules/dual/package.json": DUAL,
    "node_modules/dual/a.mjs": "export default 'imported'",
    "node_modules/dual/a.cjs": "module.exports = require('./b.cjs')",
    "node_modules/dual/b.cjs": "module.exports = 'required'",
}


def test_a_package_is_imported_and_required(compare: Compare) -> None:
    index = """import('dual').then((dual) => console.log(dual.default,
        new Function('r', 'n', 'return r(n)')(require, 'dual')))"""
    assert compare({**FILES, "index.js": index}) == "imported required\n"


def test_another_package_requires_what_a_file_imports_and_names(compare: Compare) -> None:
    index = """import load from 'loads'; import dual from 'dual';
        console.log(dual, load({ target: 'dual', from: import.meta.url }))"""
    loads = """module.exports = ({ target, from }) =>
        require(require('module').createRequire(from).resolve(target))"""
    files = {"index.mjs": index, "node_modules/loads/index.js": loads}
    files["node_modules/loads/package.json"] = '{"name": "loads"}'
    assert compare({**FILES, **files}) == "imported required\n"


def test_a_package_is_required_and_imported(compare: Compare) -> None:
    index = """console.log(require('dual'));
        import([...'laud'].reverse().join('')).then((dual) => console.log(dual.default))"""
    assert compare({**FILES, "index.js": index}) == "required\nimported\n"


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ("import('dual'); require('./other')", {"a.mjs"}),
        ("require('dual'); require(x)", {"a.cjs", "b.cjs"}),
        ("require('dual'); import(x)", {"a.cjs", "b.cjs", "a.mjs"}),
        ("require('dual'); import(require('url').pathToFileURL(x))", {"a.cjs", "b.cjs"}),
        ("require('dual'); import('./' + x)", {"a.cjs", "b.cjs"}),
        ("import('dual'); load('dual')", {"a.mjs", "a.cjs", "b.cjs"}),
        ("import('dual'); load('dual/x', `a dual`, dual)", {"a.mjs"}),
    ],
)
def test_only_what_can_be_loaded_is_packaged(
    index: str, expected: set[str], tmp_path: Path
) -> None:
    for name, text in {**FILES, "index.js": index, "other.js": ""}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    options = BuildOptions(tmp_path / "index.js")
    read = read_project(open_manifest(options), options, SilentObserver())
    assert {file.location.rpartition("/")[2] for file in read.files if "dual" in file.location} == {
        *expected,
        "package.json",
    }


RESOLVER = """const fs = require('fs'), path = require('path');
module.exports = (name, condition) => {
  const top = path.join(__dirname, '..', name);
  const { exports } = JSON.parse(fs.readFileSync(path.join(top, 'package.json')));
  const read = (file) => fs.readFileSync(file, 'utf8').trim()
    .replace(/@import '(.*?)';/g, (_, next) => read(path.join(path.dirname(file), next)));
  return read(path.join(top, exports['.'][condition]));
};
"""
STYLED = """{"name": "styled", "exports": {".": {"style": "./css/main.css", "default": "./main.js",
    "types": "./main.d.ts"}, "./parts/*": {"sass": "./sass/*.scss"}}}"""


def test_a_resolver_in_the_program_reads_other_conditions(compare: Compare) -> None:
    index = "require('styled'); console.log(require('enhanced-resolve')('styled', 'style'))"
    files = {
        "package.json": PACKAGE,
        "index.js": index,
        "node_modules/enhanced-resolve/package.json": '{"name": "enhanced-resolve"}',
        "node_modules/enhanced-resolve/index.js": RESOLVER,
        "node_modules/styled/package.json": STYLED,
        "node_modules/styled/main.js": "",
        "node_modules/styled/css/main.css": "@import './base.css'; b {}",
        "node_modules/styled/css/base.css": "a {}",
    }
    assert compare(files) == "a {} b {}\n"


@pytest.mark.parametrize(
    ("resolver", "expected"),
    [
        ("other", {"main.js"}),
        ("sass", {"main.js", "main.css", "a.scss", "_b.scss"}),
        ("typescript", {"main.js", "main.css", "a.scss", "_b.scss", "main.d.ts"}),
    ],
)
def test_the_conditions_depend_on_the_resolver(
    resolver: str, expected: set[str], tmp_path: Path
) -> None:
    files = {
        "package.json": '{"name": "program", "bin": "index.js"}',
        "index.js": f"require('styled'); require('{resolver}')",
        f"node_modules/{resolver}/package.json": f'{{"name": "{resolver}"}}',
        f"node_modules/{resolver}/index.js": "",
        "node_modules/styled/package.json": STYLED,
        "node_modules/styled/main.js": "",
        "node_modules/styled/main.d.ts": "",
        "node_modules/styled/css/main.css": "",
        "node_modules/styled/sass/a.scss": "@use '../other/b';",
        "node_modules/styled/other/_b.scss": "",
        "node_modules/styled/other/c.scss": "",
    }
    read = read_files(files, tmp_path)
    assert {
        file.location.rpartition("/")[2] for file in read.files if "styled" in file.location
    } == {*expected, "package.json"}
