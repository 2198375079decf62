"""A build as a whole: no target depends on which other targets are in the run."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from sealift.findings import IncompleteProjectError, Severity
from sealift.result import BuildResult
from support.bytecode_builds import Build, MakeProject, package

# `require('dual')` is an ES module in Node 24, and CommonJS in Node 20.
FILES = {
    "package.json": package("app", dependencies={"dual": "1"}),
    "index.js": "console.log(require('dual').kind);\n",
    "node_modules/dual/package.json": package(
        "dual", license="MIT", exports={"module-sync": "./module.mjs", "default": "./script.cjs"}
    ),
    "node_modules/dual/module.mjs": "export const kind = 'module';\n",
    "node_modules/dual/script.cjs": "exports.kind = 'script';\n",
}
OLD, NEW, WINDOWS = "node20.20.2-linux-x64", "node24.19.0-linux-x64", "node24.19.0-win-x64"


def digests(result: BuildResult) -> Mapping[str, str]:
    return {executable.target: executable.sha256 for executable in result.executables}


@pytest.mark.parametrize("options", [{"sea": True}, {}], ids=["source", "bytecode"])
def test_a_target_is_the_same_alone_and_among_others(
    make_project: MakeProject, build: Build, tmp_path: Path, options: dict[str, bool]
) -> None:
    root = make_project(FILES)
    together = build(root, OLD, NEW, WINDOWS, **options)
    alone: dict[str, str] = {}
    for number, target in enumerate((OLD, NEW, WINDOWS)):
        alone |= digests(build(root, target, out_path=tmp_path / str(number), **options))
    assert digests(together) == alone
    printed = [
        subprocess.run([executable.path], capture_output=True, text=True, check=True).stdout
        for executable in together.executables[:2]
    ]
    assert printed == ["script\n", "module\n"]


def test_findings_and_files_are_those_of_their_target(
    make_project: MakeProject, build: Build
) -> None:
    result = build(make_project(FILES), OLD, NEW, sea=True)
    (end_of_life,) = (one for one in result.findings if one.code == "node-end-of-life")
    assert end_of_life.targets == (OLD,)
    old, new = ({file.location for file in one.project.files} for one in result.executables)
    assert old - new == {"app/node_modules/dual/script.cjs"}
    assert new - old == {"app/node_modules/dual/module.mjs"}
    sizes = [one.files_size for one in result.executables]
    assert sizes[0] != sizes[1]


def test_a_missing_module_fails_before_anything_is_written(
    make_project: MakeProject, build: Build, tmp_path: Path
) -> None:
    root = make_project({"package.json": package("app"), "index.js": "require('absent');\n"})
    with pytest.raises(IncompleteProjectError) as caught:
        build(root, OLD, NEW)
    errors = [one for one in caught.value.findings if one.severity == Severity.ERROR]
    assert [(one.code, one.file, one.line) for one in errors] == [
        ("unresolved-specifier", "index.js", 1)
    ]
    assert not (tmp_path / "out").exists()
