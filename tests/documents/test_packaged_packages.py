"""Which packages the files of a project belong to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sealift.documents.packaged_packages import declared_licence, packaged_packages
from sealift.documents.stage import read_lockfile
from support.executables import project_of


def package(directory: Path, name: str, **more: object) -> None:
    directory.mkdir(parents=True)
    (directory / "package.json").write_text(json.dumps({"name": name, "version": "1.0.0", **more}))


def test_layouts_of_package_managers(tmp_path: Path) -> None:
    app = tmp_path / "app"
    package(app, "app")
    (app / "index.js").touch()
    package(app / "node_modules" / "plain", "plain")
    package(app / "node_modules" / "plain" / "compiled" / "inner", "inner")  # a part of plain
    package(app / "node_modules" / "plain" / "node_modules" / "@s" / "nested", "@s/nested")
    package(app / "node_modules" / ".pnpm" / "a@1.0.0" / "node_modules" / "a", "a")
    package(app / "node_modules" / ".store" / "b-npm-1.0.0-0" / "package", "b")
    package(app / "node_modules" / "alias", "published")
    package(app / "workspace" / "member", "member", private=True)
    found = packaged_packages(project_of(app, "index.js"), None)
    assert [one.name for one in found] == [
        *("app", "@s/nested", "a", "b", "member", "plain", "published")
    ]
    assert [one.is_app for one in found] == [True] + [False] * 6
    assert [one.name for one in found if one.is_private] == ["member"]


@pytest.mark.parametrize(
    ("data", "licence"),
    [
        ({"license": "MIT"}, "MIT"),
        ({"license": {"type": "MIT", "url": "x"}}, "MIT"),
        ({"licenses": [{"type": "MIT"}, {"type": "GPL-2.0 WITH x"}]}, "MIT OR (GPL-2.0 WITH x)"),
        ({"licenses": ["ISC"]}, "ISC"),
        ({"license": "  SEE  LICENSE\nIN x "}, "SEE LICENSE IN x"),
        ({"license": 1}, ""),
        ({"license": [None, {}, ""]}, ""),
        ({}, ""),
    ],
)
def test_declared_licences(data: dict[str, object], licence: str) -> None:
    assert declared_licence(data) == licence


def test_a_lockfile_that_cannot_be_used_is_a_note(tmp_path: Path) -> None:
    old = {"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0"}}}
    (tmp_path / "package-lock.json").write_text(json.dumps(old))
    lockfile, (finding,) = read_lockfile(tmp_path)
    assert (lockfile, finding.code) == (None, "sbom-without-integrity")
