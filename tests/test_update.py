"""`sealift update` and `--frozen`, as users call them."""

from __future__ import annotations

import json
from pathlib import Path

from support.command_line import Sealift


def test_a_locked_build(sealift: Sealift, tmp_path: Path, node_binary: object) -> None:
    project = tmp_path / "app"
    project.mkdir()
    manifest = {"name": "app", "main": "index.js", "pkg": {"targets": ["node24-linux-x64"]}}
    (project / "package.json").write_text(json.dumps(manifest))
    (project / "index.js").write_text("console.log(process.version)")
    refused = sealift(project, "--frozen", "-o", tmp_path / "out")
    assert (refused.code, "sealift update" in refused.stderr) == (2, True)
    updated = sealift("update", project)
    assert (updated.code, "node24-linux-x64" in updated.stdout) == (0, True), updated.stderr
    path = project / "sealift.lock"
    before = path.read_bytes()
    assert sealift(project, "--frozen", "-o", tmp_path / "out").code == 0
    lock = json.loads(before)
    lock["targets"]["node24-linux-x64"]["sha256"] = "0" * 64
    path.write_text(json.dumps(lock))
    wrong = sealift(project, "-o", tmp_path / "other")
    assert (wrong.code, (tmp_path / "other").exists()) == (3, False), wrong.stderr
    assert "is not the one in the lock" in wrong.stderr
    assert sealift("update", project).code == 0
    assert path.read_bytes() == before
