"""Compressed executables do what plain Node does with the sources.

CI builds each project in one form, in turn.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.comparison import Compare
from e2e.real_projects import BYTECODE_PROJECTS, PROJECTS
from support.command_line import Sealift
from support.samples import pairs


@pytest.mark.parametrize(
    ("case", "form"),
    pairs(
        (
            ("express-views", "24", "Zstd"),
            ("express-views", "22", "GZip"),
            ("esm-cli", "26", "Zstd"),
            ("processes", "24", "Brotli"),
            ("typescript", "24", "Zstd"),
        ),
        ("bytecode", "source"),
    ),
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_this_machine(case: tuple[str, str, str], form: str, compare: Compare) -> None:
    name, version, compression = case
    target, options = f"node{version}-linux-x64", ("--compress", compression)
    if form == "source":
        compare(PROJECTS[name], target, (*options, "--sea"))
    else:
        compare(BYTECODE_PROJECTS[name], target, options)


@pytest.mark.parametrize("compression", ["Brotli", "GZip"])
def test_node_20(compression: str, compare: Compare) -> None:
    compare(BYTECODE_PROJECTS["express-views"], "node20-linux-x64", ("--compress", compression))


@pytest.mark.rigs
@pytest.mark.parametrize(
    ("target", "compression"), [("node24-linux-arm64", "Zstd"), ("node24-win-x64", "Brotli")]
)
def test_other_machines(target: str, compression: str, compare: Compare) -> None:
    compare(PROJECTS["express-views"], target, ("--compress", compression))


def test_a_release_without_zstd_is_refused_before_anything_is_read(
    sealift: Sealift, tmp_path: Path
) -> None:
    (tmp_path / "index.js").write_text("require('./missing')")
    done = sealift(
        tmp_path / "index.js", "-t", "node20-linux-x64", "-o", tmp_path / "app", "-C", "Zstd"
    )
    assert done.code == 4, done.stderr
    assert "cannot decompress Zstd" in done.stderr
    assert "Brotli" in done.stderr
