"""What a registry said is used only while the settings name the same registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from rigs.capability import lacking
from sealift.addons.npm_settings import registry_settings
from sealift.errors import NodeError
from sealift.tools import npm


@pytest.fixture
def digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Callable without arguments: the digest of a project's settings."""
    client = npm.installed_client()
    if not npm.works(client):
        lacking("npm")
    monkeypatch.setenv("npm_config_globalconfig", str(tmp_path / "global"))
    monkeypatch.setenv("npm_config_userconfig", str(tmp_path / "user"))
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "package.json").write_text("{}")
    return lambda: registry_settings(tmp_path / "project", lambda: client)


@pytest.mark.parametrize("place", ["project/.npmrc", "user", "global"])
@pytest.mark.parametrize("name", ["registry", "@scope:registry"])
def test_registries_of_every_file(name: str, place: str, digest, tmp_path: Path) -> None:
    before = digest()
    (tmp_path / place).write_text(f"{name}=https://registry.example.com/\n")
    assert digest() != before
    (tmp_path / place).write_text("fund=false\n")
    assert digest() == before


def test_the_value_of_a_variable(digest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project" / ".npmrc").write_text("registry=https://${COMPANY}.example.com/\n")
    monkeypatch.setenv("COMPANY", "one")
    one = digest()
    assert digest() == one
    monkeypatch.setenv("COMPANY", "another")
    assert digest() != one


def test_without_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".npmrc").write_text("registry=https://registry.example.com/\n")

    def none() -> tuple[str, ...]:
        raise NodeError("npm-missing", "There is no npm.", "Install Node.")

    assert registry_settings(tmp_path, none) == ""
