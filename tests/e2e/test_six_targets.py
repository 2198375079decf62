"""One command builds for six targets; independent parsers identify the executables.

CI builds them with Node 24; `test_mixed_majors_and_same_bytes_again` has the other releases.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.identification import FORMATS, identify
from e2e.real_projects import PROJECTS
from support.command_line import Build, Sealift
from support.equipment import FindMachine
from support.samples import some

FUSE = b"NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:"


@pytest.mark.parametrize("version", some(["22", "24", "26"], ["24"]))
def test_one_command_for_six_targets(
    version: str,
    npm_project: Callable[[str], Path],
    machine: FindMachine,
    build: Build,
    tmp_path: Path,
) -> None:
    project = PROJECTS["express-views"]
    sources = tmp_path / "sources" / "project"
    sources.parent.mkdir()
    project.install(sources, npm_project(project.packages))
    built = build(sources, *(f"node{version}-{target}" for target in FORMATS))
    shutil.rmtree(sources.parent)
    assert len({path.name for path in built.values()}) == len(FORMATS)
    for name, expected in FORMATS.items():
        executable = built[f"node{version}-{name}"]
        assert identify(executable) == expected
        content = executable.read_bytes()
        assert content.count(FUSE) == 1
        assert content.count(FUSE + b"1") == 1, "the fuse is not set"
        assert b"There is no page at" in content, "the view is not inside"
    host = machine("linux-x64").run(built[f"node{version}-linux-x64"], "--selftest")
    assert "Hello, World!" in host.stdout, host.stderr
    assert host.code == 0


def test_mixed_majors_and_same_bytes_again(
    sealift: Sealift, binary_options: Callable[..., list[str]], tmp_path: Path
) -> None:
    project = tmp_path / "app"
    project.mkdir()
    (project / "index.js").write_text("console.log(process.version)\n")
    targets = ("node22-linux-x64", "node24-linux-x64", "node24-macos-arm64", "node26-win-x64")
    contents = []
    for name in ("one", "two"):
        out = tmp_path / name
        command = (project / "index.js", "--sea", "-t", ",".join(targets), "--out-path", out)
        done = sealift(*command, *binary_options(*targets))
        assert done.code == 0, done.stderr
        contents.append({path.name: path.read_bytes() for path in sorted(out.iterdir())})
    assert len(contents[0]) == len(targets)
    assert contents[0].keys() == contents[1].keys()
    assert all(contents[0][name] == contents[1][name] for name in contents[0])


def test_report_on_standard_output(
    sealift: Sealift, binary_options: Callable[..., list[str]], tmp_path: Path
) -> None:
    (tmp_path / "app.js").write_text("console.log('hello')\n")
    target = "node24-linux-x64"
    out = tmp_path / "app.out"
    done = sealift(
        "app.js", "-t", target, "-o", out, "--json", "-", *binary_options(target), cwd=tmp_path
    )
    assert done.code == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["ok"] is True
    (executable,) = report["executables"]
    assert executable["size"] == out.stat().st_size
    assert executable["node"]["version"].startswith("24.")
    assert len(executable["node"]["sha256"]) == 64
