"""A disk that is full at any moment of a build: one message, and nothing is left."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rigs.capability import lacking
from support.command_line import command_line
from support.executables import small_node
from support.limited_builds import build

if sys.platform != "win32":
    pass

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="missing: RLIMIT_FSIZE, tmpfs")

ASSET_SIZE = 1_000_000


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "index.js").write_text("require('fs').readFileSync(__dirname + '/asset.bin');")
    (folder / "asset.bin").write_bytes(bytes(ASSET_SIZE))
    small_node(tmp_path)
    for name in ("tmp", "out"):
        (tmp_path / name).mkdir()
    return folder


def left(project: Path) -> set[str]:
    root = project.parent
    return {path.name for name in ("tmp", "out") for path in (root / name).iterdir()}


SIZES = (0, 1, 100, 5000, ASSET_SIZE - 1, ASSET_SIZE + 1, ASSET_SIZE + 5000)


@pytest.mark.parametrize("largest", SIZES)
def test_one_message_and_nothing_left(project: Path, largest: int) -> None:
    done = build(project, largest)
    assert done.returncode == 5, done.stderr
    assert "Traceback" not in done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert 1 <= len(errors) <= 2  # the report may be too large as well
    assert "File too large" in errors[-1] or "temporary" in errors[-1]
    assert left(project) <= {"report.json"}


def test_with_enough_space_it_is_built(project: Path) -> None:
    done = build(project, ASSET_SIZE + 3_000_000)
    assert done.returncode == 0, done.stderr
    assert left(project) == {"app", "report.json"}


ON_A_SMALL_DISK = """
mount -t tmpfs -o size={size} none "$0"
mkdir -p "$0/tmp" "$0/out" 2>/dev/null
code=0
"$@" || code=$?
echo "exit $code"
ls -A "$0/tmp" "$0/out" 2>/dev/null | grep -v : || true
"""
CHANCE = random.Random(12)
STEPS = sorted(CHANCE.randrange(1, 800) * 4096 for _ in range(60))


@pytest.mark.parametrize("sizes", [STEPS[::12], pytest.param(STEPS, marks=pytest.mark.corpus)])
def test_a_disk_that_gets_full_at_any_moment(project: Path, sizes: list[int]) -> None:
    if os.geteuid() or not shutil.which("unshare"):
        lacking("root and unshare, to mount a small disk")
    root = project.parent
    disk = root / "disk"
    disk.mkdir()
    command = command_line(
        project / "index.js",
        *("-t", "node26-linux-x64", "--sea", "-o", disk / "out" / "app"),
        f"--node-binary=node26-linux-x64={root / 'node-small'}",
        *("--json", disk / "out" / "report.json", "--quiet"),
    )
    ends = set()
    for size in sizes:
        script = ON_A_SMALL_DISK.format(size=size)
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-ec", script, disk, *command],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONPATH": os.environ["PYTHONPATH"],
                "SEALIFT_CACHE": str(disk / "cache"),
                "TMPDIR": str(disk / "tmp"),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        first, *names = done.stdout.split()[1:]
        ends.add(first)
        assert "Traceback" not in done.stderr, (size, done.stderr)
        assert first in ("0", "4", "5"), (size, done.stderr)
        assert set(names) <= {"app", "report.json"}, (size, names)
        assert ("app" in names) == (first == "0"), (size, names)
    assert len(ends) > 1, "neither too little nor enough space"
