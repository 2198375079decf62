"""A small project with packages, packaged for Linux."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.lockfiles import open_lockfile
from sealift.model import PackagedFiles, Payload, Resolution, ResolutionKind, ScriptCounts
from sealift.target import Arch, NodeRange, Platform, Target
from sealift.target_build import TargetBuild, TargetProject
from support.elf_builder import Shape
from support.executables import project_of, small_node

INTEGRITY = "sha512-" + "A" * 86 + "=="
TWO = {
    "name": "two",
    "version": "2.0.0",
    "licenses": [{"type": "MIT"}, {"type": "Apache-2.0"}],
}
FILES = {
    "package.json": {"name": "app", "version": "1.0.0", "private": True, "license": "UNLICENSED"},
    "index.js": "require('@s/one')",
    "LICENSE": "The app's own terms",
    "node_modules/@s/one/package.json": {"name": "@s/one", "version": "1.2.3", "license": "MIT"},
    "node_modules/@s/one/lib/index.js": "require('two')",
    "node_modules/@s/one/LICENSE.md": "MIT text\r\n",
    "node_modules/@s/one/license.js": "not a licence",
    "node_modules/two/package.json": TWO,
    "node_modules/two/index.js": "",
    "node_modules/@s/one/node_modules/two/package.json": TWO,
    "node_modules/three/package.json": {"name": "three", "version": "3.0.0-rc.1"},
    "node_modules/three/COPYING": "MIT text\n",
    "node_modules/three/NOTICE": "Notice of three",
    "package-lock.json": {
        "lockfileVersion": 3,
        "packages": {
            "": {"version": "1.0.0"},
            "node_modules/@s/one": {"version": "1.2.3", "integrity": INTEGRITY},
            "node_modules/two": {"version": "9.9.9", "integrity": INTEGRITY},
        },
    },
}
RESOLUTIONS = {
    "index.js": [
        Resolution(ResolutionKind.REQUIRE, "@s/one", "app/node_modules/@s/one/lib/index.js")
    ],
    "node_modules/@s/one/lib/index.js": [
        Resolution(ResolutionKind.REQUIRE, "two", "app/node_modules/two/index.js"),
        Resolution(ResolutionKind.REQUIRE, "absent", None),
    ],
}


@pytest.fixture
def target_build(tmp_path: Path) -> Callable[[], TargetBuild]:
    """Callable: the record of a target whose project is `FILES`, in ``tmp_path / "app"``."""

    def make() -> TargetBuild:
        folder = tmp_path / "app"
        for name, content in FILES.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        project = project_of(folder, "index.js", RESOLUTIONS)
        return TargetBuild(
            Target(NodeRange((24,)), Platform.LINUX, Arch.X64),
            tmp_path / "out" / "app",
            packaged=TargetProject("project 0", project),
            binary=small_node(tmp_path, Shape()),
            packed=Payload(PackagedFiles((), 0, 0), (), ScriptCounts(0, 0, 0)),
        )

    return make


@pytest.fixture
def lockfile(target_build: Callable[[], TargetBuild], tmp_path: Path) -> object:
    """The lockfile of the project."""
    target_build()
    return open_lockfile(tmp_path / "app")
