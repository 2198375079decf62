"""A script is a project of its own if the package.json above it is that of a larger whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sealift.options import BuildOptions
from sealift.project import open_manifest

WORKSPACE = {"name": "mono", "workspaces": ["packages/*"]}


def root_of(directory: Path, package: dict[str, Any], *, beside: str = "") -> str:
    (directory / "tools").mkdir()
    (directory / "tools" / "script.js").touch()
    (directory / "package.json").write_text(json.dumps(package))
    if beside:
        (directory / beside).touch()
    root = open_manifest(BuildOptions(directory / "tools" / "script.js")).root
    return str(root.relative_to(directory.resolve()))


def test_a_workspace_is_larger(tmp_path: Path) -> None:
    assert root_of(tmp_path, WORKSPACE) == "tools"


@pytest.mark.parametrize("name", ["pnpm-workspace.yaml", "lerna.json", "turbo.json"])
def test_the_files_of_workspace_tools_show_a_workspace(name: str, tmp_path: Path) -> None:
    assert root_of(tmp_path, {"name": "mono"}, beside=name) == "tools"


def test_a_home_is_larger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert root_of(tmp_path, {"dependencies": {}}) == "tools"


@pytest.mark.parametrize(
    "package",
    [
        {"name": "app"},
        {**WORKSPACE, "bin": "tools/script.js"},
        {**WORKSPACE, "bin": {"a": "./x.js", "b": "./tools/script.js"}},
        {**WORKSPACE, "main": "tools/script"},
        {**WORKSPACE, "pkg": {"assets": ["views/**"]}},
    ],
)
def test_a_package_that_is_about_the_script_is_its_project(
    package: dict[str, Any], tmp_path: Path
) -> None:
    assert root_of(tmp_path, package) == "."
