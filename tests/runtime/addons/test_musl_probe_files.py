"""A program in an executable with musl finds musl, whatever the machine has."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import rigs
from sealift.model import Project
from sealift.packing.musl_probe_files import with_musl_probe_files
from sealift.target import Arch, Platform, parse_target
from sealift.target_build import TargetBuild, TargetProject
from support.executables import build, node_at, project_of
from support.releases import RELEASE

PACKAGES = {"detect-libc-1": "npm:detect-libc@1.0.3", "detect-libc": "2.1.2"}
NO_GETCONF = "getconf: GNU_LIBC_VERSION: unknown variable"

PROGRAMS = Path(__file__).parent / "programs"


def build_of(project: Project, platform: str) -> TargetBuild:
    target = parse_target(platform, (Platform.LINUX, Arch.X64))
    return TargetBuild(target, Path("app"), packaged=TargetProject("it", project))


def test_probes_of_the_c_library(
    node_binary: Callable[[str, str, str], Path],
    npm_project: Callable[[Mapping[str, str]], Path],
    tmp_path: Path,
) -> None:
    shutil.copytree(PROGRAMS / "libc", tmp_path / "app")
    shutil.copytree(npm_project(PACKAGES) / "node_modules", tmp_path / "app" / "node_modules")
    project = project_of(tmp_path / "app", "index.js")
    (static,) = with_musl_probe_files([build_of(project, "linuxstatic")], tmp_path / "work")
    node = node_at(node_binary(RELEASE, "linux", "x64"))
    executable = build(static.project, {"it": node}, tmp_path / "out")["it"]
    done = rigs.linux_x64.run(executable, cwd=tmp_path)
    assert (done.code, done.stderr) == (0, "")
    answers = json.loads(done.stdout)
    assert answers == {
        "files": [True] * 4,
        "alpine": [True, True],
        "other": True,
        "commands": [
            [0, "musl libc"],
            [1, ""],
            "musl libc",
            "musl libc",
            f"{NO_GETCONF}\nmusl libc",
        ],
        "old": ["musl", True],
        "family": ["musl", "musl"],
    }


def test_targets_with_equal_projects_share_one(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "index.js").write_text("")
    project = project_of(tmp_path / "app", "index.js")
    builds = [build_of(project, platform) for platform in ("alpine", "linux", "linuxstatic")]
    alpine, linux, static = with_musl_probe_files(builds, tmp_path / "work")
    assert linux.packaged == builds[1].packaged
    assert alpine.packaged is static.packaged
    assert alpine.project_key != linux.project_key
    assert [file.location for file in alpine.project.files] == [
        ".sealift/etc/alpine-release",
        ".sealift/usr/bin/ldd",
        "app/index.js",
    ]
