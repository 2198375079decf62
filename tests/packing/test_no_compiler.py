"""Targets for which no Node is available that compiles on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import sealift
from sealift.errors import NodeError
from sealift.model import ScriptCounts
from sealift.options import BuildOptions, NodeOptions
from sealift.result import BuildResult
from support.bytecode_builds import MakeProject, package

TARGET = "node24-macos-arm64"
PUBLIC = {"package.json": package("app", license="MIT"), "index.js": "console.log(1);"}
PRIVATE = {"package.json": package("app"), "index.js": "console.log(1);"}


@pytest.fixture
def build(
    node_binary: Callable[[str, str, str], Path], tmp_path: Path
) -> Callable[..., BuildResult]:
    def run(entry: Path, **options: bool) -> BuildResult:
        named = {TARGET: node_binary("24", "macos", "arm64")}
        node = NodeOptions(binaries=named, cache=tmp_path / "cache", offline=True)
        return sealift.build(
            BuildOptions(
                entry=entry,
                targets=(TARGET,),
                out_path=tmp_path / "out",
                node=node,
                **options,  # type: ignore[arg-type]
            )
        )

    return run


def test_private_source_is_not_shipped(
    make_project: MakeProject, build: Callable[..., BuildResult], tmp_path: Path
) -> None:
    with pytest.raises(NodeError) as caught:
        build(make_project(PRIVATE))
    assert caught.value.code == "compiler-missing"
    assert "--fallback-to-source" in caught.value.remedy
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("files", "options"), [(PUBLIC, {"public": True}), (PRIVATE, {"fallback_to_source": True})]
)
def test_what_may_ship_ships_as_source(
    make_project: MakeProject,
    build: Callable[..., BuildResult],
    files: dict[str, str],
    options: dict[str, bool],
) -> None:
    result = build(make_project(files), **options)
    (executable,) = result.executables
    assert executable.scripts == ScriptCounts(bytecode=0, both=0, source=1)
    (told,) = [finding for finding in result.findings if finding.code == "without-bytecode"]
    assert "same V8" in told.message and "linux-x64" in told.message


def test_another_release_with_the_same_v8_compiles(
    make_project: MakeProject, node_binary: Callable[[str, str, str], Path], tmp_path: Path
) -> None:
    target = "node22.20.0-macos-arm64"
    named = {
        target: node_binary("22.20.0", "macos", "arm64"),
        "linux-x64": node_binary("22.21.1", "linux", "x64"),
    }
    result = sealift.build(
        BuildOptions(
            entry=make_project(PRIVATE),
            targets=(target,),
            out_path=tmp_path / "out",
            node=NodeOptions(binaries=named, cache=tmp_path / "cache", offline=True),
        )
    )
    assert result.executables[0].scripts == ScriptCounts(bytecode=1, both=0, source=0)
