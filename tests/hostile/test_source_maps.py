"""The comment of a package that names its source map takes no file that is not the package's."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

from sealift.model import Project, SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project
from sealift.project.source_maps import _without_sources
from support.hostile_projects import refusals
from support.project_trees import plant

pytestmark = pytest.mark.skipif(os.name == "nt", reason="missing: FIFOs, links without rights")

EVIL = "home/proj/node_modules/evil"
WORLD = f"""
== home/.docker/config.json
{{"auths": "FOREIGN"}}
== home/proj/package.json
{{"name": "proj", "bin": "index.js", "license": "MIT", "dependencies": {{"evil": "1"}}}}
== home/proj/index.js
process.setSourceMapsEnabled(true); require('evil');
== home/proj/.env
FOREIGN
== home/proj/own.js
FOREIGN
== {EVIL}/package.json
{{"name": "evil", "version": "1.0.0", "license": "MIT", "main": "lib/index.js"}}
== {EVIL}/lib/index.js
module.exports = 1;
== {EVIL}/link.map -> ../../../.docker/config.json
== {EVIL}/maps/index.js.map
{{"version": 3, "mappings": "OWN"}}
"""


def read(top: Path, url: str, *, of: str = f"{EVIL}/lib/index.js") -> Project:
    plant(WORLD, top)
    script = top / of
    text = script.read_text(encoding="utf-8")
    script.write_text(f"{text}\n//# sourceMappingURL={url}\n", encoding="utf-8")
    (top / "work").mkdir()
    options = BuildOptions(top / "home/proj")
    return read_project(open_manifest(options), options, SilentObserver(), work=top / "work")


def contents(project: Project) -> bytes:
    return b"".join(file.content.read_bytes() for file in project.files)


@pytest.mark.parametrize(
    "url",
    [
        "../../../../.docker/config.json",
        "..%2f..%2f../../.docker%2Fconfig.json",
        "{home}/.docker/config.json",
        "../../../own.js",
        "../../../.env",
        "../link.map",
    ],
)
def test_a_foreign_file_is_left_out_and_reported(url: str, tmp_path: Path) -> None:
    project = read(tmp_path, url.format(home=(tmp_path / "home").resolve()))
    assert b"FOREIGN" not in contents(project)
    (said,) = refusals(project)
    assert (said.severity, said.file) == (
        "warning",
        f"{EVIL}/lib/index.js".removeprefix("home/proj/"),
    )
    assert said.line == 2


def test_a_secret_of_the_project_is_left_out(tmp_path: Path) -> None:
    project = read(tmp_path, ".env", of="home/proj/index.js")
    assert b"FOREIGN" not in contents(project)
    assert [finding.code for finding in refusals(project)] == ["secret-left-out"]


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_other_kinds_of_files_neither_hang_nor_fill_the_memory(
    make: object, tmp_path: Path
) -> None:
    assert callable(make)
    (tmp_path / EVIL).mkdir(parents=True)
    make(tmp_path / EVIL / "special.map")
    project = read(tmp_path, "../special.map")
    assert not any(file.location.endswith("special.map") for file in project.files)


@pytest.mark.parametrize(
    "url", ["/dev/zero", "http://[", "data:", "%00", "data:;base64,%", "\u202e"]
)
def test_malformed_urls(url: str, tmp_path: Path) -> None:
    project = read(tmp_path, url)
    assert not any(file.location.endswith(".map") for file in project.files)


def test_what_may_disclose_source_is_left_out_with_little_memory() -> None:
    """Each of two million empty lists would be an object of 64 bytes."""
    lists = b",".join([b"[]"] * 2_000_000)
    content = b'{"version":3,"sources":[%s],"sourcesContent":["SOURCE"],"x_other":"SOURCE"}' % lists
    tracemalloc.start()
    try:
        kept = _without_sources(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert kept == b'{"version":3,"sources":[%s]}' % lists
    assert peak < 5 * len(content)


def test_sections_of_an_index_map() -> None:
    part = b'{"offset":{"line":1},"map":{"mappings":"A","sourcesContent":["SOURCE"],"sections":[]}}'
    kept = _without_sources(b'{"version":3,"sections":[%s]}' % part)
    assert kept == b'{"version":3,"sections":[{"offset":{"line":1},"map":{"mappings":"A"}}]}'
    assert _without_sources(b'{"sections":[%s]}' % b",".join([part] * 250_000)) is None


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"1", b"{", b"\xff", b'{"sections":{}}', b'{"sources":' + b"[" * 10**6]
)
def test_what_is_not_a_map(content: bytes) -> None:
    assert _without_sources(content) is None


def test_a_map_of_its_own_is_packaged(tmp_path: Path) -> None:
    project = read(tmp_path, "../maps/index.js.map")
    assert b"OWN" in contents(project)
    assert refusals(project) == []
