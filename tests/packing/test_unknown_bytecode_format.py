"""Targets of a Node whose bytecode format is unknown, like a new release's."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import sealift
from sealift.errors import NodeError
from sealift.findings import Severity
from sealift.formats.v8.snapshot import read_snapshot
from sealift.formats.v8.tokens import TOKENS
from sealift.model import ScriptCounts
from sealift.options import BuildOptions, NodeOptions
from sealift.result import BuildResult
from support.bytecode_builds import HOST, MakeProject, package
from support.v8_snapshots import snapshot_with_magic

TARGET = "node24-macos-arm64"
MAGIC = 0xC0DE0777


def renew(node: Path, path: Path) -> None:
    """Copy a Node binary whose snapshot is right in all but its magic number."""
    shutil.copyfile(node, path)
    with path.open("r+b") as file:
        file.seek(read_snapshot(node).offset)
        file.write(snapshot_with_magic(node, MAGIC))


@pytest.fixture
def build(
    node_binary: Callable[[str, str, str], Path], tmp_path: Path
) -> Callable[..., BuildResult]:
    new = tmp_path / "new-node"
    renew(node_binary("24", "macos", "arm64"), new)
    named = {HOST: node_binary("24", "linux", "x64"), TARGET: new}
    node = NodeOptions(binaries=named, cache=tmp_path / "cache", offline=True)

    def run(
        entry: Path, *targets: str, node: NodeOptions = node, fallback_to_source: bool = False
    ) -> BuildResult:
        options = BuildOptions(
            entry=entry,
            targets=targets or (HOST, TARGET),
            out_path=tmp_path / "out",
            node=node,
            fallback_to_source=fallback_to_source,
        )
        return sealift.build(options)

    return run


FILES = {"package.json": package("app"), "index.js": "console.log(1);"}


def test_it_is_refused_by_name(
    make_project: MakeProject, build: Callable[..., BuildResult], tmp_path: Path
) -> None:
    with pytest.raises(NodeError) as caught:
        build(make_project(FILES))
    assert caught.value.code == "bytecode-unavailable"
    for part in ("macos-arm64", "24.19", f"{MAGIC:#x}", "index.js"):
        assert part in caught.value.message
    for way_out in ("--fallback-to-source", "--sea", "another Node release"):
        assert way_out in caught.value.remedy
    assert not (tmp_path / "out").exists()


def test_source_still_works(make_project: MakeProject, build: Callable[..., BuildResult]) -> None:
    result = build(make_project(FILES), fallback_to_source=True)
    forms = {one.target: (one.scripts.bytecode, one.scripts.source) for one in result.executables}
    assert forms == {HOST: (1, 0), TARGET: (0, 1)}
    told = [finding for finding in result.findings if finding.code == "without-bytecode"]
    assert len(told) == 1
    assert f"{MAGIC:#x}" in told[0].message


def test_the_hosts_own_is_refused_by_name(
    make_project: MakeProject,
    build: Callable[..., BuildResult],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A new release on this machine too: it compiles to an unknown format."""
    monkeypatch.delitem(TOKENS, 0xC0DE0689)
    root = make_project({**FILES, "other.js": "1;", "index.js": "require('./other');"})
    with pytest.raises(NodeError) as caught:
        build(root, HOST)
    assert caught.value.code == "bytecode-unavailable"
    for part in ("linux-x64", "24.19", "0xc0de0689", "2 files", "index.js"):
        assert part in caught.value.message
    assert "--sea" in caught.value.remedy
    assert not (tmp_path / "out").exists()
    result = build(root, HOST, fallback_to_source=True)
    assert result.executables[0].scripts == ScriptCounts(bytecode=0, both=0, source=2)
    assert [one.code for one in result.findings if one.severity == Severity.WARNING] == [
        "without-bytecode"
    ]


@pytest.mark.registry
def test_a_release_that_cannot_be_given_options(
    make_project: MakeProject,
    build: Callable[..., BuildResult],
    node_binary: Callable[[str, str, str], Path],
    tmp_path: Path,
) -> None:
    old = "node24.0.0-linux-x64"
    named = {"linux-x64": node_binary("24.0.0", "linux", "x64")}
    node = NodeOptions(binaries=named, cache=tmp_path / "cache", offline=True)
    root = make_project(FILES)
    for target in (old, "latest-linux-x64"):
        with pytest.raises(NodeError) as caught:
            build(root, target, node=node)
        assert caught.value.code == "bytecode-unavailable"
        for part in ("Node 24.0.0 for linux-x64", "index.js"):
            assert part in caught.value.message
        assert "24.8" in caught.value.remedy
    result = build(root, old, node=node, fallback_to_source=True)
    done = subprocess.run([result.executables[0].path], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("1\n", 0), done.stderr
