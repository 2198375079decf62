"""Builds that may not write large files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.command_line import command_line

if sys.platform != "win32":
    import resource


def build(project: Path, largest: int, *options: str) -> subprocess.CompletedProcess[str]:
    """Build where no file may have more than ``largest`` bytes, which fails as a full disk does."""
    root = project.parent
    return subprocess.run(
        command_line(
            project / "index.js",
            *("-t", "node26-linux-x64", "--sea", "-o", root / "out" / "app"),
            f"--node-binary=node26-linux-x64={root / 'node-small'}",
            *("--json", root / "out" / "report.json", "--quiet", *options),
        ),
        env={
            "PATH": os.defpath,
            "PYTHONDONTWRITEBYTECODE": "1",  # Python would keep truncated files
            "PYTHONPATH": os.environ["PYTHONPATH"],
            "SEALIFT_CACHE": str(root / "cache"),
            "TMPDIR": str(root / "tmp"),
        },
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest)),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
