"""Prebuilds: the chosen file is the one that node-gyp-build loads on each platform."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.addons.prebuilds import choose_prebuilds
from sealift.findings import Severity
from sealift.lockfiles import npm_platform_of
from sealift.target import Arch, Platform
from support.addon_projects import RELEASE, AppFixture, ChooseFixture, locations

pytestmark = pytest.mark.registry

# Asks the real node-gyp-build which file of a package it loads on another platform.
ORACLE = """
const [loader, directory, machines] = process.argv.slice(2);
for (const variables of JSON.parse(machines)) {
  Object.assign(process.env, variables);
  delete require.cache[require.resolve(loader)];
  let found = null;
  try { found = require(loader).resolve(directory) } catch {}
  console.log(JSON.stringify(found));
}
"""
MACHINES = [
    (platform, arch)
    for platform in Platform
    for arch in (Arch.X64, Arch.ARM64, Arch.X86, Arch.ARMV7, Arch.ARMV6)
]
PACKAGES = {
    "@serialport/bindings-cpp": "13.0.1",
    "argon2": "0.44.0",
    "bcrypt": "6.0.0",
    "bufferutil": "4.1.0",
    "classic-level": "3.0.0",
}


@pytest.mark.parametrize("name", PACKAGES)
def test_like_node_gyp_build(
    name: str,
    npm_project: Callable[[dict[str, str]], Path],
    node_binary: Callable[[str, str, str], Path],
    tmp_path: Path,
) -> None:
    modules = npm_project(PACKAGES) / "node_modules"
    directory = modules / name
    (tmp_path / "oracle.js").write_text(ORACLE)
    machines = [npm_platform_of(platform, arch) for platform, arch in MACHINES]
    variables = [
        {
            "npm_config_platform": machine.os,
            "npm_config_arch": machine.cpu,
            "LIBC": machine.libc or "glibc",
            "ARM_VERSION": machine.arm_version,
        }
        for machine in machines
    ]
    loader = modules / "node-gyp-build" / "node-gyp-build.js"
    answers = subprocess.run(
        [
            node_binary(RELEASE, "linux", "x64"),
            tmp_path / "oracle.js",
            *(loader, directory, json.dumps(variables)),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    paths = [
        path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()
    ]
    seen = 0
    for machine, answer in zip(machines, answers, strict=True):
        found = json.loads(answer)
        expected = Path(os.path.relpath(found, directory)).as_posix() if found else None
        chosen = {path for path in choose_prebuilds(paths, machine, 137) if path.endswith(".node")}
        assert chosen == ({expected} if expected else set()), machine
        seen += expected is not None
    assert seen >= 4


def test_other_prebuilds_are_excluded(app: AppFixture, choose: ChooseFixture) -> None:
    root = app({"@serialport/bindings-cpp": "13.0.1"}, "require('@serialport/bindings-cpp');\n")
    targets = ("linux-x64", "alpine-x64", "win-arm64", "macos-x64")
    chosen = choose(root, *targets)
    kept = [
        [
            location.rpartition("prebuilds/")[2]
            for location in sorted(locations(own))
            if ".node" in location
        ]
        for own in chosen.projects
    ]
    name = "@serialport+bindings-cpp"
    assert kept == [
        [f"linux-x64/{name}.glibc.node"],
        [f"linux-x64/{name}.musl.node"],
        [f"win32-arm64/{name}.armv8.node"],
        [f"darwin-x64+arm64/{name}.node"],
    ]


def test_none_for_the_target(app: AppFixture, choose: ChooseFixture) -> None:
    """argon2 needs its addon; bufferutil falls back to JavaScript."""
    packages = {"argon2": "0.44.0", "bufferutil": "4.1.0"}
    root = app(packages, "require('argon2'); require('bufferutil');\n")
    found = {
        finding.message.split("@")[0]: finding
        for finding in choose(root, "win-arm64").findings
        if "no addon" in finding.message
    }
    assert found["argon2"].severity is Severity.ERROR
    assert found["argon2"].code == "addon-missing"
    assert "win-arm64" in found["argon2"].message
    assert "--allow-missing-addons" in found["argon2"].remedy
    assert found["bufferutil"].severity is Severity.WARNING
    allowed = choose(root, "win-arm64", allow_missing_addons=True).findings
    assert {f.severity for f in allowed} == {Severity.WARNING}


def test_a_corrupt_prebuild(app: AppFixture, choose: ChooseFixture) -> None:
    root = app({"argon2": "0.44.0"}, "require('argon2');\n")
    prebuilds = root / "node_modules" / "argon2" / "prebuilds"
    broken = prebuilds / "linux-x64" / "argon2.glibc.node"
    broken.write_bytes(broken.read_bytes()[:20_000])
    errors = [f for f in choose(root, "linux-x64").findings if f.severity is Severity.ERROR]
    (error,) = errors
    assert error.code == "addon-broken"
    assert "argon2.glibc.node is broken" in error.message
    assert error.file.endswith("prebuilds/linux-x64/argon2.glibc.node")
    # Prebuilds of other targets are intact.
    assert not any(f.severity is Severity.ERROR for f in choose(root, "linux-arm64").findings)
