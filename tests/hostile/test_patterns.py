"""Patterns of the settings: none leaves the project, and every spelling means the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.errors import UsageError
from support.hostile_projects import foreign_files, read_with, refusals
from support.project_trees import plant


@pytest.mark.parametrize(
    "pattern",
    ["/*.conf", "/**", "../private/*", "../private", "../**/*.txt", "{../private,x}/*", "../../*"],
)
@pytest.mark.parametrize("setting", ["assets", "scripts"])
def test_a_pattern_that_leaves_the_project_is_refused(
    pattern: str, setting: str, tmp_path: Path
) -> None:
    plant("== home/private/data.txt\nFOREIGN\n", tmp_path)
    with pytest.raises(UsageError) as caught:
        read_with("", {}, f', "pkg": {{"{setting}": ["{pattern}"]}}', tmp_path)
    assert caught.value.code == "pattern-outside"


def test_files_of_package_json_never_leave_the_project(tmp_path: Path) -> None:
    plant("== home/private/data.txt\nFOREIGN\n", tmp_path)
    project = read_with("", {}, ', "files": ["../private", "../**/*", "/../private/*"]', tmp_path)
    assert foreign_files(project) == []


@pytest.mark.parametrize("pattern", ["../private/data.txt", "{home}/private/data.txt"])
def test_a_file_outside_that_the_settings_name(pattern: str, tmp_path: Path) -> None:
    plant("== home/private/data.txt\nFOREIGN\n", tmp_path)
    pattern = pattern.replace("{home}", f"{tmp_path.as_posix()}/home")
    code = "fs.readFileSync(__dirname + '/../private/data.txt')"
    project = read_with(code, {}, f', "pkg": {{"assets": ["{pattern}"]}}', tmp_path)
    assert len(foreign_files(project)) == 1
    assert refusals(project) == []


def test_a_link_that_a_pattern_matches(tmp_path: Path) -> None:
    plant(
        "== home/private/data.txt\nFOREIGN\n== home/proj/a.txt -> ../private/data.txt\n", tmp_path
    )
    matched = read_with("", {}, ', "pkg": {"assets": ["*.txt"]}', tmp_path)
    assert foreign_files(matched) == []
    assert [finding.severity for finding in refusals(matched)] == ["warning"]
    (tmp_path / "home/proj/package.json").unlink()
    named = read_with("", {}, ', "pkg": {"assets": ["a.txt"]}', tmp_path)
    assert len(foreign_files(named)) == 1


SPELLINGS = (
    *("data/*.txt", "./data/*.txt", "../proj/data/*.txt", ".//data/./*.txt", "data/x/../*.txt"),
    *("{root}/data/*.txt", "{link}/data/*.txt", "data\\\\*.txt"),
)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("key", ["assets", "exclusion", "ignore"])
def test_a_pattern_means_the_same_from_every_spelling(
    spelling: str, key: str, tmp_path: Path
) -> None:
    root = tmp_path.resolve() / "home/proj"
    (tmp_path / "alias").symlink_to(root)
    pattern = spelling.replace("{root}", root.as_posix())
    pattern = pattern.replace("{link}", f"{tmp_path.as_posix()}/alias")
    settings = {
        "assets": f'{{"assets": ["{pattern}"]}}',
        "exclusion": f'{{"assets": ["data", "!{pattern}"]}}',
        "ignore": f'{{"assets": ["data"], "ignore": ["{pattern}"]}}',
    }
    files = {"data/a.txt": "", "data/b.txt": "", "data/c.bin": "", "other.txt": ""}
    project = read_with("", files, f', "pkg": {settings[key]}', tmp_path)
    found = {file.source.name for file in project.files if file.source.suffix in (".txt", ".bin")}
    assert found == ({"a.txt", "b.txt"} if key == "assets" else {"c.bin"})


def test_a_pattern_that_begins_at_a_missing_directory_is_a_warning(tmp_path: Path) -> None:
    """Published packages have settings for the repository that they were written in."""
    settings = ', "pkg": {"scripts": "../../node_modules/other/**/package.json"}'
    project = read_with("", {}, settings, tmp_path)
    found = [one for one in project.findings if one.code == "pattern-without-match"]
    assert [one.severity for one in found] == ["warning"]
    assert "../../node_modules/other" in found[0].message
