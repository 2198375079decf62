"""Projects whose own code changes what specifiers resolve to run as in their directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.findings import Severity
from sealift.model import SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project

from .packaged_files import Compare, write_files

PACKAGE = '{"name": "program"}'
REPLACED = """const Module = require('module'), path = require('path');
const before = Module._resolveFilename;
Module._resolveFilename = function (asked, ...rest) {
  const there = ['src', asked.slice(2)].join('/');
  const file = path.resolve(__dirname, there);
  return before.call(this, asked.startsWith('~/') ? file : asked, ...rest);
};
"""
LOADED = """const Module = require('module'), path = require('path');
const before = Module._load;
Module._load = (asked, ...rest) => asked === '~/a' ? { text: 'a' } : before(asked, ...rest);
"""
HOOKED = """require('module').registerHooks({
  resolve(asked, context, next) {
    if (!asked.startsWith('~/')) return next(asked, context);
    return next(['.', 'src', asked.slice(2) + '.js'].join('/'), context);
  },
});
"""


@pytest.mark.parametrize("hook", [REPLACED, LOADED, HOOKED])
def test_what_only_a_hook_resolves(hook: str, compare: Compare) -> None:
    index = "require('./hook');\nconsole.log(require('~/a').text);"
    source = {"src/a.js": "exports.text = 'a';", "src/b.js": "exports.text = 'b';"}
    files = {"index.js": index, "hook.js": hook, "package.json": PACKAGE, **source}
    assert compare(files) == "a\n"


@pytest.mark.parametrize(
    ("hook", "severity"),
    [
        (REPLACED, Severity.WARNING),
        ("module.exports._resolveFilename == 1;", Severity.ERROR),
        ("const { register } = require('./other'); register('x');", Severity.ERROR),
        ("class Store { load() { this._load = 1 } }", Severity.ERROR),
    ],
)
def test_the_severity_of_what_cannot_be_resolved(
    hook: str, severity: Severity, tmp_path: Path
) -> None:
    files = {"index.js": "require('./hook'); require('absent');", "hook.js": hook}
    write_files({**files, "other.js": "", "package.json": PACKAGE}, tmp_path)
    options = BuildOptions(tmp_path / "index.js")
    read = read_project(open_manifest(options), options, SilentObserver())
    (finding,) = (one for one in read.findings if one.code == "unresolved-specifier")
    assert finding.severity is severity
    assert ("hook.js:3" in finding.message) == (severity is Severity.WARNING)
