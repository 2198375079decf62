"""A packaged directory that becomes the working directory is reported once, with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.findings import Severity
from sealift.model import SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project

CHILD = "const { spawn } = require('child_process');\n"


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("process.chdir(__dirname);\nprocess.chdir(__dirname);", 1),
        ("const here = __dirname;\nprocess.chdir(here);", 2),
        (CHILD + "spawn('ls', [], { cwd: require('path').join(__dirname, 'data') });", 2),
        ("process.chdir('/tmp');", 0),
        ("require('fs').globSync('*', { cwd: __dirname });", 0),
    ],
)
def test_a_packaged_working_directory_is_reported(source: str, line: int, tmp_path: Path) -> None:
    (tmp_path / "index.js").write_text(source)
    (tmp_path / "package.json").write_text('{"name": "app", "version": "1.0.0"}')
    options = BuildOptions(tmp_path / "index.js")
    read = read_project(open_manifest(options), options, SilentObserver())
    found = [one for one in read.findings if one.code == "packaged-working-directory"]
    assert [one.line for one in found] == ([line] if line else [])
    assert all(one.severity is Severity.NOTE for one in found)
