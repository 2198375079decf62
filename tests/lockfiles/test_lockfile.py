"""Lockfiles as the package managers themselves write them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigs import npm
from rigs.cache import dev_cache, make_once
from sealift.addons.installed import Installed
from sealift.errors import ProjectError
from sealift.lockfiles.indented import IndentedError, parse
from sealift.lockfiles.lockfile import open_lock
from sealift.model import Severity
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
        command = [*npm.npm_command(), "install", "--ignore-scripts", "--no-audit"]
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


def package_at(root: Path, name: str) -> Installed:
    directory = (root / "node_modules" / name).resolve()
    data = json.loads((directory / "package.json").read_text())
    return Installed(f"app/node_modules/{name}", directory, data)


def test_all_members_are_found(installed: Path) -> None:
    lock = open_lock(installed)
    assert lock is not None
    for name in PACKAGES:
        parent = package_at(installed, name)
        assert lock.version(parent) == PACKAGES[name]
        wanted = parent.requests("optionalDependencies")
        assert wanted
        for member, version in wanted.items():
            pin = lock.pin(parent, member, version)
            assert pin is not None, member
            assert pin.name == member
            if not version.startswith("~"):
                assert pin.version == version
            # Yarn 1 does not tell of machines, later ones nothing of what was not fetched.
            if lock.path.name != "yarn.lock":
                assert pin.integrity.startswith("sha512-")
                assert pin.restriction
    pin = lock.pin(package_at(installed, "@parcel/watcher"), "@parcel/watcher-win32-x64", "2.5.1")
    assert pin is not None
    assert pin.integrity in ("", WATCHER_FOR_WINDOWS)
    if pin.restriction is not None:
        assert (pin.restriction.os, pin.restriction.cpu) == (("win32",), ("x64",))
    assert lock.pin(package_at(installed, "esbuild"), "not-there", "1.0.0") is None


def test_what_a_package_manager_installed_is_replaced(
    installed: Path, choose: ChooseFixture
) -> None:
    """With pnpm packages stand elsewhere than where they are asked for."""
    chosen = choose(installed, "win-x64", "linux-x64")
    assert not [f for f in chosen.findings if f.severity is Severity.ERROR]
    windows, linux = (locations(own) for own in chosen.projects)
    assert any(path.endswith("/@esbuild/win32-x64/esbuild.exe") for path in windows)
    assert any(path.endswith("/@parcel/watcher-win32-x64/watcher.node") for path in windows)
    assert not any("linux-x64" in path for path in windows)
    assert any(path.endswith("/@esbuild/linux-x64/bin/esbuild") for path in linux)
    # Whoever asks finds it in a node_modules beside or above.
    (parent,) = (path for path in windows if path.endswith("/esbuild/lib/main.js"))
    (member,) = (path for path in windows if path.endswith("/@esbuild/win32-x64/package.json"))
    modules = member.removesuffix("/@esbuild/win32-x64/package.json")
    assert modules.endswith("node_modules")
    assert parent.startswith(modules.removesuffix("node_modules"))
    symlinks = chosen.projects[0].symlinks
    assert not any("linux-x64" in link.target for link in symlinks)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package-lock.json", '{"lockfileVersion": 3,'),
        (
            "package-lock.json",
            '{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0"}}}',
        ),
        ("pnpm-lock.yaml", "lockfileVersion: 5.3\n\npackages:\n\n  /a/1.0.0:\n    dev: false\n"),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n\n  - x\n\tpackages\n"),
        ("yarn.lock", "<<<<<<< HEAD\n"),
    ],
)
def test_lockfiles_that_cannot_be_used(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ProjectError) as caught:
        open_lock(tmp_path)
    assert caught.value.code == "lockfile-unreadable"
    assert name in caught.value.message
    assert caught.value.remedy


def test_the_lockfile_of_a_workspace(tmp_path: Path) -> None:
    (tmp_path / "package-lock.json").write_text('{"lockfileVersion": 3, "packages": {}}')
    (tmp_path / "packages" / "app").mkdir(parents=True)
    lock = open_lock(tmp_path / "packages" / "app")
    assert lock is not None
    assert lock.path == tmp_path / "package-lock.json"
    assert open_lock(Path("/")) is None


@given(st.text())
def test_arbitrary_text(text: str) -> None:
    try:
        assert isinstance(parse(text), dict)
    except IndentedError as error:
        assert error.line > 0


def test_what_the_notation_has() -> None:
    assert parse(
        "a:\n"
        "  'b@1': {x: sha512-a+/=, 'y': [1, \"2\"]}\n"
        "  c: 'it''s'\n"
        "  long: |-\n"
        "    Several lines: of\n"
        "      text\n"
        "  d:\n"
        "    - one\n"
        "    - two\n"
        "# remark\n"
        '"@e/f@^1", g@2:\n'
        '  version "1.0.0"\n'
    ) == {
        "a": {
            "b@1": {"x": "sha512-a+/=", "y": ["1", "2"]},
            "c": "it's",
            "long": "|-",
            "d": ["one", "two"],
        },
        "@e/f@^1, g@2": {"version": "1.0.0"},
    }
