"""``sealift doctor``: each row says what is true of a project that uses pkg."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sealift.cli.doctor import doctor_command
from sealift.version import VERSION


@pytest.fixture(autouse=True)
def in_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.js").write_text("")


def sections(**fields: Any) -> dict[str, list[str]]:
    """Return the lines that doctor prints below each title."""
    Path("package.json").write_text(json.dumps({"name": "p", "bin": "a.js", **fields}))
    ran = CliRunner().invoke(doctor_command)
    assert ran.exit_code == 0, ran.output
    found: dict[str, list[str]] = {}
    for line in ran.output.splitlines():
        if line.startswith(" "):
            found[next(reversed(found))].append(line.strip())
        else:
            found[line.rstrip(":")] = []
    return found


def test_a_project_without_pkg() -> None:
    (title,) = sections()
    assert title.startswith("This project has no configuration of pkg")


def test_what_is_wrong() -> None:
    found = sections(
        pkg={"asets": "a", "targets": ["node12-linux-x64", "linux-x64"]},
        scripts={"a": "pkg . --frob", "b": "npx pkg . -t linux-sparc"},
    )["What is wrong"]
    assert "Remove it, or rename it to pkg.assets." in found
    assert any("--frob" in line and line.startswith("scripts.a: ") for line in found)
    assert any("sparc" in line for line in found)
    assert any("node12" in line for line in found)


def test_patterns_that_a_build_refuses_are_wrong(tmp_path: Path) -> None:
    Path("beside.js").write_text("")
    (tmp_path.parent / "other").mkdir(exist_ok=True)
    assets = ["../other/**/*.json", f"../{tmp_path.name}/*.js", "../no-such-file.js", "*.js"]
    (fact, _) = sections(pkg={"assets": assets})["What is wrong"]
    assert fact.startswith("The pattern ../other/**/*.json of pkg.assets begins outside")


def test_a_universal_target_is_known() -> None:
    assert "What is wrong" not in sections(pkg={"targets": ["macos-universal"]})
    assert "What is wrong" in sections(pkg={"targets": ["linux-universal"]})


def test_what_is_different_and_what_is_not_needed() -> None:
    found = sections(
        pkg={"postBuild": "true", "targets": ["win"], "seaConfig": {"a": 1}, "signature": False},
        devDependencies={"@yao-pkg/pkg": "6"},
    )
    assert [line.split()[0] for line in found["What is different from pkg"]] == ["pkg.postBuild"]
    needless = "\n".join(found["What is not needed any more"])
    for name in ("pkg.seaConfig", "pkg.signature", "@yao-pkg/pkg in devDependencies"):
        assert name in needless


def test_what_to_write() -> None:
    scripts = {
        "one": "tsc && npx @yao-pkg/pkg . -t 'linux, win' --no-signature && echo done",
        "two": "pkg-config --libs; mypkg x",
    }
    found = sections(scripts=scripts)
    assert found["What to write"] == [
        "`sealift pkg . -t 'linux, win' --no-signature` in scripts.one of package.json."
    ]
    assert "--no-signature has no effect" in found["What is not needed any more"][0]
    assert sections(pkg={"assets": "a.js"})["What to write"] == [
        "`sealift pkg .` in scripts and CI that call pkg."
    ]


@pytest.mark.parametrize(
    "call",
    [
        "pkg .",
        "npx pkg@5.5.2 .",
        "npx --yes @yao-pkg/pkg@^6.1.0 .",
        "pnpm exec pkg .",
        "tsc;pkg .",
        "cross-env A=1 ./node_modules/.bin/pkg . && echo",
        "node_modules/.bin/pkg .",
    ],
)
def test_calls_of_pkg(call: str) -> None:
    assert sections(scripts={"one": call})["What to write"] == [
        "`sealift pkg .` in scripts.one of package.json."
    ]


@pytest.mark.parametrize(
    "call",
    [
        "npm pkg set version=1.0.0",
        "npm run pkg -- .",
        "yarn run pkg .",
        "rm -rf pkg",
        "cp a build/pkg .",
        "my-pkg .",
        "pkg-fetch .",
    ],
)
def test_calls_of_other_programs(call: str) -> None:
    (title,) = sections(scripts={"one": call})
    assert title.startswith("This project has no configuration of pkg")


def test_a_project_without_bin() -> None:
    found = sections(bin=None, main="a.js", pkg={"public": True})
    assert "sealift packages a.js" in found["What is different from pkg"][0]


def test_the_report_of_a_problem_names_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:hunter2@127.0.0.1:9")
    monkeypatch.setenv("SEALIFT_CACHE", "/somewhere/of/mine")
    Path("pnpm-lock.yaml").write_text("")
    fields = {
        "name": "our-product",
        "bin": "a.js",
        "type": "module",
        "dependencies": {"our-library": "1"},
        "pkg": {"assets": "secret-plans/*"},
    }
    Path("package.json").write_text(json.dumps(fields))
    ran = CliRunner().invoke(doctor_command, ["--report"])
    assert ran.exit_code == 0, ran.output
    facts = dict(line.removeprefix("- ").split(": ", 1) for line in ran.output.splitlines())
    assert facts["sealift"] == VERSION
    assert facts["Python"].startswith(f"{platform.python_version()}, pip ")
    assert platform.machine() in facts["system"]
    assert facts["entry point"] == ".js, package.json is for ES modules"
    assert facts["dependencies"] == "1 in dependencies"
    assert facts["lockfile"] == "pnpm-lock.yaml"
    assert facts["settings"] == "pkg.assets"
    assert {"SEALIFT_CACHE", "HTTPS_PROXY"} <= set(facts["variables that are set"].split(", "))
    for private in ("our-", "secret", "hunter2", "127.0.0.1", "mine", str(Path.cwd())):
        assert private not in ran.output


def test_the_report_of_a_project_that_cannot_be_opened() -> None:
    Path("package.json").write_text("{")
    ran = CliRunner().invoke(doctor_command, ["--report"])
    assert ran.exit_code == 0, ran.output
    assert ran.output.splitlines()[-1].startswith("- project: not opened: ")
