"""Which addons a program can run without."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from sealift.findings import Severity
from support.addon_projects import AppFixture, ChooseFixture

pytestmark = pytest.mark.registry

# argon2 has no prebuild for Windows on arm64.
TARGET = "win-arm64"


def severity(root: Path, choose: ChooseFixture, name: str) -> Severity:
    (finding,) = [f for f in choose(root, TARGET).findings if f.message.startswith(f"{name}@")]
    return finding.severity


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("require('argon2')", Severity.ERROR),
        ("let a; try { a = require('argon2') } catch {}", Severity.WARNING),
        ("try { require('argon2') } catch {}\nrequire('argon2')", Severity.ERROR),
        ("import('argon2').catch(() => {})", Severity.WARNING),
        ("try { require('argon2') } catch {}" + "\n//" * (1 << 19), Severity.WARNING),  # a bundle
        ("require('argon2')" + "\n//" * (1 << 19), Severity.ERROR),
        ("", Severity.WARNING),  # listed in package.json only
    ],
    ids=lambda value: str(value)[:40],
)
def test_by_the_code_of_the_program(
    script: str, expected: Severity, app: AppFixture, choose: ChooseFixture
) -> None:
    assert severity(app({"argon2": "0.44.0"}, script), choose, "argon2") is expected


def test_by_the_code_of_other_packages(app: AppFixture, choose: ChooseFixture) -> None:
    root = app({"argon2": "0.44.0"}, "require('between');\n")
    between = root / "node_modules" / "between"
    between.mkdir()
    (between / "package.json").write_text(
        '{"name": "between", "version": "1.0.0", "optionalDependencies": {"argon2": "*"}}'
    )
    (between / "index.js").write_text("try { module.exports = require('argon2') } catch {}\n")
    manifest = root / "package.json"
    manifest.write_text(manifest.read_text().replace('"argon2"', '"between"'))
    assert severity(root, choose, "argon2") is Severity.WARNING
    (between / "index.js").write_text("module.exports = require('argon2');\n")
    assert severity(root, choose, "argon2") is Severity.ERROR


def test_a_package_that_tries_its_own_addon(app: AppFixture, choose: ChooseFixture) -> None:
    """ssh2 tries to load its addon and falls back to JavaScript."""
    root = app({"ssh2": "1.17.0", "bufferutil": "4.1.0"}, "require('ssh2');\n")
    prebuilds = root / "node_modules" / "bufferutil" / "prebuilds"
    built = root / "node_modules" / "ssh2" / "lib" / "protocol" / "crypto" / "build" / "Release"
    built.mkdir(parents=True)
    shutil.copy2(prebuilds / "linux-x64" / "bufferutil.node", built / "sshcrypto.node")
    assert severity(root, choose, "ssh2") is Severity.WARNING


@pytest.mark.parametrize(
    ("install", "expected"),
    [
        ("(node-gyp rebuild 2> builderror.log) || (exit 0)", Severity.WARNING),  # as published
        ("node-gyp rebuild || echo 'no compiler'", Severity.WARNING),
        ("node-gyp rebuild || exit 1", Severity.ERROR),
        ("prebuild-install || node-gyp rebuild", Severity.ERROR),
    ],
)
def test_an_installer_that_goes_on_without_the_addon(
    install: str, expected: Severity, app: AppFixture, choose: ChooseFixture
) -> None:
    """bson tries its addons for several systems, then uses JavaScript."""
    root = app({"bson": "0.2.22"}, "require('bson');\n")
    manifest = root / "node_modules" / "bson" / "package.json"
    data = json.loads(manifest.read_text())
    data["scripts"]["install"] = install
    manifest.write_text(json.dumps(data))
    assert severity(root, choose, "bson") is expected
