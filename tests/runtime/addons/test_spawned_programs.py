"""Every function of ``node:child_process`` can run a packaged program."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import rigs
from support.releases import RELEASES


@pytest.mark.parametrize("release", RELEASES)
def test_every_way_to_run_a_program(
    release: str, packaged: Callable[..., Path], tmp_path: Path
) -> None:
    executable = packaged("programs", "index.mjs", {"@esbuild/linux-x64": "0.28.2"}, release)
    done = rigs.linux_x64.run(executable, cwd=tmp_path, env={"HOME": str(tmp_path)})
    assert (done.code, done.stderr) == (0, "")
    answers = json.loads(done.stdout)
    assert answers.pop("path").startswith("/snapshot/app/node_modules/@esbuild/")
    assert set(answers.values()) == {"0.28.2\n"}, answers
    (file,) = (path for path in (tmp_path / ".cache" / "sealift").rglob("*") if path.is_file())
    assert file.stat().st_mode & 0o777 == 0o700
