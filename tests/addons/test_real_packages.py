"""Real packages: the native files of each target are for its platform, by independent readers."""

from __future__ import annotations

import json
from pathlib import Path

import lief
import pytest

from sealift.findings import Severity
from sealift.model import Project, ProjectFile, Role
from support.addon_projects import AppFixture, ChooseFixture, locations

pytestmark = pytest.mark.registry

TARGETS = ("linux-x64", "linux-arm64", "alpine-x64", "linuxstatic-x64", "win-x64", "macos-arm64")
PACKAGES = {
    "@node-rs/argon2": "2.0.2",
    "@parcel/watcher": "2.5.1",
    "argon2": "0.44.0",
    "esbuild": "0.25.9",
    "rollup": "4.50.0",
    "sharp": "0.34.4",
}
SCRIPT = "".join(f"require({name!r});\n" for name in PACKAGES)
NATIVE = (".node", ".so", ".dll", ".dylib", ".exe")

ELF, PE, MACHO = lief.ELF, lief.PE, lief.MachO
MACHINES = {
    "linux-x64": ELF.ARCH.X86_64,
    "linux-arm64": ELF.ARCH.AARCH64,
    "alpine-x64": ELF.ARCH.X86_64,
    "linuxstatic-x64": ELF.ARCH.X86_64,
    "win-x64": PE.Header.MACHINE_TYPES.AMD64,
    "macos-arm64": MACHO.Header.CPU_TYPE.ARM64,
}


def native_files(project: Project) -> list[ProjectFile]:
    """Return the native files, recognized by their first bytes."""
    found = []
    for file in project.files:
        with file.source.open("rb") as stream:
            head = stream.read(4)
        if head[:2] == b"MZ" or head in (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"):
            found.append(file)
    return found


def machines(path: Path) -> set[object]:
    """Return the processors of a file; a universal file has several."""
    read = lief.parse(str(path))
    if isinstance(read, lief.ELF.Binary):
        return {read.header.machine_type}
    if isinstance(read, lief.PE.Binary):
        return {read.header.machine}
    universal = lief.MachO.parse(str(path))
    assert universal is not None
    return {part.header.cpu_type for part in universal}


@pytest.fixture
def project(app: AppFixture) -> Path:
    return app(PACKAGES, SCRIPT)


def test_native_files_are_for_the_target(project: Path, choose: ChooseFixture) -> None:
    chosen = choose(project, *TARGETS)
    assert [f for f in chosen.findings if f.severity is Severity.ERROR] == []
    for target, own in zip(TARGETS, chosen.projects, strict=True):
        files = native_files(own)
        assert files
        for file in files:
            assert MACHINES[target] in machines(file.source), (target, file.location)
        packages = {file.package.rpartition("@")[0] for file in files}
        families = (
            "@node-rs/argon2-",
            "@parcel/watcher-",
            "@esbuild/",
            "@img/sharp-",
            "@rollup/rollup-",
        )
        for wanted in ("argon2", *families):
            assert any(name.startswith(wanted) for name in packages), (target, wanted)
        # libvips is in a package of its own, but for Windows.
        has_own = any("sharp-libvips-" in name for name in packages)
        assert has_own == (target != "win-x64"), target
        needed = {
            library
            for file in files
            if isinstance(read := lief.parse(str(file.source)), lief.ELF.Binary)
            for library in read.libraries
        }
        if target.startswith(("alpine", "linuxstatic")):
            assert "libc.so.6" not in needed
        elif target.startswith("linux"):
            assert not any("musl" in library for library in needed)


def test_the_host_gets_what_is_installed(project: Path, choose: ChooseFixture) -> None:
    """Nothing is fetched."""
    (own,) = choose(project, "linux-x64", cache=project / "empty", offline=True).projects
    assert all(file.source.is_relative_to(project) for file in own.files)


def test_equal_targets_share_one_project(project: Path, choose: ChooseFixture) -> None:
    static, alpine, windows = choose(project, "linuxstatic-x64", "alpine-x64", "win-x64").projects
    assert static is alpine
    assert static is not windows


def test_addons_in_a_static_node_are_reported(project: Path, choose: ChooseFixture) -> None:
    code = "addons-in-static-node"
    (told,) = [
        one for one in choose(project, "linuxstatic-x64", static=True).findings if one.code == code
    ]
    assert (told.severity, told.file[-5:]) == (Severity.WARNING, ".node")
    assert "is statically linked and cannot load the" in told.message
    assert code not in {one.code for one in choose(project, "linuxstatic-x64").findings}


def test_resolutions_are_those_of_the_target(app: AppFixture, choose: ChooseFixture) -> None:
    names = ("linux-x64", "win32-x64", "darwin-x64")
    asked = [f"@esbuild/{name}/package.json" for name in names]
    root = app(
        {"esbuild": "0.25.9"},
        "".join(f"try {{ require('{name}') }} catch {{}}\n" for name in asked),
    )
    (own,) = choose(root, "win-x64").projects
    (index,) = [file for file in own.files if file.location == "app/index.js"]
    # A missing resolution is searched at run time; None is known not to resolve.
    answers = {one.specifier: one.target for one in index.resolutions}
    assert answers == {asked[2]: None}
    targets = {
        one.target for file in own.files for one in file.resolutions if one.target is not None
    }
    assert targets <= locations(own)


def test_a_project_without_native_code_is_unchanged(app: AppFixture, choose: ChooseFixture) -> None:
    root = app({"lodash": "4.18.1"}, "require('lodash');\n")
    projects = choose(root, "linux-x64", "win-x64", "alpine-x64").projects
    assert projects[0] is projects[1] is projects[2]
    assert all(file.source.is_relative_to(root) for file in projects[0].files)


def test_scripts_that_are_fetched_have_their_roles_and_licences(
    project: Path, choose: ChooseFixture
) -> None:
    (own,) = choose(project, "macos-arm64").projects
    files = {file.location: file for file in own.files}
    index = files["app/node_modules/@img/sharp-libvips-darwin-arm64/lib/index.js"]
    assert (index.role, index.public, index.of_app) == (Role.COMMONJS, True, False)
    assert index.package == "@img/sharp-libvips-darwin-arm64@1.2.3"
    assert not any(location.endswith("README.md") for location in files)


def test_a_package_for_one_system_is_not_missed_on_others(
    app: AppFixture, choose: ChooseFixture
) -> None:
    root = app({"chokidar": "3.6.0"}, "require('chokidar');\n")
    chosen = choose(root, "macos-x64", "linux-arm64", "win-x64")
    with_it = [
        any("/node_modules/fsevents/" in location for location in locations(own))
        for own in chosen.projects
    ]
    assert with_it == [True, False, False]
    assert {finding.severity for finding in chosen.findings} == {Severity.NOTE}


def test_extras_for_some_systems_are_not_required(app: AppFixture, choose: ChooseFixture) -> None:
    """Packages for other platforms are not missed, by the project or by a package."""
    root = app({"chokidar": "3.6.0"}, "require('chokidar');\n")
    extras = {"fsevents": "2.3.3", "@esbuild/win32-x64": "0.25.9", "@esbuild/darwin-x64": "0.25.9"}
    for manifest in (root / "package.json", root / "node_modules" / "chokidar" / "package.json"):
        data = json.loads(manifest.read_text())
        ours = dict(list(extras.items())[: 2 if "chokidar" in str(manifest.parent.name) else 3])
        manifest.write_text(json.dumps(data | {"optionalDependencies": ours}))
    chosen = choose(root, "linux-arm64", "win-x64")
    assert {finding.severity for finding in chosen.findings} == {Severity.NOTE}
    assert not any("esbuild" in location for location in locations(chosen.projects[0]))
    assert any("/@esbuild/win32-x64/" in location for location in locations(chosen.projects[1]))


def test_platform_packages_of_a_dependency(app: AppFixture, choose: ChooseFixture) -> None:
    """A package also lists some of those that its dependency needs (gemini-cli)."""
    name = "@lydell/node-pty"
    root = app({name: "1.1.0"}, "require('between');\n")
    between = root / "node_modules" / "between"
    between.mkdir()
    listed = [name, *(f"{name}-{one}" for one in ("linux-x64", "darwin-x64", "win32-x64"))]
    manifest = {"name": "between", "optionalDependencies": dict.fromkeys(listed, "1.1.0")}
    (between / "package.json").write_text(json.dumps(manifest))
    (between / "index.js").write_text(f"module.exports = require('{name}');\n")
    manifest = json.loads((root / "package.json").read_text())
    manifest["dependencies"] = {"between": "*"}
    (root / "package.json").write_text(json.dumps(manifest))
    chosen = choose(root, "linux-arm64", "win-x64", "alpine-x64")
    assert "pty.node" in {file.location.rpartition("/")[2] for file in chosen.projects[0].files}
    (lacking,) = (one for one in chosen.findings if one.severity is Severity.ERROR)
    assert lacking.message.startswith(f"{name}@1.1.0 has no addon for alpine-x64")


def test_one_package_for_both_c_libraries(app: AppFixture, choose: ChooseFixture) -> None:
    root = app({"koffi": "3.3.4"}, "require('koffi');\n")
    chosen = choose(root, "linux-x64", "alpine-x64", "linux-arm64", "linuxstatic-arm64")
    assert {finding.severity for finding in chosen.findings} <= {Severity.NOTE}
    for own, folder in zip(
        chosen.projects, ("linux_x64", "musl_x64", "linux_arm64", "musl_arm64"), strict=True
    ):
        (addon,) = (location for location in locations(own) if location.endswith(".node"))
        assert addon.endswith(f"/{folder}/koffi.node")


def test_platform_packages_are_sufficient(app: AppFixture, choose: ChooseFixture) -> None:
    """Their parent uses node-gyp-build and has no builds of its own."""
    root = app({"msgpackr-extract": "3.0.3"}, "require('msgpackr-extract');\n")
    chosen = choose(root, "linux-x64", "win-x64")
    assert {finding.severity for finding in chosen.findings} <= {Severity.NOTE}
    for own, name in zip(chosen.projects, ("linux-x64", "win32-x64"), strict=True):
        addons = {location for location in locations(own) if location.endswith(".node")}
        assert addons
        assert all(f"msgpackr-extract-{name}/" in location for location in addons)
