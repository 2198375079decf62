"""Stock Node runs on every machine that reports itself ready."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import rigs
from rigs import binaries
from rigs.capability import lacking
from support.equipment import FindMachine


def test_every_pinned_release_is_exact() -> None:
    for platform, arch in binaries.SIX_TARGETS:
        majors = [binaries.pinned(major, platform, arch).split(".") for major in ("22", "24", "26")]
        assert [release[0] for release in majors] == ["22", "24", "26"]
        assert all(len(release) == 3 for release in majors)


@pytest.mark.parametrize("version", ["22", "24", "26"])
@pytest.mark.parametrize(
    ("platform", "arch", "reported"),
    [
        ("linux", "x64", "linux x64"),
        pytest.param("linux", "arm64", "linux arm64", marks=pytest.mark.rigs),
        pytest.param("win", "x64", "win32 x64", marks=pytest.mark.rigs),
    ],
)
def test_machine_runs_stock_node(
    version: str,
    platform: str,
    arch: str,
    reported: str,
    node_binary: Callable[[str, str, str], Path],
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    node = node_binary(version, platform, arch)
    (tmp_path / "in.txt").write_text("here")
    script = (
        "const fs = require('fs');"
        "console.log(process.platform, process.arch, process.version.split('.')[0],"
        " fs.readFileSync('in.txt', 'utf8'), process.env.GIVEN, process.argv[1]);"
        "fs.writeFileSync('out.txt', 'written'); console.error('said'); process.exit(7)"
    )
    done = machine(f"{platform}-{arch}").run(
        node, "-e", script, "an argument", cwd=tmp_path, env={"GIVEN": "given"}
    )
    assert done.stdout == f"{reported} v{version} here given an argument\n"
    assert "said" in done.stderr
    assert done.code == 7
    assert (tmp_path / "out.txt").read_text() == "written"


@pytest.mark.rigs
def test_emulated_child_processes(
    node_binary: Callable[[str, str, str], Path],
    machine: FindMachine,
) -> None:
    missing = rigs.linux_arm64.missing_for_children()
    if missing:
        lacking(missing)
    script = (
        "const { execFileSync } = require('child_process');"
        "console.log(execFileSync(process.execPath, ['-p', 'process.arch'], { encoding: 'utf8' }))"
    )
    done = machine("linux-arm64").run(node_binary("24", "linux", "arm64"), "-e", script)
    assert done.stdout.split() == ["arm64"], done.stderr
