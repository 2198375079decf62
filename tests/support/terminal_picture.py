"""A picture of a real run in a terminal, for README.md: ``python3 dev.py picture`` makes it anew.

The commands run in a pseudo-terminal, on a copy of an example whose dependencies are installed; the
picture shows what the terminal shows when they have ended.
"""

from __future__ import annotations

import io
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from rigs.npm import run_npm

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "first-run.svg"
COLUMNS = 90
_CURSOR = re.compile(r"\x1b\[\?25[hl]")  # shown, hidden
_FONTS = re.compile(r"@font-face \{.*?\}", re.DOTALL)  # would be loaded from elsewhere
_TERMINAL = {"COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
_LINE_ABOVE = "\x1b[1A\x1b[2K"  # up one line, and clear it
BUILD = ("sealift", ".", "-t", "linux-x64,macos-arm64,win-x64", "--out-path", "dist")
RUN = ("dist/esm-cli-linux-x64", "where")


def main() -> int:
    """Run the commands and write the picture."""
    with tempfile.TemporaryDirectory() as temporary:
        project = Path(temporary) / "esm-cli"
        ignored = shutil.ignore_patterns("node_modules", "dist")
        shutil.copytree(ROOT / "examples" / "esm-cli", project, ignore=ignored)
        run_npm(["ci", "--ignore-scripts"], project)
        shown(BUILD, project)  # what is fetched is in the cache afterwards
        console = Console(record=True, width=COLUMNS, file=io.StringIO())
        for command in (BUILD, RUN):
            console.print(Text(f"$ {' '.join(command)}", style="bold"))
            console.print(Text.from_ansi(shown(command, project)))
        picture = _FONTS.sub("", console.export_svg(title="sealift"))
        PICTURE.write_text(picture, encoding="utf-8")
    return 0


def shown(
    command: Sequence[str | Path], directory: Path, environment: Mapping[str, str] | None = None
) -> str:
    """Return what a command leaves on a terminal: lines that it wrote over are gone.

    Args:
        environment: of the command; None for this process's with the sealift of its Python.
    """
    ours, theirs = pty.openpty()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = environment or {**os.environ, **_TERMINAL, "PATH": path}
    process = subprocess.Popen(
        command, cwd=directory, stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    received = bytearray()
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        received += part
    os.close(ours)
    if process.wait():
        raise SystemExit(received.decode())
    lines: list[str] = []
    text = _CURSOR.sub("", received.decode()).replace("\r\n", "\n")
    for line in text.split("\n"):
        before, cleared, rest = line.rpartition(_LINE_ABOVE)
        if cleared:  # what a progress bar does at its end
            lines.pop()
        lines.append((rest if cleared else before + rest).rpartition("\r")[2])
    return "\n".join(lines).strip("\n")


if __name__ == "__main__":
    sys.exit(main())
