"""Paths of packaged files that go to packages with native code."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.model import Project, SilentObserver
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


def read(source: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    plant(PACKAGES + source, directory)
    monkeypatch.chdir(directory)
    options = BuildOptions(Path("proj"))
    return read_project(open_manifest(options), options, SilentObserver())


def warnings(project: Project) -> list[int]:
    return [one.line for one in project.findings if one.code == "native-path"]


@pytest.mark.parametrize(
    ("source", "package"),
    [
        (f"require('image')({PATH}).png()", "image"),
        (f"const image = require('image'); image({{}}).add([{{ input: {PATH} }}])", "image"),
        (f"const {{ load }} = require('image'); load({PATH})", "image"),
        (f"const image = require('image'); const f = {PATH}; image(f)", "image"),
        (f"const db = require('sqlite3').verbose(); new db.Database({PATH})", "sqlite3"),
        ("import image from 'image'; image(import.meta.dirname + '/a.png')", "image"),
    ],
)
def test_native_code_gets_a_copy_of_a_packaged_file(
    source: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = read(f"\n{source}", tmp_path, monkeypatch)
    of_platform = ("@image/linux",) if package == "image" else ()
    assert project.native_readers == (*of_platform, package)
    assert not warnings(project)


@pytest.mark.parametrize("path", ["'gone.png'", "'lib'", "name + '.png'"])
def test_a_path_that_names_no_file_is_reported(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = f"\nrequire('image')(require('path').join(__dirname, {path}))\n== proj/lib/x"
    assert warnings(read(source, tmp_path, monkeypatch)) == [2]


@pytest.mark.parametrize(
    "source",
    [
        f"require('reader')({PATH})",
        f"require('image')(require('fs').readFileSync({PATH}))",
        f"const image = require('image'); console.log({PATH}); image(process.argv[2])",
    ],
)
def test_other_paths_do_not_go_to_native_code(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = read(source, tmp_path, monkeypatch)
    assert project.native_readers == ()
    assert not warnings(project)
