"""Modules and files that the functions of packages load or find for their callers."""

from __future__ import annotations

from pathlib import Path

import pytest

from .packaged_files import Compare, read_files

PACKAGE = '{"name": "program", "version": "1.0.0", "bin": "index.js"}'


def test_a_module_that_a_package_reads_is_known_as_read(tmp_path: Path) -> None:
    files = {
        "index.js": "const rewire = require('rewire');\nrewire('./lib').__get__('a');",
        "package.json": PACKAGE,
        "lib.js": "const a = 1;",
        "node_modules/rewire/package.json": '{"name": "rewire", "main": "index.js"}',
        "node_modules/rewire/index.js": "",
    }
    (lib,) = (one for one in read_files(files, tmp_path).files if one.location.endswith("lib.js"))
    assert lib.read is not None
    assert lib.read.line == 2


@pytest.mark.parametrize(
    "index",
    [
        "const find = require('find'); console.log(read(find.sync('dat/a.json', { dir: '' })))",
        "const find = star(require('find')); console.log(read(find.sync('dat/a.json')))",
        "const from = require('find').from; console.log(read(from(__dirname, 'dat/a.json')))",
    ],
)
def test_a_package_finds_a_file_of_another_package(index: str, compare: Compare) -> None:
    head = "const read = (p) => require('fs').readFileSync(p, 'utf8'), star = (m) => m;\n"
    find = """const find = (name) => require('path').join(__dirname, '..', name);
        exports.sync = find; exports.from = (_, name) => find(name)
    """
    files = {"index.js": f"{head}require('dat');{index}", "package.json": PACKAGE}
    files["node_modules/find/package.json"] = '{"name": "find"}'
    files["node_modules/find/index.js"] = find
    files["node_modules/dat/package.json"] = '{"name": "dat"}'
    files["node_modules/dat/index.js"] = ""
    assert compare({**files, "node_modules/dat/a.json": "found"}) == "found\n"


@pytest.mark.parametrize(
    "library",
    [
        "const find = require('resolve-it'); exports.a = read(find.sync('dat/a.json', {}))",
        "const { sync } = require('resolve-it'); exports.a = read(sync('dat/a.json'))",
        "const { from: of } = require('resolve-it'); exports.a = read(of(null, 'dat/a.json'))",
    ],
)
def test_a_resolver_finds_a_file_of_another_package_for_a_dependency(
    library: str, compare: Compare
) -> None:
    head = "const read = (p) => require('fs').readFileSync(p, 'utf8'); require('dat');\n"
    find = """const find = (name) => require('path').join(__dirname, '..', name);
        exports.sync = find; exports.from = (_, name) => find(name)
    """
    files = {"index.js": "console.log(require('lib').a)", "package.json": PACKAGE}
    files["node_modules/lib/package.json"] = '{"name": "lib", "main": "index.js"}'
    files["node_modules/lib/index.js"] = head + library
    files["node_modules/resolve-it/package.json"] = '{"name": "resolve-it"}'
    files["node_modules/resolve-it/index.js"] = find
    files["node_modules/dat/package.json"] = '{"name": "dat"}'
    files["node_modules/dat/index.js"] = ""
    assert compare({**files, "node_modules/dat/a.json": "found"}) == "found\n"


def test_a_package_reads_a_file_beside_its_caller_in_a_dependency(compare: Compare) -> None:
    read = """const { readFileSync } = require('fs'), { dirname, join } = require('path');
        module.exports = (name) => {
            const [, file] = /\\((.*?index\\.js):\\d+/.exec(new Error().stack.split('\\n')[2]);
            return readFileSync(join(dirname(file), name), 'utf8');
        };
    """
    files = {"index.js": "console.log(require('lib').a)", "package.json": PACKAGE}
    files["node_modules/lib/package.json"] = '{"name": "lib", "main": "index.js"}'
    files["node_modules/lib/index.js"] = "exports.a = require('rfile')('./text.js')"
    files["node_modules/lib/text.js"] = "source()"
    files["node_modules/rfile/package.json"] = '{"name": "rfile"}'
    files["node_modules/rfile/index.js"] = read
    assert compare(files) == "source()\n"
