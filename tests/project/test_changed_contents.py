"""Changed contents: a project is read again only if they answer another way."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.errors import SealiftError
from sealift.model import Project
from sealift.project import project_cache
from sealift.project.filesystem import FileSystem
from support.kept_projects import read, settle

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no change time")

EDITS: dict[str, tuple[str, Callable[[str], str], bool]] = {
    "after all references": ("index.js", lambda text: text + "function f() {}\n", False),
    "before a reference": ("index.js", lambda text: "\n" + text, True),
    "a reference": ("folder/index.js", lambda text: text + "require('../one');", True),
    "less": ("folder/index.js", lambda text: text[: text.index("require('lib')")] + "]", True),
    "a body": ("node_modules/lib/main.js", lambda text: text + "; exports.b = () => 2", False),
    "an error": ("one.js", lambda text: text + "}", True),
    "data": ("one.js", lambda _: "window.data = [1];", True),
    "binary": ("data.txt", lambda _: "\0", False),
    "large": ("folder/index.js", lambda text: text + " " * (1 << 20), True),
    "a mounted directory": ("index.js", lambda text: text + "process.pkg.mount('/a', '/b')", True),
    "source maps": ("index.js", lambda text: text + "process.setSourceMapsEnabled(true)", True),
    "a source map": ("one.js", lambda text: text + "\n//# sourceMappingURL=one.js.map", True),
    "package.json": ("folder/deep.json", lambda _: '{"a": 1}', False),
    "text of functions": ("one.js", lambda text: text + ";function run() {} run.toString()", True),
}


@pytest.fixture
def app(kept_app: Path) -> Path:
    return kept_app


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_read_if_it_changes_an_answer(
    name: str, app: Path, tmp_path: Path, seen: list[FileSystem]
) -> None:
    path, change, is_read = EDITS[name]
    file = app / path
    read(app, tmp_path / "cache")
    file.write_text(change(file.read_text()))
    settle()
    after = read(app, tmp_path / "cache")
    assert len(seen) == 1 + is_read
    assert after == read(app, tmp_path / "empty")
    readings = len(seen)
    assert read(app, tmp_path / "cache") == after
    assert len(seen) == readings


@pytest.mark.parametrize("map_of", ["", "\n//# sourceMappingURL=lib.map\n"])
def test_with_source_maps_only_scripts_that_name_one_are_read_wholly(
    map_of: str, app: Path, tmp_path: Path, seen: list[FileSystem]
) -> None:
    entry, library = app / "index.js", app / "node_modules/lib/main.js"
    entry.write_text(entry.read_text() + "process.setSourceMapsEnabled(true)")
    library.write_text(library.read_text() + map_of)
    settle()
    read(app, tmp_path / "cache")
    library.write_text(library.read_text() + "; exports.b = () => 2")
    settle()
    assert read(app, tmp_path / "cache") == read(app, tmp_path / "empty")
    assert len(seen) == (3 if map_of else 2)


def test_random_edits_give_what_reading_gives(
    app: Path, tmp_path: Path, seen: list[FileSystem]
) -> None:
    chance = random.Random(14)
    pieces = ["\n", "require('lib');", "1;", "}", "'", "__dirname + '/data.txt'", "// ", "{}"]
    files = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    contents = {path: path.read_bytes() for path in files}
    read(app, tmp_path / "cache")
    for turn in range(60):
        for path in chance.sample(files, 2):
            path.write_bytes(contents[path])
        for path in chance.sample(files, chance.choice((1, 1, 2))):
            text = path.read_text()
            at = chance.randint(0, len(text))
            path.write_text(text[:at] + chance.choice(pieces) + text[at:])
        settle()
        fresh = tmp_path / f"fresh{turn}"
        assert _outcome(app, tmp_path / "cache") == _outcome(app, fresh)
    assert 60 < len(seen) < 120  # some were read from nothing only


def _outcome(app: Path, cache: Path) -> list[Project] | str:
    try:
        return read(app, cache)
    except SealiftError as error:
        return error.message


def test_more_changes_than_are_worth_asking_about(
    app: Path, tmp_path: Path, seen: list[FileSystem], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project_cache, "_MOST_CHANGED", 1)
    read(app, tmp_path / "cache")
    (app / "data.txt").write_text("more")
    read(app, tmp_path / "cache")
    assert len(seen) == 1
    (app / "data.txt").write_text("most")
    (app / "views/a.html").write_text("most")
    assert read(app, tmp_path / "cache") == read(app, tmp_path / "empty")
    assert len(seen) == 3
