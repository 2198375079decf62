"""Node 20: CommonJS and ES modules as plain source; what it cannot do is an error of the build."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.conftest import Build, Compare, Sealift
from e2e.real_projects import PROJECTS
from e2e.test_six_targets import FORMATS, identify

HERE = "node20-linux-x64"


@pytest.mark.parametrize(
    "name",
    [
        "express-views",
        "esm-cli",
        "processes",
        "yargs",
        "typescript",
        pytest.param("fastify", marks=pytest.mark.corpus),
        pytest.param("aws-s3", marks=pytest.mark.corpus),
        pytest.param("webpack", marks=pytest.mark.corpus),
        pytest.param("prettier", marks=pytest.mark.corpus),
    ],
)
def test_linux_x64(name: str, compare: Compare) -> None:
    compare(PROJECTS[name], HERE, ("--sea",))


def test_release_without_es_modules_for_require(compare: Compare) -> None:
    compare(PROJECTS["typescript"], "node20.18.1-linux-x64", ("--sea",))


@pytest.mark.rig
@pytest.mark.parametrize("target", ["node20-linux-arm64", "node20-win-x64"])
@pytest.mark.parametrize("name", ["express-views", "esm-cli"])
def test_other_machines(name: str, target: str, compare: Compare) -> None:
    compare(PROJECTS[name], target, ("--sea",))


def test_six_targets(build: Build, tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text("console.log('hello')\n")
    built = build(tmp_path / "app.js", *(f"node20-{name}" for name in FORMATS), options=["--sea"])
    for name, expected in FORMATS.items():
        assert identify(built[f"node20-{name}"]) == expected


Refuse = Callable[..., str]


@pytest.fixture
def refuse(sealift: Sealift, binary_options: Callable[..., list[str]], tmp_path: Path) -> Refuse:
    def run(script: str, target: str, *options: str, text: str = "1;\n") -> str:
        entry = tmp_path / script
        entry.write_text(text)
        output = tmp_path / "program"
        done = sealift(entry, "-t", target, "-o", output, *options, *binary_options(target))
        assert done.code == 4
        assert not output.exists()
        return done.stderr

    return run


def test_what_it_cannot_do(refuse: Refuse) -> None:
    said = refuse("app.js", HERE)
    assert "cannot run packaged bytecode" in said
    assert "--sea" in said
    said = refuse("app.js", HERE, "--sea", "--options", "expose-gc")
    assert "--expose-gc" in said
    assert "NODE_OPTIONS" in said


def test_require_of_an_es_module_that_imports(refuse: Refuse, tmp_path: Path) -> None:
    (tmp_path / "module.mjs").write_text("import './other.mjs';\n")
    (tmp_path / "other.mjs").write_text("1;\n")
    said = refuse("app.cjs", HERE, "--sea", text="require('./module.mjs');\n")
    assert "app.cjs" in said
    assert "'./module.mjs'" in said


def test_older_releases(refuse: Refuse, build: Build, tmp_path: Path) -> None:
    older = "node20.18.1-macos-arm64"
    said = refuse("app.mjs", older, "--sea")
    assert "app.mjs" in said
    assert "20.19.0" in said
    (tmp_path / "app.cjs").write_text("1;\n")
    assert build(tmp_path / "app.cjs", older, options=["--sea"])
    said = refuse("app.js", "node20.11.1-linux-x64", "--sea")
    assert "20.16.0" in said


def test_its_end_of_life_is_told(
    sealift: Sealift, binary_options: Callable[..., list[str]], tmp_path: Path
) -> None:
    (tmp_path / "app.js").write_text("1;\n")
    output = tmp_path / "program"
    options = ("-t", HERE, "--sea", "-o", output)
    done = sealift(tmp_path / "app.js", *options, *binary_options(HERE))
    assert done.code == 0
    assert "end of life" in done.stderr
