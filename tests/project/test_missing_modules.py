"""What packages name and do not have, although nothing is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.findings import Finding, Severity
from sealift.model import Role, SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project

from .packaged_files import read_files, write_files

TABLE = """const stores = { file: './file', redis: 'redis-store', mongo: 'mongo-store' };
module.exports = (name) => require(stores[name]);"""
VARIANTS = """const kind = process.argv[2] ? 'a' : 'b';
exports.load = () => require(kind === 'a' ? './gone' : './file');"""


def files(code: str) -> dict[str, str]:
    return {
        "index.js": "require('tool')",
        "package.json": '{"name": "program", "bin": "index.js"}',
        "node_modules/tool/package.json": '{"name": "tool", "version": "1.0.0"}',
        "node_modules/tool/index.js": code,
        "node_modules/tool/file.js": "",
    }


def codes(findings: tuple[Finding, ...], severity: Severity) -> list[str]:
    return [one.code for one in findings if one.severity is severity]


@pytest.mark.parametrize("code", [TABLE, VARIANTS])
def test_of_several_modules_a_package_may_lack_some(code: str, tmp_path: Path) -> None:
    read = read_files(files(code), tmp_path)
    assert codes(read.findings, Severity.WARNING) == []
    assert codes(read.findings, Severity.NOTE) == ["unresolved-optional"]


def test_the_project_should_have_all_of_its_own(tmp_path: Path) -> None:
    read = read_files({**files(""), "index.js": TABLE, "file.js": ""}, tmp_path)
    assert codes(read.findings, Severity.WARNING) == ["unresolved-specifier"] * 2


def test_declarations_that_a_package_finds_are_data(tmp_path: Path) -> None:
    code = "exports.types = require.resolve('./types.d.ts')"
    read = read_files({**files(code), "node_modules/tool/types.d.ts": "export {}"}, tmp_path)
    assert codes(read.findings, Severity.WARNING) == []
    (types,) = (file for file in read.files if file.location.endswith(".d.ts"))
    assert types.role is Role.ASSET


def test_settings_of_an_installed_package_were_written_elsewhere(tmp_path: Path) -> None:
    settings = '{"name": "tool", "bin": "cli.js", "pkg": {"assets": ["../*/src/*.ts", "a.txt"]}}'
    write_files({"tool/package.json": settings, "tool/cli.js": "", "tool/a.txt": ""}, tmp_path)
    write_files({"other/src/a.ts": ""}, tmp_path)
    (tmp_path / "node_modules").mkdir()
    for name in ("tool", "other"):
        (tmp_path / name).rename(tmp_path / "node_modules" / name)
    options = BuildOptions(tmp_path / "node_modules" / "tool")
    read = read_project(open_manifest(options), options, SilentObserver())
    names = {file.location.rpartition("/")[2] for file in read.files}
    assert names == {"package.json", "cli.js", "a.txt"}
    assert codes(read.findings, Severity.WARNING) == ["pattern-without-match"]
