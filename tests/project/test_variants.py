"""One reading of a project serves targets whose ``require`` loads ES modules, and others."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.model import Project, ProjectVariant, SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project, scanning
from sealift.project.reader import read_variants
from sealift.project.references import SourceReferences
from support.project_trees import answers, plant

OLD, NEW = ProjectVariant(require_esm=False), ProjectVariant(require_esm=True)

TWO_FORMATS = """
== app/package.json
{"name": "app", "version": "1.0.0", "dependencies": {"both": "1", "plain": "1"}}
== app/index.js
require('both'); require('plain'); require('./shared')
== app/shared.js
require('plain/package.json')
== app/node_modules/both/package.json
{"name": "both", "version": "1.0.0", "exports": {"module-sync": "./m.mjs", "require": "./c.cjs"}}
== app/node_modules/both/m.mjs
import './only-module.mjs'
== app/node_modules/both/only-module.mjs
export {}
== app/node_modules/both/c.cjs
require('./only-commonjs.cjs')
== app/node_modules/both/only-commonjs.cjs
require('gone')
== app/node_modules/plain/package.json
{"name": "plain", "version": "1.0.0"}
== app/node_modules/plain/index.js
require('node:fs')
"""


def _options(tmp_path: Path, *, traced_only: bool = True) -> BuildOptions:
    return BuildOptions(entry=tmp_path / "app", traced_only=traced_only)


def _alone(options: BuildOptions, variant: ProjectVariant) -> Project:
    return read_project(open_manifest(options), options, SilentObserver(), variant)


def _together(options: BuildOptions, *variants: ProjectVariant) -> dict[ProjectVariant, Project]:
    return read_variants(open_manifest(options), options, SilentObserver(), variants)


@pytest.mark.parametrize("order", [(OLD, NEW), (NEW, OLD)])
@pytest.mark.parametrize("traced_only", [True, False])
def test_each_variant_gets_what_it_gets_alone(
    order: tuple[ProjectVariant, ...], traced_only: bool, tmp_path: Path
) -> None:
    plant(TWO_FORMATS, tmp_path)
    options = _options(tmp_path, traced_only=traced_only)
    together = _together(options, *order)
    assert together[OLD] == _alone(options, OLD)
    assert together[NEW] == _alone(options, NEW)
    target = {
        variant: answers(project, "app/index.js")[("require", "both")]
        for variant, project in together.items()
    }
    assert target == {
        OLD: "app/node_modules/both/c.cjs",
        NEW: "app/node_modules/both/m.mjs",
    }


def test_problems_of_one_variant_do_not_concern_the_other(tmp_path: Path) -> None:
    plant(TWO_FORMATS, tmp_path)
    together = _together(_options(tmp_path), OLD, NEW)
    codes = {
        variant: {finding.code for finding in project.findings}
        for variant, project in together.items()
    }
    assert "unresolved-specifier" in codes[OLD]
    assert "unresolved-specifier" not in codes[NEW]


def test_no_file_is_scanned_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(TWO_FORMATS, tmp_path)
    scanned = []
    find_references = scanning.find_references

    def counting(source: bytes, *, module: bool | None) -> SourceReferences:
        scanned.append(source)
        return find_references(source, module=module)

    monkeypatch.setattr(scanning, "find_references", counting)
    _together(_options(tmp_path), OLD, NEW)
    assert len(scanned) == len(set(scanned))
    assert any(b"only-module" in source for source in scanned)
    assert any(b"only-commonjs" in source for source in scanned)


def test_variants_share_a_project_that_no_package_tells_apart(tmp_path: Path) -> None:
    plant(TWO_FORMATS.replace("module-sync", "other"), tmp_path)
    together = _together(_options(tmp_path), OLD, NEW)
    assert together[OLD] is together[NEW]


def test_a_condition_that_is_never_reached_does_not_tell_variants_apart(tmp_path: Path) -> None:
    exports = '"module-sync": "./m.mjs", "require": "./c.cjs"'
    swapped = '"require": "./c.cjs", "module-sync": "./m.mjs"'
    plant(TWO_FORMATS.replace(exports, swapped), tmp_path)
    together = _together(_options(tmp_path), OLD, NEW)
    assert together[OLD] is together[NEW]


def test_a_directory_that_only_one_variant_lists_is_only_its_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = TWO_FORMATS.replace(
        "require('./only-commonjs.cjs')", "require('fs').readdirSync(__dirname + '/closed')"
    )
    plant(tree + "\n== app/node_modules/both/closed/x.txt\nx", tmp_path)
    closed = str(tmp_path / "app/node_modules/both/closed")
    from os import scandir

    def refusing(path: str):  # type: ignore[no-untyped-def]
        if path == closed:
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr("sealift.project.filesystem.os.scandir", refusing)
    together = _together(_options(tmp_path), OLD, NEW)
    codes = [
        [finding.code for finding in together[variant].findings].count("directory-unreadable")
        for variant in (OLD, NEW)
    ]
    assert codes == [1, 0]
