"""Addons for another platform are reported at build time."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

NodeBinary = Callable[[str, str, str], Path]


def build(project: Path, *arguments: str) -> str:
    done = run_build(project, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stderr


def run_build(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sealift", str(project), "--sea"]
    command += ["--out-path", str(project / "out"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_an_addon_of_the_host_in_a_build_for_windows(
    tmp_path: Path, node_binary: NodeBinary, npm_package: Callable[[str], Path]
) -> None:
    binaries = {
        f"{platform}-x64": node_binary("24.19.0", platform, "x64") for platform in ("linux", "win")
    }
    (tmp_path / "package.json").write_text('{"name": "app", "main": "index.js"}')
    (tmp_path / "index.js").write_text("try { require('./build/x.node') } catch {}\n")
    (tmp_path / "build").mkdir()
    addon = tmp_path / "build" / "x.node"
    prebuilds = npm_package("bufferutil@4.1.0") / "prebuilds"
    shutil.copy2(prebuilds / "linux-x64" / "bufferutil.node", addon)
    options = [f"--node-binary={target}={path}" for target, path in binaries.items()]
    assert build(tmp_path, "-t", "linux-x64", *options) == ""
    told = build(tmp_path, "-t", "linux-x64,win-x64", *options)
    assert "addon missing" in told
    assert "build/x.node" in told
    assert "no addon for win-x64: x.node is for Linux on x64, not for Windows on x64" in told
    assert "for linux-x64:" not in told
    (tmp_path / "index.js").write_text("require('./build/x.node')\n")
    refused = run_build(tmp_path, "-t", "win-x64", *options)
    assert refused.returncode == 3
    assert "--allow-missing-addons" in refused.stderr
    assert build(tmp_path, "-t", "win-x64", *options, "--allow-missing-addons")
