"""Packages of small executables, read by other programs: tar, dpkg-deb, zipfile, ..."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import lief
import pytest

from distribution.sample import DETAILS, builds_of, packages_of
from rigs.capability import lacking
from sealift.deployment import DeployFile
from sealift.distribution import Kind
from sealift.errors import SealiftError, UsageError
from sealift.model import NodeBinary, Project
from sealift.record import replace
from sealift.target import Arch
from sealift.target_build import Front, TargetBuild, TargetProject
from support.macho_builder import X64, MachBuilder
from support.musl_parts import build as build_elf
from support.musl_parts import node_shape

ALL = ("linux-x64", "linuxstatic-x64", "linuxstatic-arm64", "macos-x64", "macos-arm64", "win-x64")


def output_of(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def require(*programs: str) -> None:
    """Skip the test, or fail it in CI, if a program is not installed."""
    for program in programs:
        if shutil.which(program) is None:
            lacking(program)


def executable(builds: tuple[TargetBuild, ...], target: str) -> bytes:
    (found,) = (one.output for one in builds if str(one.target) == f"node24-{target}")
    return found.read_bytes()


def test_archives(tmp_path: Path) -> None:
    builds = builds_of(tmp_path, "linux-x64", "win-x64")
    made = packages_of(tmp_path, [Kind.TAR_GZ, Kind.ZIP], builds)
    folder = "greeter-1.2.3-beta.4-linux-x64"
    listed = output_of("tar", "tvzf", tmp_path / f"{folder}.tar.gz")
    assert [line.split()[:2] for line in listed.splitlines()] == [
        ["-rwxr-xr-x", "root/root"],
        ["-rw-r--r--", "root/root"],
    ]
    with tarfile.open(tmp_path / f"{folder}.tar.gz") as archive:
        assert archive.getnames() == [f"{folder}/greeter", f"{folder}/LICENSE"]
        content = archive.extractfile(f"{folder}/greeter")
        assert content is not None
        assert content.read() == executable(builds, "linux-x64")
    folder = "greeter-1.2.3-beta.4-win-x64"
    with zipfile.ZipFile(tmp_path / f"{folder}.zip") as zipped:
        assert zipped.testzip() is None
        assert zipped.namelist() == [f"{folder}/greeter.exe", f"{folder}/LICENSE"]
        assert zipped.read(f"{folder}/greeter.exe") == executable(builds, "win-x64")
    for package in made.values():
        assert package.sha256 == hashlib.sha256(package.path.read_bytes()).hexdigest()
        assert package.size == package.path.stat().st_size


def test_deb(tmp_path: Path) -> None:
    require("dpkg-deb")
    builds = builds_of(tmp_path, "linux-x64")
    packages_of(tmp_path, [Kind.DEB], builds)
    package = tmp_path / "greeter_1.2.3~beta.4_amd64.deb"
    fields = dict(
        line.split(": ", 1) for line in output_of("dpkg-deb", "--field", package).splitlines()
    )
    assert fields["Package"] == "greeter"
    assert fields["Version"] == "1.2.3~beta.4"
    assert fields["Architecture"] == "amd64"
    assert fields["Depends"] == "libc6 (>= 2.28), libstdc++6"
    assert fields["Description"] == DETAILS.description
    output_of("dpkg-deb", "--extract", package, tmp_path / "root")
    program = tmp_path / "root" / "usr" / "bin" / "greeter"
    assert program.read_bytes() == executable(builds, "linux-x64")
    assert program.stat().st_mode & 0o777 == 0o755
    output_of("dpkg-deb", "--control", package, tmp_path / "control")
    output_of("md5sum", "--check", tmp_path / "control" / "md5sums", cwd=tmp_path / "root")


def test_deb_of_a_compact_file(tmp_path: Path) -> None:
    """It depends on what the executable in it needs, and the front in front of it needs nothing."""
    require("dpkg-deb")
    (build,) = builds_of(tmp_path, "linux-x64")
    node = tmp_path / "node"
    build.output.rename(node)
    build.output.write_bytes(build_elf(node_shape("x64")))
    front = Front(Arch.X64, tmp_path / "front", 1, "", "1.2.1", tmp_path)
    binary = cast("NodeBinary", SimpleNamespace(path=node))
    packages_of(tmp_path, [Kind.DEB], [replace(build, front=front, binary=binary)])
    package = tmp_path / "greeter_1.2.3~beta.4_amd64.deb"
    depends = output_of("dpkg-deb", "--field", package, "Depends")
    assert depends.strip() == "libc6 (>= 2.28), libstdc++6"


def test_rpm(tmp_path: Path) -> None:
    require("rpmbuild")
    builds = builds_of(tmp_path, "linux-x64")
    packages_of(tmp_path, [Kind.RPM], builds)
    package = tmp_path / "greeter-1.2.3~beta.4-1.x86_64.rpm"
    listed = output_of("rpm", "--query", "--package", "--list", package)
    names = ["/usr/bin/greeter", "/usr/share/doc/greeter", "/usr/share/doc/greeter/LICENSE"]
    assert listed.split() == names
    tags = "%{NAME} %{VERSION} %{ARCH} %{LICENSE}\n%{SUMMARY}"
    told = output_of("rpm", "--query", "--package", "--queryformat", tags, package)
    assert told == f"greeter 1.2.3~beta.4 x86_64 MIT\n{DETAILS.description}"
    required = output_of("rpm", "--query", "--package", "--requires", package)
    assert required.split()[:3] == [
        f"{name}()(64bit)" for name in ("libc.so.6", "libm.so.6", "libstdc++.so.6")
    ]
    digest = output_of(
        "rpm", "--query", "--package", "--queryformat", "[%{FILEDIGESTS}\n]", package
    )
    assert hashlib.sha256(executable(builds, "linux-x64")).hexdigest() in digest


def test_rpm_without_rpmbuild(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError) as caught:
        packages_of(tmp_path, [Kind.RPM], builds_of(tmp_path, "linux-x64"))
    assert caught.value.code == "rpmbuild-missing"


def test_manifests_name_archives_and_digests(tmp_path: Path) -> None:
    builds = builds_of(tmp_path, *ALL)
    made = packages_of(tmp_path, [Kind.BREW, Kind.SCOOP], builds)
    formula = (tmp_path / "greeter.rb").read_text(encoding="utf-8")
    assert formula.startswith("class Greeter < Formula\n")
    assert r"desc \"Greets".replace("\\", "") in formula.replace("\\", "")
    assert r"\#{people}" in formula, "Ruby would run it"
    for name in ("linux-x64", "linuxstatic-arm64", "macos-x64", "macos-arm64"):
        archive = f"greeter-1.2.3-beta.4-{name}.tar.gz"
        assert f'url "https://example.org/1.2.3-beta.4/{archive}"' in formula
        assert made[archive].sha256 in formula
    manifest = json.loads((tmp_path / "greeter.json").read_text(encoding="utf-8"))
    archive = "greeter-1.2.3-beta.4-win-x64.zip"
    assert manifest["architecture"] == {
        "64bit": {
            "url": f"https://example.org/1.2.3-beta.4/{archive}",
            "hash": made[archive].sha256,
            "extract_dir": "greeter-1.2.3-beta.4-win-x64",
        }
    }


def image(path: Path) -> dict[str, bytes]:
    """Return the files of an image layout, after checking that each blob has its digest."""
    with tarfile.open(path) as archive:
        files = {}
        for member in archive.getmembers():
            if member.isfile():
                stream = archive.extractfile(member)
                assert stream is not None
                files[member.name] = stream.read()
    for name, content in files.items():
        if name.startswith("blobs/sha256/"):
            assert name == f"blobs/sha256/{hashlib.sha256(content).hexdigest()}"
    return files


def test_image(tmp_path: Path) -> None:
    builds = builds_of(tmp_path, "linuxstatic-x64", "linuxstatic-arm64")
    details = replace(DETAILS, certificates=b"certificates")
    packages_of(tmp_path, [Kind.OCI], builds, details)
    files = image(tmp_path / "greeter-1.2.3-beta.4.oci.tar")

    def blob(descriptor: dict[str, str]) -> bytes:
        return files[f"blobs/{descriptor['digest'].replace(':', '/')}"]

    assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    (top,) = json.loads(files["index.json"])["manifests"]
    assert top["annotations"]["org.opencontainers.image.ref.name"] == "1.2.3-beta.4"
    index = json.loads(blob(top))
    assert [one["platform"]["architecture"] for one in index["manifests"]] == ["amd64", "arm64"]
    for described, target in zip(index["manifests"], ("x64", "arm64"), strict=True):
        manifest = json.loads(blob(described))
        config = json.loads(blob(manifest["config"]))
        assert config["config"]["User"] == "65532:65532"
        assert config["config"]["Entrypoint"] == ["/usr/bin/greeter"]
        assert config["config"]["Labels"]["org.opencontainers.image.licenses"] == "MIT"
        (layer,) = manifest["layers"]
        with tarfile.open(fileobj=io.BytesIO(blob(layer))) as archive:
            assert sorted(archive.getnames()) == archive.getnames()
            names = [one.name for one in archive.getmembers() if one.isfile()]
            assert names == [
                "etc/group",
                "etc/passwd",
                "etc/ssl/certs/ca-certificates.crt",
                "usr/bin/greeter",
                "usr/share/doc/greeter/LICENSE",
            ]
            home, temporary = archive.getmember("home/nonroot"), archive.getmember("tmp")
            assert (home.uid, home.mode, temporary.mode) == (65532, 0o700, 0o1777)
            program = archive.extractfile("usr/bin/greeter")
            assert program is not None
            assert program.read() == executable(builds, f"linuxstatic-{target}")
    for entry in json.loads(files["manifest.json"]):
        assert entry["Config"] in files
        assert all(layer in files for layer in entry["Layers"])


def test_skopeo_and_umoci_read_the_image(tmp_path: Path) -> None:
    require("skopeo", "umoci")
    builds = builds_of(tmp_path, "linuxstatic-x64", "linuxstatic-arm64")
    packages_of(tmp_path, [Kind.OCI], builds)
    package = tmp_path / "greeter-1.2.3-beta.4.oci.tar"
    for kind in ("oci-archive", "docker-archive"):
        source = f"{kind}:{package}" + (":greeter:1.2.3-beta.4" if kind == "docker-archive" else "")
        inspected = json.loads(output_of("skopeo", "--override-arch=amd64", "inspect", source))
        assert inspected["Architecture"] == "amd64"
    layout = tmp_path / "layout"
    architecture = "arm64"
    policy = ("--insecure-policy", f"--override-arch={architecture}")
    output_of("skopeo", *policy, "copy", f"oci-archive:{package}", f"oci:{layout}:one")
    command = ["umoci", "raw", "unpack", "--image", f"{layout}:one"]
    if os.geteuid():
        command.append("--rootless")
    output_of(*command, tmp_path / "root")
    program = tmp_path / "root" / "usr" / "bin" / "greeter"
    assert program.read_bytes() == executable(builds, "linuxstatic-arm64")


def test_the_same_executables_give_the_same_bytes(tmp_path: Path) -> None:
    require("rpmbuild", "dpkg-deb")
    digests = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        builds = builds_of(folder, *ALL)
        os.utime(builds[0].output, (1_000_000_000 + len(digests),) * 2)
        kinds = [kind for kind in Kind if kind not in (Kind.RPM, Kind.UNIVERSAL)]
        made = packages_of(folder, [*kinds, Kind.RPM], builds)
        digests.append({package: one.sha256 for package, one in made.items()})
    assert digests[0] == digests[1]


def test_a_package_that_fails_leaves_nothing(tmp_path: Path) -> None:
    builds = builds_of(tmp_path, "linux-x64", "win-x64")
    before = {path.name for path in tmp_path.iterdir()} | {"work"}
    (missing,) = (one.output for one in builds if "win" in one.output.name)
    missing.unlink()
    with pytest.raises(SealiftError) as caught:
        packages_of(tmp_path, [Kind.TAR_GZ, Kind.ZIP], builds)
    assert caught.value.code == "package-file-unreadable"
    assert str(missing) in caught.value.message
    assert {path.name for path in tmp_path.iterdir()} == before - {missing.name}


def test_a_directory_in_the_place_of_a_package(tmp_path: Path) -> None:
    builds = builds_of(tmp_path, "linux-x64")
    (tmp_path / "greeter-1.2.3-beta.4-linux-x64.tar.gz").mkdir()
    with pytest.raises(SealiftError) as caught:
        packages_of(tmp_path, [Kind.TAR_GZ], builds)
    assert caught.value.code == "package-unwritable"


def test_universal(tmp_path: Path) -> None:
    builds = builds_of(tmp_path, "macos-x64", "macos-arm64")
    for build, program in zip(builds, (MachBuilder(X64), MachBuilder()), strict=True):
        build.output.write_bytes(program.build())
    details = replace(DETAILS, universal_name="greeter")
    (made,) = packages_of(tmp_path, [Kind.UNIVERSAL], builds, details).values()
    assert made.path == tmp_path / "greeter"
    assert os.access(made.path, os.X_OK)
    assert made.targets == ("node24-macos-x64", "node24-macos-arm64")
    assert len(lief.MachO.parse(str(made.path))) == 2


def test_a_package_replaces_no_executable(tmp_path: Path) -> None:
    builds = builds_of(tmp_path, "macos-x64", "macos-arm64")
    details = replace(DETAILS, universal_name=builds[0].output.name)
    with pytest.raises(UsageError) as caught:
        packages_of(tmp_path, [Kind.UNIVERSAL], builds, details)
    assert caught.value.code == "package-replaces"


def with_files_beside(folder: Path, builds: tuple[TargetBuild, ...]) -> tuple[TargetBuild, ...]:
    """Return the builds with a file and a directory that must be beside the executable."""
    beside = folder / "beside"
    (beside / "tools").mkdir(parents=True)
    (beside / "data.bin").write_bytes(b"data")
    (beside / "tools" / "run").write_bytes(b"#!/bin/sh\n")
    (beside / "tools" / "run").chmod(0o755)
    (beside / "tools" / "link").symlink_to("run")
    (beside / "tools" / "empty").mkdir()
    (beside / "tools" / "linked").symlink_to("empty")
    deployed = (
        DeployFile(beside / "data.bin", "data.bin", "one@1", is_trusted=True),
        DeployFile(beside / "tools", "lib/tools", "two@1", is_trusted=True),
    )
    project = cast("Project", SimpleNamespace(deploy_files=deployed, files=()))
    return tuple(replace(build, packaged=TargetProject("one", project)) for build in builds)


def test_files_beside_the_executable(tmp_path: Path) -> None:
    require("dpkg-deb", "rpmbuild")
    builds = with_files_beside(tmp_path, builds_of(tmp_path, "linux-x64", "win-x64"))
    details = replace(DETAILS, deploy=True)
    kinds = [Kind.TAR_GZ, Kind.ZIP, Kind.DEB, Kind.RPM, Kind.BREW]
    packages_of(tmp_path, kinds, builds, details)
    files = ["data.bin", *(f"lib/tools/{name}" for name in ("empty", "link", "linked", "run"))]
    folder = "greeter-1.2.3-beta.4-linux-x64"
    with tarfile.open(tmp_path / f"{folder}.tar.gz") as archive:
        names = sorted(archive.getnames())
        assert names == sorted(f"{folder}/{name}" for name in ("LICENSE", "greeter", *files))
        assert archive.getmember(f"{folder}/lib/tools/link").linkname == "run"
    folder = "greeter-1.2.3-beta.4-win-x64"
    with zipfile.ZipFile(tmp_path / f"{folder}.zip") as zipped:
        names = sorted(zipped.namelist())
        names = [name.rstrip("/") for name in names]
        assert names == sorted(f"{folder}/{name}" for name in ("LICENSE", "greeter.exe", *files))
    root = tmp_path / "root"
    output_of("dpkg-deb", "--extract", tmp_path / "greeter_1.2.3~beta.4_amd64.deb", root)
    program = root / "usr" / "bin" / "greeter"
    assert program.is_symlink()
    assert program.resolve() == root / "usr" / "lib" / "greeter" / "greeter"
    assert (program.resolve().parent / "lib" / "tools" / "link").read_bytes() == b"#!/bin/sh\n"
    assert os.access(program.resolve().parent / "lib" / "tools" / "run", os.X_OK)
    package = tmp_path / "greeter-1.2.3~beta.4-1.x86_64.rpm"
    listed = output_of("rpm", "--query", "--package", "--list", package).split()
    assert {"/usr/bin/greeter", *(f"/usr/lib/greeter/{name}" for name in files)} <= {*listed}
    assert "libexec.install" in (tmp_path / "greeter.rb").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "destinations",
    [("greeter",), ("./greeter",), ("greeter/x",), ("lib", "lib/linked/x")],
)
def test_files_beside_replace_nothing(tmp_path: Path, destinations: tuple[str, ...]) -> None:
    source = tmp_path / "beside"
    source.mkdir()
    (source / "file").write_bytes(b"other")
    (source / "linked").symlink_to("..")
    deployed = tuple(
        DeployFile(
            source if destination == "lib" else source / "file",
            destination,
            "one@1",
            is_trusted=False,
        )
        for destination in destinations
    )
    project = cast("Project", SimpleNamespace(deploy_files=deployed, files=()))
    builds = builds_of(tmp_path, "linux-x64")
    builds = tuple(replace(build, packaged=TargetProject("one", project)) for build in builds)
    with pytest.raises(UsageError) as caught:
        packages_of(tmp_path, [Kind.TAR_GZ], builds, replace(DETAILS, deploy=True))
    assert caught.value.code == "package-file-replaces"
