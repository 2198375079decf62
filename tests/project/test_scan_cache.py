"""Scripts are scanned once; a lost, full, read-only or damaged cache only costs time."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.model import Project, ProjectVariant, SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, scan_cache
from sealift.project.reader import read_variants
from sealift.project.scan_cache import ScanCache
from support.damaged_files import flip_bit
from support.project_trees import plant

TREE = """
== app/package.json
{"name": "app", "version": "1.0.0", "dependencies": {"lib": "1"}}
== app/index.js
require('./one'); require('./two'); require('lib'); new Worker('./w.js'); syntax error
== app/one.js
require('node:fs').readFileSync(__dirname + '/data.txt')
== app/two.js
module.exports = (f) => f.toString().match(/x/)
== app/data.txt
text
== app/node_modules/lib/package.json
{"name": "lib", "version": "1.0.0"}
== app/node_modules/lib/index.js
exports.a = require.resolve('./other')
== app/node_modules/lib/other.js
globalThis.DATA = {"a": 1}
"""
SCRIPTS = {"index.js", "one.js", "two.js", "lib/index.js", "lib/other.js"}
VARIANT = ProjectVariant()


@pytest.fixture
def app(tmp_path: Path) -> Path:
    plant(TREE, tmp_path)
    return tmp_path / "app"


def read(app: Path, cache: Path | None) -> Project:
    """Return the project as a build with a cache reads it."""
    options = BuildOptions(entry=app)
    manifest = open_manifest(options)
    scans = ScanCache(cache, manifest.entry) if cache is not None else None
    project = read_variants(manifest, options, SilentObserver(), [VARIANT], scans=scans)[VARIANT]
    if scans is not None:
        scans.keep()
    return project


def only_scan(cache: Path) -> Path:
    (file,) = (cache / "scans").glob("*.scan")
    return file


def test_an_unchanged_script_is_not_scanned(
    app: Path, tmp_path: Path, scanned: list[bytes]
) -> None:
    plain = read(app, None)
    first = read(app, tmp_path / "cache")
    scanned.clear()
    second = read(app, tmp_path / "cache")
    assert scanned == []
    assert plain == first == second


def test_only_the_changed_script_is_scanned(
    app: Path, tmp_path: Path, scanned: list[bytes]
) -> None:
    read(app, tmp_path / "cache")
    scanned.clear()
    (app / "one.js").write_bytes(b"require('./two')")
    changed = read(app, tmp_path / "cache")
    assert b"require('./two')" in scanned and len(scanned) <= 2
    assert changed == read(app, None)


def test_a_touched_script_is_not_scanned_and_a_copy_of_another_is_another(
    app: Path, tmp_path: Path, scanned: list[bytes]
) -> None:
    read(app, tmp_path / "cache")
    scanned.clear()
    os.utime(app / "one.js", (1, 1))
    (app / "two.js").write_bytes((app / "one.js").read_bytes())
    changed = read(app, tmp_path / "cache")
    assert b"fs" not in b"".join(scanned)
    assert changed == read(app, None)


def _truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _lost(file: Path) -> None:
    file.unlink()


def _directory(file: Path) -> None:
    file.unlink()
    (file / "in the way").mkdir(parents=True)


@pytest.mark.parametrize("damage", [_truncated, _empty, flip_bit, _lost, _directory])
def test_a_damaged_file_costs_time_only(
    damage: Callable[[Path], None], app: Path, tmp_path: Path, scanned: list[bytes]
) -> None:
    cache = tmp_path / "cache"
    first = read(app, cache)
    damage(only_scan(cache))
    scanned.clear()
    assert read(app, cache) == first
    assert len(scanned) == len(SCRIPTS)


def test_a_cache_that_cannot_be_written_costs_time_only(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, *_: object) -> None:
        raise OSError(28, "No space left on device", path)

    monkeypatch.setattr(scan_cache, "write_sealed", full)
    assert read(app, tmp_path / "cache") == read(app, tmp_path / "cache") == read(app, None)


def test_results_of_another_scanner_are_not_used(
    app: Path, tmp_path: Path, scanned: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    read(app, tmp_path / "cache")
    scanned.clear()
    monkeypatch.setattr(scan_cache, "scanner_digest", lambda: b"another")
    read(app, tmp_path / "cache")
    assert len(scanned) == len(SCRIPTS)


def test_a_result_that_cannot_be_kept_is_found_again(tmp_path: Path) -> None:
    for _ in range(2):
        scans = ScanCache(tmp_path / "cache", tmp_path)
        assert scans.result(b"digest", "texts", str, lambda: "half a pair: \ud800")[-1] == "\ud800"
        scans.keep()
