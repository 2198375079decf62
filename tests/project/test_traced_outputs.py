"""Outputs that a framework has traced: nothing else is packaged, and nothing pruned is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.errors import ProjectError
from sealift.model import Project, SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project
from support.project_trees import plant

LISTED = """\
== proj/package.json
{"name": "proj", "dependencies": {"used": "1", "unused": "1"}}
== proj/dist/server.js
require('used'); require('dual'); require('unused'); require('absent'); require(process.argv[2]);
== proj/dist/server.js.nft.json
{"version": 1, "files": ["../node_modules/used/index.js", "../data/names.txt",
  "../node_modules/dual/index.js"]}
== proj/node_modules/dual/package.json
{"name": "dual", "exports": {"module-sync": "./index.mjs", "default": "./index.js"}}
== proj/node_modules/dual/index.js
== proj/node_modules/dual/index.mjs
== proj/dist/other.js
== proj/data/names.txt
== proj/data/more.txt
== proj/node_modules/used/package.json
{"name": "used", "version": "1.0.0"}
== proj/node_modules/used/index.js
require('./pruned'); require('unused');
== proj/node_modules/used/pruned.js
== proj/node_modules/unused/package.json
{"name": "unused", "version": "1.0.0"}
== proj/node_modules/unused/index.js
"""
NITRO = """\
== proj/package.json
{"name": "proj", "dependencies": {"unused": "1"}}
== proj/node_modules/unused/index.js
== proj/.output/nitro.json
{}
== proj/.output/public/a.js
== proj/.output/server/package.json
{"name": "proj-prod", "type": "module"}
== proj/.output/server/index.mjs
import 'used'; import 'absent'; import('unused');
== proj/.output/server/node_modules/used/package.json
{"name": "used", "version": "1.0.0", "dependencies": {"unused": "1"}}
== proj/.output/server/node_modules/used/index.js
require('./pruned');
== proj/.output/server/node_modules/used/computed.js
"""


def read(tree: str, entry: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    plant(tree, directory)
    monkeypatch.chdir(directory)
    options = BuildOptions(Path(entry))
    return read_project(open_manifest(options), options, SilentObserver())


def locations(project: Project) -> list[str]:
    return [file.location for file in project.files]


def test_the_list_of_nft_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = read(LISTED, "proj/dist/server.js", tmp_path, monkeypatch)

    assert locations(project) == [
        "proj/data/names.txt",
        "proj/dist/server.js",
        "proj/node_modules/dual/index.js",
        "proj/node_modules/dual/package.json",
        "proj/node_modules/used/index.js",
        "proj/node_modules/used/package.json",
        "proj/package.json",
    ]
    assert [one.code for one in project.findings] == ["traced-output"]
    assert all(name in project.findings[0].message for name in ("unused", "absent", "./pruned"))
    assert project.is_traced_output


def test_an_output_of_nitro_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = read(NITRO, "proj/.output/server/index.mjs", tmp_path, monkeypatch)

    assert locations(project) == [
        ".output/nitro.json",
        ".output/public/a.js",
        ".output/server/index.mjs",
        ".output/server/node_modules/used/computed.js",
        ".output/server/node_modules/used/index.js",
        ".output/server/node_modules/used/package.json",
        ".output/server/package.json",
    ]
    assert [one.code for one in project.findings] == ["traced-output"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"files": 1}', '{"files": [1]}', '{"files": ["\\u0000"]}']
)
def test_a_list_that_cannot_be_used_is_an_error(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = f"== proj/server.js\n== proj/server.js.nft.json\n{text}"
    with pytest.raises(ProjectError) as caught:
        read(tree, "proj/server.js", tmp_path, monkeypatch)
    assert caught.value.code == "traced-list-unusable"
    assert caught.value.remedy
