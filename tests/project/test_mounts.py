"""Paths that only a mounted directory may have (`process.pkg.mount`)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rigs import host_target
from rigs.machine import complete
from sealift.findings import Finding, Severity
from sealift.model import SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project
from support.command_line import Sealift
from support.project_trees import plant


def findings(tree: str, tmp_path: Path) -> list[Finding]:
    plant(tree, tmp_path)
    (tmp_path / "package.json").write_text(json.dumps({"name": "app", "bin": "index.js"}))
    options = BuildOptions(tmp_path / "index.js")
    read = read_project(open_manifest(options), options, SilentObserver())
    return [one for one in read.findings if one.code == "unresolved-specifier"]


@pytest.mark.parametrize(
    "mount",
    [
        "process.pkg.mount(a, b)",
        "process.pkg?.mount(/x/, b)",
        "const { pkg } = process;\nif (pkg) pkg.mount(a, b)",
    ],
)
def test_a_path_that_a_mount_may_have_is_a_warning(mount: str, tmp_path: Path) -> None:
    found = findings(f"== index.js\nrequire('./plugins/p');\n{mount}\n", tmp_path)
    assert [(one.severity, one.line) for one in found] == [(Severity.WARNING, 1)]
    assert f"index.js:{mount.count(chr(10)) + 2} mounts directories" in found[0].message


def test_the_script_that_mounts_may_be_read_later(tmp_path: Path) -> None:
    tree = "== index.js\nrequire('./plugins/p'); require('./m')\n== m.js\nprocess.pkg.mount(a, b)"
    assert [one.severity for one in findings(tree, tmp_path)] == [Severity.WARNING]


@pytest.mark.parametrize(
    "tree",
    [
        "== index.js\nrequire('./plugins/p');\nmount(a)\n",
        "== index.js\nprocess.pkg.mount(a, b); require('package')\n",
    ],
)
def test_other_modules_stay_errors(tree: str, tmp_path: Path) -> None:
    assert [one.severity for one in findings(tree, tmp_path)] == [Severity.ERROR]


def test_the_mounted_module_runs(
    sealift: Sealift, binary_options: Callable[..., list[str]], tmp_path: Path
) -> None:
    plant(
        "== index.js\nconst path = require('path');\n"
        "const own = path.dirname(process.execPath);\n"
        "process.pkg.mount(path.join(__dirname, 'plugins'), path.join(own, 'extra'));\n"
        "console.log(require('./plugins/p'));\n"
        "== extra/p.js\nmodule.exports = 'mounted';\n",
        tmp_path,
    )
    target = "-".join(("node24", *host_target()))
    output = tmp_path / "app.exe"
    done = sealift(tmp_path / "index.js", "-t", target, "-o", output, *binary_options(target))
    assert done.code == 0, done.stderr
    assert "index.js:3 mounts directories" in done.stderr
    ran = complete([output], cwd=tmp_path, env={}, timeout=60)
    assert (ran.code, ran.stdout) == (0, "mounted\n")
