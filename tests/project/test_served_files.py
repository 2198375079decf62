"""Files that are sent to browsers are data, and their source ships."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.findings import Severity
from sealift.model import Project, Role, SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project
from support.project_trees import plant

MANIFEST = '== proj/package.json\n{"name": "proj", "bin": "index.js", "license": "UNLICENSED"}\n'
WHOLE = "require(process.argv[2]);"


def read(tree: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    plant(MANIFEST + tree, directory)
    monkeypatch.chdir(directory)
    options = BuildOptions(Path("proj"))
    return read_project(open_manifest(options), options, SilentObserver())


def data(project: Project) -> list[str]:
    """Return the scripts that ship as data, and those whose source ships beside bytecode."""
    return [
        f"{file.location.removeprefix('proj/')} {file.role.name.lower()}"
        for file in project.files
        if file.public and file.location.endswith(".js")
    ]


def test_a_static_handler_serves_a_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = read(
        "== proj/index.js\nexpress.static(__dirname + '/web'); require('./web/shared');\n"
        "== proj/web/client.js\nx\n== proj/web/shared.js\nx\n== proj/lib/own.js\n",
        tmp_path,
        monkeypatch,
    )
    assert data(project) == ["web/client.js asset", "web/shared.js commonjs"]
    assert not project.findings


def test_a_literal_path_is_packaged_and_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = read(
        "== proj/index.js\n\nexpress.static('dist');\n"
        "express.static('.'), express.static('gone');\n"
        "== proj/dist/a.js\nx",
        tmp_path,
        monkeypatch,
    )
    assert data(project) == ["dist/a.js asset"]
    (finding,) = (one for one in project.findings if one.severity is Severity.WARNING)
    assert (finding.code, finding.line) == ("served-from-working-directory", 2)


def test_directories_are_served_by_convention(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = read(
        f"== proj/index.js\n{WHOLE}\n== proj/public/a.js\nx\n== proj/src/client/b.js\nx\n"
        "== proj/dist/client/c.js\nx\n== proj/dist/server/d.js\nx\n== proj/build/index.html\n"
        "== proj/build/e.js\nx\n== proj/pages/index.html\n== proj/pages/f.js\nx",
        tmp_path,
        monkeypatch,
    )
    assert data(project) == ["build/e.js asset", "dist/client/c.js asset", "public/a.js asset"]


def test_a_directory_that_code_loads_from_is_not_served_by_convention(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = read(
        f"== proj/index.js\nrequire('./public/api'); {WHOLE}\n== proj/public/api.js\nx\n"
        "== proj/public/secret.js\nx",
        tmp_path,
        monkeypatch,
    )
    assert data(project) == []
    assert all(f.role is Role.COMMONJS for f in project.files if f.location.endswith(".js"))
