"""Native files in packages: builds, programs, excluded files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.addons.builds import choose_builds
from sealift.addons.native_files import Compatibility
from sealift.findings import Severity
from sealift.lockfiles import npm_platform_of
from sealift.model import ProjectFile, Reason, ReasonKind, Role
from sealift.target import Arch, Platform
from support.addon_projects import AppFixture, ChooseFixture, locations

pytestmark = pytest.mark.registry


@pytest.fixture
def prebuilds(npm_package: Callable[[str], Path]) -> Path:
    """Real addons for all platforms, which use Node-API."""
    return npm_package("@serialport/bindings-cpp@13.0.1") / "prebuilds"


@pytest.fixture
def for_linux(prebuilds: Path) -> Path:
    return prebuilds / "linux-x64" / "@serialport+bindings-cpp.glibc.node"


@pytest.fixture
def bound(app: AppFixture, for_linux: Path) -> Path:
    """A package that was built on the host and loads its addon by `bindings`."""
    root = app({"bindings": "1.5.0"}, "require('bound');\n")
    package = root / "node_modules" / "bound"
    (package / "build" / "Release").mkdir(parents=True)
    manifest = {"name": "bound", "version": "1.0.0", "dependencies": {"bindings": "*"}}
    (package / "package.json").write_text(json.dumps(manifest))
    (package / "index.js").write_text("module.exports = require('bindings')('bound');\n")
    (package / "binding.gyp").write_text("{}")
    shutil.copy2(for_linux, package / "build" / "Release" / "bound.node")
    return root


BUILT = "app/node_modules/bound/build/Release/bound.node"


def test_bindings(bound: Path, choose: ChooseFixture) -> None:
    chosen = choose(bound, "linux-x64", "win-x64", "alpine-x64")
    linux, windows, alpine = (locations(own) for own in chosen.projects)
    assert BUILT in linux
    assert BUILT not in windows | alpine
    errors = {finding.message: finding for finding in chosen.findings}
    assert len(errors) == 2
    assert {finding.severity for finding in errors.values()} == {Severity.ERROR}
    by_code = {finding.code: finding for finding in errors.values()}
    assert "win-x64" in by_code["addon-missing"].message
    assert "Windows" in by_code["addon-missing"].message
    assert "musl" in by_code["addon-mismatch"].message
    assert by_code["addon-missing"].file.endswith("build/Release/bound.node")
    assert "on a win-x64 host and build this target there" in by_code["addon-missing"].remedy
    assert by_code["addon-missing"].targets == ("node24-win-x64",)
    assert by_code["addon-mismatch"].targets == ("node24-alpine-x64",)


def test_a_finding_names_all_targets_that_it_concerns(bound: Path, choose: ChooseFixture) -> None:
    """One for each Node release, if the sentence is the same."""
    chosen = choose(bound, "node22-win-x64", "linux-x64", "node24-win-x64")
    (error,) = chosen.findings
    assert error.targets == ("node22-win-x64", "node24-win-x64")
    assert chosen.projects[0] is chosen.projects[2] is not chosen.projects[1]


def test_a_build_for_another_platform_is_rebuilt_on_the_host(
    bound: Path, choose: ChooseFixture, prebuilds: Path
) -> None:
    """If the target is the host's, the remedy names the host."""
    (for_windows,) = (prebuilds / "win32-x64").glob("*.node")
    shutil.copy2(for_windows, bound / "node_modules" / "bound" / "build" / "Release" / "bound.node")
    (error,) = choose(bound, "linux-x64").findings
    assert (error.severity, error.code) == (Severity.ERROR, "addon-missing")
    assert "Reinstall the package on this host" in error.remedy


def test_an_addon_that_was_never_built(bound: Path, choose: ChooseFixture) -> None:
    shutil.rmtree(bound / "node_modules" / "bound" / "build")
    (error,) = choose(bound, "linux-x64").findings
    assert (error.severity, error.code) == (Severity.ERROR, "addon-missing")
    assert "it has not been built" in error.message


def test_prebuilds_replace_a_build_for_another_platform(
    app: AppFixture, choose: ChooseFixture, for_linux: Path
) -> None:
    """node-gyp-build prefers a build to every prebuild."""
    root = app({"@serialport/bindings-cpp": "13.0.1"}, "require('@serialport/bindings-cpp');\n")
    built = root / "node_modules" / "@serialport" / "bindings-cpp" / "build" / "Release"
    built.mkdir(parents=True)
    shutil.copy2(for_linux, built / "bindings.node")
    chosen = choose(root, "linux-x64", "win-x64")
    linux, windows = (locations(own) for own in chosen.projects)
    place = "app/node_modules/@serialport/bindings-cpp/build/Release/bindings.node"
    assert place in linux
    assert place not in windows
    assert any("/prebuilds/win32-x64/" in location for location in windows)
    assert not [f for f in chosen.findings if f.severity is Severity.ERROR]


def test_an_addon_of_the_project_itself(
    app: AppFixture, choose: ChooseFixture, prebuilds: Path
) -> None:
    """Another addon that fits does not replace it."""
    root = app(
        {"lodash": "4.18.1"}, "require('./native/one.node'); require('./native/two.node');\n"
    )
    (root / "native").mkdir()
    (windows,) = (prebuilds / "win32-x64").glob("*.node")
    shutil.copy2(windows, root / "native" / "one.node")
    shutil.copy2(windows, root / "native" / "two.node")
    assert not choose(root, "win-x64").findings
    shutil.copy2(
        prebuilds / "linux-x64" / "@serialport+bindings-cpp.musl.node", root / "native" / "two.node"
    )
    (error,) = choose(root, "win-x64").findings
    assert error.severity is Severity.ERROR
    assert "two.node is for Linux on x64, not for Windows on x64" in error.message


def test_libraries_of_the_project_itself_are_packaged_unchanged(
    app: AppFixture, choose: ChooseFixture, for_linux: Path
) -> None:
    """They may be meant for other machines."""
    root = app({"lodash": "4.18.1"}, "require('fs').readFileSync(__dirname + '/agent.so');\n")
    shutil.copy2(for_linux, root / "agent.so")
    chosen = choose(root, "win-x64")
    assert "app/agent.so" in locations(chosen.projects[0])
    assert not chosen.findings


def test_a_program_that_was_fetched_for_the_host(
    app: AppFixture, choose: ChooseFixture, npm_package: Callable[[str], Path]
) -> None:
    root = app({"lodash": "4.18.1"}, "console.log(require('search').path);\n")
    package = root / "node_modules" / "search"
    (package / "bin").mkdir(parents=True)
    manifest = {"name": "search", "version": "1.0.0", "scripts": {"postinstall": "node get.js"}}
    (package / "package.json").write_text(json.dumps(manifest))
    (package / "index.js").write_text("exports.path = require('path').join(__dirname, 'bin/rg');\n")
    shutil.copy2(
        npm_package("@esbuild/linux-x64@0.25.9") / "bin" / "esbuild", package / "bin" / "rg"
    )
    chosen = choose(root, "linux-x64", "alpine-x64", "win-x64")
    place = "app/node_modules/search/bin/rg"
    # It is static: any C library will do.
    assert [place in locations(own) for own in chosen.projects] == [True, True, False]
    (error,) = chosen.findings
    assert (error.severity, error.code) == (Severity.ERROR, "program-missing")
    assert "rg is for Linux on x64, not for Windows on x64" in error.message


def test_a_program_that_replaced_a_script(app: AppFixture, choose: ChooseFixture) -> None:
    """esbuild's install script replaces its script by the program."""
    root = app({"esbuild": "0.25.9"}, "require('esbuild');\n")
    modules = root / "node_modules"
    shutil.copy2(
        modules / "@esbuild" / "linux-x64" / "bin" / "esbuild", modules / "esbuild" / "bin"
    )
    chosen = choose(root, "linux-x64", "win-x64")
    place = "app/node_modules/esbuild/bin/esbuild"
    assert [place in locations(own) for own in chosen.projects] == [True, False]
    assert not [f for f in chosen.findings if f.severity is not Severity.NOTE]


def native(location: str) -> ProjectFile:
    reason = Reason(ReasonKind.DEPENDENCY)
    return ProjectFile(Path(location), location, Role.ADDON, 1, 0, 0o644, reason)


def test_several_addons_of_which_one_is_for_one_system_only() -> None:
    """node-pty has two more for Windows, and works without them on other systems."""
    names = ["darwin-x64/pty.node", "win32-x64/pty.node", "win32-x64/conpty.node"]
    files = [native(f"m/prebuilds/{name}") for name in names]
    files.append(native("m/build/Release/pty.node"))
    windows = npm_platform_of(Platform.WIN, Arch.X64)
    linux = npm_platform_of(Platform.LINUX, Arch.X64)
    fits = Compatibility()
    foreign = Compatibility("is for another machine", same_platform=False)
    on_windows = {f.location: foreign if "win32" not in f.location else fits for f in files}
    chosen = choose_builds("m", files, windows, 137, on_windows, ())
    assert chosen.insufficient is None
    assert chosen.excluded == {"m/prebuilds/darwin-x64", "m/build/Release/pty.node"}
    on_linux = {f.location: fits if "build" in f.location else foreign for f in files}
    chosen = choose_builds("m", files, linux, 137, on_linux, ())
    assert chosen.insufficient is None
    assert chosen.excluded == {"m/prebuilds/darwin-x64", "m/prebuilds/win32-x64"}
    chosen = choose_builds("m", files[:3], linux, 137, on_linux, ())
    assert chosen.insufficient is not None


def test_a_package_that_loads_the_addons_of_others_has_none(
    app: AppFixture, choose: ChooseFixture
) -> None:
    root = app({"bindings": "1.5.0"}, "require('loader');\n")
    package = root / "node_modules" / "loader"
    package.mkdir()
    (package / "package.json").write_text('{"name": "loader", "version": "1.0.0"}')
    (package / "index.js").write_text("exports.load = (n) => require('bindings')(n);\n")
    assert not choose(root, "linux-x64", "win-x64").findings


def test_an_addon_that_nothing_loads_fails_no_build(bound: Path, choose: ChooseFixture) -> None:
    """It is a dependency that package.json lists, for another program or a later time."""
    (bound / "index.js").write_text("console.log(1);\n")
    manifest = {"name": "app", "version": "1.0.0", "dependencies": {"bound": "1"}}
    (bound / "package.json").write_text(json.dumps(manifest))
    shutil.rmtree(bound / "node_modules" / "bound" / "build")
    (warning,) = choose(bound, "linux-x64").findings
    assert (warning.severity, warning.code) == (Severity.WARNING, "addon-missing")
    assert "No code is known to load the package" in warning.message


@pytest.mark.parametrize(("target", "kept"), [("linux-x64", False), ("macos-x64", True)])
def test_prebuilds_for_other_systems_by_design(
    app: AppFixture, choose: ChooseFixture, prebuilds: Path, target: str, kept: bool
) -> None:
    """Nothing builds the addon on the host, where the program works without it."""
    root = app({"node-gyp-build": "4.8.4"}, "require('mac');\n")
    package = root / "node_modules" / "mac"
    shutil.copytree(prebuilds / "darwin-x64+arm64", package / "prebuilds" / "darwin-x64+arm64")
    (package / "package.json").write_text('{"name": "mac", "version": "1.0.0"}')
    (package / "index.js").write_text("exports.load = () => require('node-gyp-build')(__dirname);")
    chosen = choose(root, target)
    assert any("/prebuilds/" in location for location in locations(chosen.projects[0])) is kept
    assert [one.severity for one in chosen.findings] == ([] if kept else [Severity.WARNING])


def test_an_empty_addon_is_a_placeholder(bound: Path, choose: ChooseFixture) -> None:
    stub = bound / "node_modules" / "bound" / "stub.node"
    stub.touch()
    chosen = choose(bound, "linux-x64", "win-x64")
    assert all("app/node_modules/bound/stub.node" in locations(own) for own in chosen.projects)
    (error,) = chosen.findings  # the real addon is for Linux
    assert error.targets == ("node24-win-x64",)
    shutil.rmtree(bound / "node_modules" / "bound" / "build")
    (bound / "node_modules" / "bound" / "binding.gyp").unlink()
    assert not choose(bound, "linux-x64", "win-x64").findings
