"""Source maps: unchanged files where the source ships, private copies without it elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sealift.model import ProjectFile, SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project
from support.project_trees import plant

MAP = {"version": 3, "sources": ["a.ts"], "sourcesContent": ["SECRET"], "mappings": "AAAA"}
MANY = 12
TREE = """
== app/package.json
{{"name": "app", "license": "{licence}"}}
== app/index.js
process.setSourceMapsEnabled(true);
"""


def maps(folder: Path, licence: str) -> list[ProjectFile]:
    plant(TREE.format(licence=licence), folder)
    app, work = folder / "app", folder / "work"
    entry = (app / "index.js").read_text()
    (app / "index.js").write_text(entry + "".join(f"require('./{n}');" for n in range(MANY)))
    for number in range(MANY):
        text = f"exports.a = {number};\n//# sourceMappingURL={number}.js.map\n"
        (app / f"{number}.js").write_text(text)
        (app / f"{number}.js.map").write_text(json.dumps({**MAP, "file": f"{number}.js"}))
    work.mkdir()
    options = BuildOptions(app)
    project = read_project(open_manifest(options), options, SilentObserver(), work=work)
    return [file for file in project.files if file.source.suffix == ".map"]


@pytest.mark.parametrize("licence", ["MIT", "UNLICENSED"])
def test_each_map_belongs_to_its_script(licence: str, tmp_path: Path) -> None:
    found = maps(tmp_path, licence)
    assert len(found) == MANY
    for file in found:
        data = json.loads(file.content.read_bytes())
        assert data["file"] == file.source.name.removesuffix(".map")
        assert ("sourcesContent" in data) == (licence == "MIT")
        assert file.content.stat().st_size == file.size


def test_a_map_that_ships_is_not_copied(tmp_path: Path) -> None:
    assert [file.replacement for file in maps(tmp_path, "MIT")] == [None] * MANY
    assert list((tmp_path / "work").rglob("*.map")) == []
