"""Completion in a real shell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.command_line import Sealift, build_environment

BASH = r"""
source "$1"
complete_line() {
  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _sealift_completion sealift
  echo "${COMPREPLY[@]}"
}
complete_line sealift veri
complete_line sealift build --comp
complete_line sealift completion f
complete_line sealift build --compress Z
complete_line sealift build -t win,linux-
complete_line sealift build -t node24-al
"""


def test_bash(sealift: Sealift, tmp_path: Path) -> None:
    program = tmp_path / "sealift"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sealift "$@"\n')
    program.chmod(0o755)
    script = tmp_path / "script"
    script.write_text(sealift("completion", "bash").stdout)
    env = build_environment({"PATH": f"{tmp_path}:/usr/bin:/bin"})
    found = subprocess.run(
        ["bash", "-c", BASH, "bash", script], env=env, capture_output=True, text=True, check=True
    )
    assert found.stdout.splitlines() == [
        "verify",
        "--compress --compact --compile-node",
        "fish",
        "Zstd",
        "win,linux-x64 win,linux-arm64",
        "node24-alpine node24-alpine-x64 node24-alpine-arm64",
    ]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_a_script(shell: str, sealift: Sealift) -> None:
    done = sealift("completion", shell)
    assert done.code == 0
    assert "_SEALIFT_COMPLETE" in done.stdout


def test_an_unknown_shell_is_refused(sealift: Sealift) -> None:
    done = sealift("completion", "cmd")
    assert done.code == 2
    assert "bash" in done.stderr
