"""Resolutions, locations, and the chain of reasons."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.errors import UsageError
from sealift.model import Project, SilentObserver
from sealift.options import BuildOptions
from sealift.project import explain, open_manifest, read_project
from sealift.project.locations import Layout
from support.project_trees import answers, plant

TREE = """
== proj/package.json
{"name": "proj"}
== proj/index.js
const { createRequire } = require('node:module');
require('fs'); require('node:path'); require('./lib/a'); require('./lib/a.js');
require('dep'); import('dep');
try { require('gone'); } catch {}
require('excluded', 'must-exclude');
createRequire(__dirname + '/lib/')('./b');
require.resolve('./c', { paths: [__dirname + '/lib'] });
== proj/lib/a.js
require('..');
== proj/lib/b.js
== proj/lib/c.js
== proj/index.cjs
== proj/node_modules/dep/package.json
{"name": "dep", "version": "1.0.0", "exports": {"import": "./i.mjs", "require": "./r.js"}}
== proj/node_modules/dep/r.js
== proj/node_modules/dep/i.mjs
== proj/node_modules/excluded/index.js
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    plant(TREE, tmp_path)
    monkeypatch.chdir(tmp_path)
    options = BuildOptions(Path("proj/index.js"))
    return read_project(open_manifest(options), options, SilentObserver())


def test_answers_are_stored_for_what_the_file_itself_asks(project: Project) -> None:
    assert answers(project, "proj/index.js") == {
        ("require", "./lib/a"): "proj/lib/a.js",
        ("require", "./lib/a.js"): "proj/lib/a.js",
        ("require", "dep"): "proj/node_modules/dep/r.js",
        ("import", "dep"): "proj/node_modules/dep/i.mjs",
        ("require", "gone"): None,
        ("require", "excluded"): None,
    }
    assert answers(project, "proj/lib/a.js") == {("require", ".."): "proj/index.js"}


def test_what_is_asked_from_elsewhere_is_packaged(project: Project) -> None:
    locations = {file.location for file in project.files}
    assert {"proj/lib/b.js", "proj/lib/c.js"} <= locations
    assert "proj/node_modules/excluded/index.js" not in locations


def test_files_carry_what_stat_says(project: Project) -> None:
    for file in project.files:
        status = file.source.stat()
        assert (file.size, file.mtime_ns) == (status.st_size, status.st_mtime_ns)
        assert file.mode == status.st_mode & 0o7777
    packages = {file.package for file in project.files}
    assert packages == {"proj", "dep@1.0.0"}


@pytest.mark.parametrize(
    "file", ["proj/node_modules/dep/r.js", "/snapshot/proj/node_modules/dep/r.js", "dep/r.js"]
)
def test_why_by_location_mount_and_end(project: Project, file: str) -> None:
    assert [(step.location, step.because, step.line) for step in explain(project, file)] == [
        ("proj/index.js", "the entry point", 0),
        ("proj/node_modules/dep/r.js", "required as 'dep'", 3),
    ]


def test_why_by_host_path(project: Project) -> None:
    steps = explain(project, "proj/lib/b.js")
    assert explain(project, str(Path("proj/lib/b.js").resolve())) == steps
    assert [str(step) for step in steps] == [
        "proj/index.js (the entry point)",
        "proj/lib/b.js (required as './b', line 6)",
    ]


def test_why_of_nothing_and_of_several(project: Project) -> None:
    with pytest.raises(UsageError) as several:
        explain(project, "package.json")
    assert "proj/package.json" in several.value.remedy
    with pytest.raises(UsageError) as nothing:
        explain(project, "lib/aa.js")
    assert "proj/lib/a.js" in nothing.value.remedy


@pytest.mark.parametrize(
    ("root", "directories", "path", "location"),
    [
        ("/home/u/proj", ["/home/u/proj/bin"], "/home/u/proj/bin/cli.js", "proj/bin/cli.js"),
        (
            "/m/packages/app",
            ["/m/node_modules/x"],
            "/m/node_modules/x/i.js",
            "m/node_modules/x/i.js",
        ),
        ("/m/packages/app", ["/m/node_modules/x"], "/m/packages/app/a.js", "m/packages/app/a.js"),
        ("/a/proj", ["/b/lib"], "/b/lib/x.js", "b/lib/x.js"),
        ("/", [], "/index.js", "index.js"),
    ],
)
def test_locations(root: str, directories: list[str], path: str, location: str) -> None:
    assert Layout(root, directories).location(path) == location
