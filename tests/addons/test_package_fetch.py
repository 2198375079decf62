"""Packages that are not installed are fetched; every failure is reported."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

from sealift.errors import ProjectError
from sealift.findings import Finding, Severity
from support.addon_projects import AppFixture, ChooseFixture, Chosen, locations

pytestmark = pytest.mark.registry

WATCHER = {"@parcel/watcher": "2.5.1"}
SCRIPT = "require('@parcel/watcher');\n"
MEMBER = "node_modules/@parcel/watcher-win32-x64"
ADDON = f"app/{MEMBER}/watcher.node"


@pytest.fixture
def watcher(app: AppFixture) -> Path:
    return app(WATCHER, SCRIPT)


def edit_lock(root: Path, **changes: str) -> None:
    path = root / "package-lock.json"
    lock = json.loads(path.read_text())
    lock["packages"][MEMBER] |= changes
    path.write_text(json.dumps(lock))


def the_error(chosen: Chosen) -> Finding:
    (error,) = [finding for finding in chosen.findings if finding.severity is Severity.ERROR]
    assert "win-x64" in error.message
    assert "@parcel/watcher" in error.message
    assert "--allow-missing-addons" in error.remedy
    return error


def test_fetched_once_and_never_into_node_modules(
    watcher: Path, choose: ChooseFixture, tmp_path: Path
) -> None:
    before = sorted(path.relative_to(watcher) for path in watcher.rglob("*"))
    cache = tmp_path / "cache"
    first = choose(watcher, "win-x64", cache=cache)
    assert ADDON in locations(first.projects[0])
    assert any(finding.code == "addon-fetched" for finding in first.findings)
    fetched = [f for f in first.projects[0].files if not f.source.is_relative_to(watcher)]
    # As npm installs them, whatever the permissions in the cache.
    assert {file.mode for file in fetched} <= {0o644, 0o755}
    again = choose(watcher, "win-x64", cache=cache, offline=True)
    assert again.projects == first.projects
    assert sorted(path.relative_to(watcher) for path in watcher.rglob("*")) == before
    # A changed file in the cache is not used.
    (file,) = (f for f in first.projects[0].files if f.location == ADDON)
    data = file.source.read_bytes()
    file.source.write_bytes(b"MZ" + bytes(len(data) - 2))
    assert the_error(choose(watcher, "win-x64", cache=cache, offline=True))
    refetched = choose(watcher, "win-x64", cache=cache)
    (file,) = (f for f in refetched.projects[0].files if f.location == ADDON)
    assert file.source.read_bytes() == data


def test_offline(watcher: Path, choose: ChooseFixture, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    error = the_error(choose(watcher, "win-x64", cache=cache, offline=True))
    assert error.code == "addon-unavailable"
    assert "@parcel/watcher-win32-x64@2.5.1 is not in the cache" in error.message
    allowed = choose(watcher, "win-x64", cache=cache, offline=True, allow_missing_addons=True)
    assert {finding.severity for finding in allowed.findings} == {Severity.WARNING}
    # Windows does not get the host's addon instead.
    assert not any(path.endswith("watcher.node") for path in locations(allowed.projects[0]))


def test_no_network(
    watcher: Path, choose: ChooseFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The project's settings apply: nothing listens at that address.
    (watcher / ".npmrc").write_text("registry=http://127.0.0.1:9/\nfetch-retries=1\n")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
    for name in ("npm_config_registry", "NPM_CONFIG_REGISTRY"):
        monkeypatch.delenv(name, raising=False)
    cache = tmp_path / "cache"
    began = time.monotonic()
    error = the_error(choose(watcher, "win-x64", cache=cache))
    # npm by itself waits ten seconds before it tries again.
    assert time.monotonic() - began < 10
    assert error.code == "addon-unavailable"
    assert "cannot be fetched" in error.message
    assert not (cache / "addons").exists() or not list((cache / "addons").iterdir())
    (watcher / "package-lock.json").unlink()
    (watcher / ".npmrc").write_text("registry=http://127.0.0.1:9/\n")
    began = time.monotonic()
    error = the_error(choose(watcher, "win-x64", cache=cache))
    # npm does not retry for each platform package.
    assert time.monotonic() - began < 20
    assert error.code == "addon-unavailable"
    assert "registry cannot be queried" in error.message


def test_a_tarball_without_the_integrity_of_the_lockfile(
    watcher: Path, choose: ChooseFixture, tmp_path: Path
) -> None:
    edit_lock(watcher, integrity="sha512-" + "A" * 86 + "==")
    cache = tmp_path / "cache"
    error = the_error(choose(watcher, "win-x64", cache=cache))
    assert error.code == "addon-integrity"
    assert "package-lock.json" in error.message
    assert not (cache / "addons").exists() or not list((cache / "addons").iterdir())


def test_a_version_that_does_not_exist(
    watcher: Path, choose: ChooseFixture, tmp_path: Path
) -> None:
    edit_lock(watcher, version="2.5.999", integrity="sha512-" + "A" * 86 + "==")
    error = the_error(choose(watcher, "win-x64", cache=tmp_path / "cache"))
    assert error.code == "addon-unavailable"
    assert "@parcel/watcher-win32-x64@2.5.999" in error.message


def test_a_lockfile_that_lists_another_version_than_is_installed(
    watcher: Path, choose: ChooseFixture
) -> None:
    path = watcher / "package-lock.json"
    path.write_text(path.read_text().replace('"version": "2.5.1"', '"version": "2.5.0"'))
    error = the_error(choose(watcher, "win-x64"))
    assert error.code == "lockfile-disagrees"
    assert "2.5.0" in error.message
    assert "2.5.1 is installed" in error.message
    assert "npm ci" in error.remedy
    # The lockfile does not matter for what is installed.
    assert not choose(watcher, "linux-x64").findings


def test_a_broken_lockfile(watcher: Path, choose: ChooseFixture) -> None:
    (watcher / "package-lock.json").write_text("{")
    with pytest.raises(ProjectError, match="is not valid JSON"):
        choose(watcher, "win-x64")


def test_without_a_lockfile(watcher: Path, choose: ChooseFixture, tmp_path: Path) -> None:
    """The installed parent decides the version; the registry has platforms and digest."""
    (watcher / "package-lock.json").unlink()
    cache = tmp_path / "cache"
    chosen = choose(watcher, "win-x64", cache=cache)
    assert ADDON in locations(chosen.projects[0])
    manifest = watcher / "node_modules" / "@parcel" / "watcher" / "package.json"
    wanted = json.loads(manifest.read_text())["optionalDependencies"]["@parcel/watcher-win32-x64"]
    (file,) = (f for f in chosen.projects[0].files if f.location == ADDON)
    assert file.package == f"@parcel/watcher-win32-x64@{wanted}"
    assert choose(watcher, "win-x64", cache=cache, offline=True).projects == chosen.projects


def test_a_platform_without_platform_package(watcher: Path, choose: ChooseFixture) -> None:
    lock = watcher / "package-lock.json"
    text = lock.read_text()
    data = json.loads(text)
    for place in list(data["packages"]):
        if "win32" in place:
            data["packages"][place]["cpu"] = ["mips"]
    lock.write_text(json.dumps(data))
    error = the_error(choose(watcher, "win-x64"))
    assert error.code == "addon-missing"
    assert "none of its platform packages supports win-x64" in error.message


def test_a_lockfile_without_c_libraries(watcher: Path, choose: ChooseFixture) -> None:
    """Older releases of npm wrote such lockfiles."""
    lock = watcher / "package-lock.json"
    data = json.loads(lock.read_text())
    for entry in data["packages"].values():
        entry.pop("libc", None)
    lock.write_text(json.dumps(data))
    chosen = choose(watcher, "linux-arm64", "alpine-arm64")
    assert {finding.severity for finding in chosen.findings} == {Severity.NOTE}
    for own, libc in zip(chosen.projects, ("glibc", "musl"), strict=True):
        addons = [location for location in locations(own) if location.endswith(".node")]
        assert addons == [f"app/node_modules/@parcel/watcher-linux-arm64-{libc}/watcher.node"]


def test_another_version_is_installed_there(watcher: Path, choose: ChooseFixture) -> None:
    """It is not the version that this package depends on."""
    there = watcher / MEMBER
    shutil.copytree(watcher / "node_modules" / "@parcel" / "watcher-linux-x64-glibc", there)
    manifest = {"name": "@parcel/watcher-win32-x64", "version": "1.0.0", "main": "watcher.node"}
    (there / "package.json").write_text(json.dumps(manifest | {"os": ["win32"], "cpu": ["x64"]}))
    (watcher / "index.js").write_text(
        SCRIPT + "try { require('@parcel/watcher-win32-x64') } catch {}\n"
    )
    (own,) = choose(watcher, "win-x64").projects
    # Its package.json names Windows; its header does not.
    sources = {file.location: file for file in own.files}
    assert sources[ADDON].package == "@parcel/watcher-win32-x64@2.5.1"
    assert not sources[ADDON].source.is_relative_to(watcher)


def test_a_registry_of_the_project(watcher: Path, choose: ChooseFixture, tmp_path: Path) -> None:
    """npm runs in the project, so its settings apply."""
    (watcher / ".npmrc").write_text("@parcel:registry=http://127.0.0.1:9/\nfetch-retries=0\n")
    error = the_error(choose(watcher, "win-x64", cache=tmp_path / "cache"))
    assert "127.0.0.1:9" in error.message
