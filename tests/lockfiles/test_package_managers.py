"""Projects as the package managers install them, with the lockfiles that they write."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rigs import npm
from rigs.cache import dev_cache, make_once
from sealift.addons.installed_packages import InstalledPackage
from sealift.findings import Severity
from sealift.lockfiles import open_lockfile
from support.addon_projects import RELEASE, ChooseFixture, locations

pytestmark = pytest.mark.registry

PACKAGES = {"@parcel/watcher": "2.5.1", "chokidar": "3.6.0", "esbuild": "0.25.9"}
# As the registry has it; a published version never changes.
WATCHER_FOR_WINDOWS = (
    "sha512-9lHBdJITeNR++EvSQVUcaZoWupyHfXe1jZvGZ06O/5MflPcuPLtEphScIBL+"
    "AiCWBO46tDSHzWyD0uDmmZqsgA=="
)
CLIENTS = {
    "pnpm-8": ("pnpm@8.15.9", "bin/pnpm.cjs", ["install", "--ignore-scripts"]),
    "pnpm-9": ("pnpm@9.15.9", "bin/pnpm.cjs", ["install", "--ignore-scripts"]),
    "yarn-1": ("yarn@1.22.22", "bin/yarn.js", ["install", "--ignore-scripts"]),
    "yarn-4": ("@yarnpkg/cli-dist@4.12.0", "bin/yarn.js", ["install"]),
}
YARN_SETTINGS = "nodeLinker: node-modules\nenableScripts: false\nenableGlobalCache: false\n"


@pytest.fixture(scope="module")
def node(node_binary: Callable[[str, str, str], Path]) -> Path:
    return node_binary(RELEASE, "linux", "x64")


@pytest.fixture(scope="module", params=["npm", *CLIENTS])
def installed(
    request: pytest.FixtureRequest,
    node: Path,
    npm_package: Callable[[str], Path],
) -> Path:
    """A project as one of the package managers has installed it, with its lockfile."""
    if request.param == "npm":
        command = [*npm.find_npm(), "install", "--ignore-scripts", "--no-audit"]
    else:
        package, script, arguments = CLIENTS[request.param]
        command = [str(node), str(npm_package(package) / script), *arguments]

    def install(root: Path) -> None:
        manifest = {
            "name": "app",
            "version": "1.0.0",
            "license": "MIT",
            "main": "index.js",
            "dependencies": PACKAGES,
        }
        (root / "package.json").write_text(json.dumps(manifest))
        (root / "index.js").write_text("".join(f"require('{name}');\n" for name in PACKAGES))
        if "yarn" in request.param:
            (root / "yarn.lock").touch()
            (root / ".yarnrc.yml").write_text(YARN_SETTINGS)
        environment = {**os.environ, "CI": ""}
        subprocess.run(command, cwd=root, env=environment, check=True, capture_output=True)

    return make_once(dev_cache() / "installed" / request.param, install)


def package_at(root: Path, name: str) -> InstalledPackage:
    directory = (root / "node_modules" / name).resolve()
    data = json.loads((directory / "package.json").read_text())
    return InstalledPackage(f"app/node_modules/{name}", directory, data)


def test_all_platform_packages_are_found(installed: Path) -> None:
    lockfile = open_lockfile(installed)
    assert lockfile is not None
    for name in PACKAGES:
        parent = package_at(installed, name)
        assert lockfile.version_of(parent) == PACKAGES[name]
        wanted = parent.dependencies("optionalDependencies")
        assert wanted
        for member, version in wanted.items():
            found = lockfile.dependency(parent, member, version)
            assert found is not None, member
            assert found.name == member
            if not version.startswith("~"):
                assert found.version == version
            # Yarn 1 records no platforms; later releases no integrity of what was not fetched.
            if lockfile.path.name != "yarn.lock":
                assert found.integrity.startswith("sha512-")
                assert found.platforms
    found = lockfile.dependency(
        package_at(installed, "@parcel/watcher"), "@parcel/watcher-win32-x64", "2.5.1"
    )
    assert found is not None
    assert found.integrity in ("", WATCHER_FOR_WINDOWS)
    if found.platforms is not None:
        assert (found.platforms.os, found.platforms.cpu) == (("win32",), ("x64",))
    assert lockfile.dependency(package_at(installed, "esbuild"), "not-there", "1.0.0") is None


def test_installed_platform_packages_are_replaced(installed: Path, choose: ChooseFixture) -> None:
    """pnpm puts packages elsewhere than beside their dependents."""
    chosen = choose(installed, "win-x64", "linux-x64")
    assert not [f for f in chosen.findings if f.severity is Severity.ERROR]
    windows, linux = (locations(own) for own in chosen.projects)
    assert any(path.endswith("/@esbuild/win32-x64/esbuild.exe") for path in windows)
    assert any(path.endswith("/@parcel/watcher-win32-x64/watcher.node") for path in windows)
    assert not any("linux-x64" in path for path in windows)
    assert any(path.endswith("/@esbuild/linux-x64/bin/esbuild") for path in linux)
    # The dependent finds it in a node_modules beside or above it.
    (parent,) = (path for path in windows if path.endswith("/esbuild/lib/main.js"))
    (member,) = (path for path in windows if path.endswith("/@esbuild/win32-x64/package.json"))
    modules = member.removesuffix("/@esbuild/win32-x64/package.json")
    assert modules.endswith("node_modules")
    assert parent.startswith(modules.removesuffix("node_modules"))
    symlinks = chosen.projects[0].symlinks
    assert not any("linux-x64" in link.target for link in symlinks)
