"""Paths of packaged files that go to packages with native code."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.model import SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project
from support.project_trees import plant

PACKAGES = """\
== proj/package.json
{"name": "proj", "bin": "index.js"}
== proj/a.png
== proj/node_modules/image/package.json
{"name": "image", "version": "1.0.0", "optionalDependencies": {"@image/linux": "1"}}
== proj/node_modules/image/index.js
module.exports = () => require('@image/linux');
== proj/node_modules/@image/linux/package.json
{"name": "@image/linux", "version": "1.0.0", "os": ["linux"], "main": "image.node"}
== proj/node_modules/@image/linux/image.node
== proj/node_modules/sqlite3/package.json
{"name": "sqlite3", "version": "2.0.0"}
== proj/node_modules/sqlite3/index.js
require('./build/Release/db.node');
== proj/node_modules/sqlite3/build/Release/db.node
== proj/node_modules/reader/package.json
{"name": "reader", "version": "1.0.0", "dependencies": {"image": "1"}}
== proj/node_modules/reader/index.js
require('image');
== proj/index.js
"""
PATH = "require('path').join(__dirname, 'a.png')"


def warnings(source: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    plant(PACKAGES + source, directory)
    monkeypatch.chdir(directory)
    options = BuildOptions(Path("proj"))
    project = read_project(open_manifest(options), options, SilentObserver())
    return [
        f"{one.file}:{one.line} {one.message.split()[3]}"
        for one in project.findings
        if one.code == "native-path"
    ]


@pytest.mark.parametrize(
    ("source", "package"),
    [
        (f"require('image')({PATH}).png()", "image@1.0.0"),
        (f"const image = require('image'); image({{}}).add([{{ input: {PATH} }}])", "image@1.0.0"),
        (f"const {{ load }} = require('image'); load({PATH})", "image@1.0.0"),
        (f"const image = require('image'); const f = {PATH}; image(f)", "image@1.0.0"),
        (f"const db = require('sqlite3').verbose(); new db.Database({PATH})", "sqlite3@2.0.0"),
        ("import image from 'image'; image(import.meta.dirname + '/a.png')", "image@1.0.0"),
    ],
)
def test_a_path_for_native_code_is_reported(
    source: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert warnings(f"\n{source}", tmp_path, monkeypatch) == [f"proj/index.js:2 {package}"]


@pytest.mark.parametrize(
    "source",
    [
        f"require('reader')({PATH})",
        f"require('image')(require('fs').readFileSync({PATH}))",
        f"const image = require('image'); console.log({PATH}); image(process.argv[2])",
    ],
)
def test_other_paths_are_not_reported(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert warnings(source, tmp_path, monkeypatch) == []
