"""``sealift init``: what it suggests for a project, and what it leaves alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sealift.cli.init import init_command
from sealift.errors import SealiftError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, "app.js", "require('fs').readFileSync(__dirname + '/views/a.html')")
    write(tmp_path, "views/a.html", "")
    return tmp_path


def write(directory: Path, name: str, text: str) -> None:
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def describe(directory: Path, **fields: Any) -> None:
    write(directory, "package.json", json.dumps({"name": "p", "main": "app.js", **fields}))


def run(directory: Path, *options: str) -> str:
    ran = CliRunner().invoke(init_command, [str(directory), *options])
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return ran.output


def written(directory: Path) -> dict[str, Any]:
    run(directory)
    found: dict[str, Any] = json.loads((directory / ".pkgrc.json").read_text())
    return found


def test_what_the_code_names_is_not_listed(project: Path) -> None:
    describe(project)
    found = written(project)
    assert set(found) == {"targets", "outputPath"}
    assert found["outputPath"] == "dist"


def test_directories_whose_files_no_code_names(project: Path) -> None:
    describe(project)
    (project / "dist").mkdir()
    write(project, "views/b.html", "")
    write(project, "locales/de.json", "{}")
    write(project, "plugins/one.js", "")
    write(project, "plugins/README.md", "")
    write(project, "commands/README.md", "")
    output = run(project, "--dry-run")
    assert not (project / ".pkgrc.json").exists()
    assert "locales/ (1), views/ (1)" in output
    found = written(project)
    assert found["assets"] == ["locales/**/*", "views/**/*"]
    assert found["scripts"] == ["plugins/**/*.js"]
    assert found["outputPath"] == "executables"


@pytest.mark.parametrize(
    ("systems", "expected"),
    [
        (["linux"], {"linux"}),
        (["!win32"], {"linux", "macos"}),
        (["darwin", "win32"], {"macos", "win"}),
        ("linux", {"linux", "macos", "win"}),
    ],
)
def test_targets_are_those_that_the_project_allows(
    project: Path, systems: object, expected: set[str]
) -> None:
    describe(project, os=systems)
    assert {target.partition("-")[0] for target in written(project)["targets"]} == expected


def test_a_package_for_a_framework_is_no_source_of_one(project: Path) -> None:
    describe(project, devDependencies={"next": "16", "astro": "6"})
    assert written(project)["outputPath"] == "dist"


@pytest.mark.parametrize("name", [".pkgrc", "pkg.config.cjs"])
def test_a_configuration_stays(project: Path, name: str) -> None:
    describe(project)
    text = "module.exports = {}" if name.endswith("cjs") else "{}"
    write(project, name, text)
    with pytest.raises(SealiftError) as raised:
        run(project)
    assert raised.value.code == "configuration-exists"
    assert (project / name).read_text() == text
    assert not (project / ".pkgrc.json").exists()


def test_settings_in_package_json_stay(project: Path) -> None:
    describe(project, pkg={"assets": "views/*"})
    with pytest.raises(SealiftError) as raised:
        run(project)
    assert raised.value.code == "configuration-exists"
