"""A project for tests of what is kept of its reading."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from sealift.model import Project, ProjectVariant, SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest
from sealift.project.filesystem import FileSystem
from sealift.project.project_cache import KeptFields, ProjectCache
from sealift.project.reader import read_variants
from sealift.project.source_files import SourceFiles
from sealift.record import replace
from support.project_trees import plant

VARIANTS = (ProjectVariant(require_esm=True), ProjectVariant(require_esm=False))
TREE = """
== app/package.json
{"name": "app", "version": "1.0.0", "bin": "index.js", "dependencies": {"lib": "1", "far": "1"},
 "pkg": {"assets": "views/*.html"}}
== app/index.js
require('./one'); require('lib'); require('far'); require('./folder');
try { require('./absent'); } catch {}
== app/one.js
require('node:fs').readFileSync(__dirname + '/data.txt')
== app/data.txt
text
== app/folder/index.js
exports.folder = [require('./deep'), require('lib')]
== app/folder/deep.json
{}
== app/views/a.html
a
== app/node_modules/lib/package.json
{"name": "lib", "version": "1.0.0", "main": "main.js"}
== app/node_modules/lib/main.js
exports.a = require.resolve('./other')
== app/node_modules/lib/other.js
const fs = require('fs'); exports.all = () => fs.readdirSync(__dirname)
== app/node_modules/lib/extra.js
1
== app/node_modules/far -> ../../store/far-1
== store/far-1/package.json
{"name": "far", "version": "1.0.0"}
== store/far-1/index.js
exports.version = 1
== store/far-2/package.json
{"name": "far", "version": "2.0.0"}
== store/far-2/index.js
exports.version = 2
"""


@pytest.fixture
def kept_app(tmp_path: Path) -> Path:
    plant(TREE, tmp_path)
    settle()
    return tmp_path / "app"


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[FileSystem]:
    """The views of the readings whose results were to be kept, one for each."""
    found: list[FileSystem] = []
    record = ProjectCache.record

    def noted(self: ProjectCache, projects: Any, files: SourceFiles) -> KeptFields | None:
        found.append(files.filesystem)
        return record(self, projects, files)

    monkeypatch.setattr(ProjectCache, "record", noted)
    return found


def settle() -> None:
    """Wait until the clock of every file system has moved on."""
    time.sleep(0.15)


def read(entry: Path, cache: Path, **options: Any) -> list[Project]:
    """Return the projects of both variants, as a build with a cache reads them."""
    given = BuildOptions(entry=entry, **options)
    manifest = open_manifest(given)
    work = cache.parent / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    kept = ProjectCache(cache, manifest, given, VARIANTS, None)
    projects = kept.load(work)
    if projects is None:
        silent = SilentObserver()
        projects = read_variants(manifest, given, silent, VARIANTS, None, work, None, kept)
    return [with_contents(projects[variant]) for variant in VARIANTS]


def with_contents(project: Project) -> Project:
    """Return a project with the contents of the files that reading has made, as their paths."""
    files = [
        file
        if file.replacement is None
        else replace(file, replacement=Path(file.replacement.read_text()), mtime_ns=0)
        for file in project.files
    ]
    return replace(project, files=tuple(files))
