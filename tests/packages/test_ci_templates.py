"""The GitHub Action, the GitLab template and the workflows: well formed, and their scripts run."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from rigs.capability import lacking
from support.command_line import build_environment

ROOT = Path(__file__).resolve().parents[2]
YAML_FILES = [
    ROOT / "action.yml",
    ROOT / "templates" / "gitlab-ci.yml",
    *(ROOT / ".github").rglob("*.yml"),
]

SCHEMAS = {
    "workflows": "vendor.github-workflows",
    "action.yml": "vendor.github-actions",
    "gitlab-ci.yml": "vendor.gitlab-ci",
    "config.yml": "vendor.github-issue-config",
    "problem.yml": "vendor.github-issue-forms",
}


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", YAML_FILES, ids=lambda path: path.name)
def test_well_formed(path: Path) -> None:
    assert read(path)


@pytest.mark.parametrize("path", YAML_FILES, ids=lambda path: path.name)
def test_what_the_services_accept(path: Path) -> None:
    """By the published schemas of GitHub and GitLab, which check-jsonschema brings along."""
    if importlib.util.find_spec("check_jsonschema") is None:
        lacking("check-jsonschema")
    folder = "workflows" if path.parent.name == "workflows" else path.name
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", SCHEMAS[folder], path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", YAML_FILES, ids=lambda path: path.name)
def test_no_script_contains_what_others_wrote(path: Path) -> None:
    """An expression within a script is text that the shell runs."""
    for script in re.findall(r"run: (?:\|\n((?:\s{8,}.*\n|\n)*)|(.*))", path.read_text()):
        assert "${{" not in "".join(script), script


@pytest.mark.parametrize("path", YAML_FILES, ids=lambda path: path.name)
def test_actions_of_others_are_named_by_commit(path: Path) -> None:
    """A tag may move; the release beside the digest is for people, and for tools that update it."""
    for line in re.findall(r"uses: (?!\./)(.*)", path.read_text()):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_every_input_of_the_action_is_used() -> None:
    text = (ROOT / "action.yml").read_text()
    for name in read(ROOT / "action.yml")["inputs"]:
        assert f"inputs.{name} " in text, name


@pytest.fixture
def environment(equipment: None, tmp_path: Path) -> dict[str, str]:
    """Variables with a `sealift` on PATH and a project with an odd name."""
    programs = tmp_path / "programs"
    programs.mkdir()
    sealift = programs / "sealift"
    sealift.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sealift "$@"\n')
    sealift.chmod(0o755)
    project = tmp_path / "it's $(a) project"
    project.mkdir()
    (project / "app.js").write_text("console.log('built', typeof gc);")
    return build_environment(
        {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "OUT": str(project / "out"),
            "IN": str(project),
        }
    )


def test_the_script_of_the_action(environment: dict[str, str], tmp_path: Path) -> None:
    script = read(ROOT / "action.yml")["runs"]["steps"][-1]["run"]
    output = tmp_path / "output"
    env = environment | {
        "ENTRY": "app.js",
        "TARGETS": "node24-linux-x64",
        "OUT_PATH": environment["OUT"],
        "ARGUMENTS": "--options\nexpose-gc\n\n--quiet\n",
        "GITHUB_OUTPUT": str(output),
    }
    run_script(script, env)
    assert output.read_text() == f"report={environment['OUT']}/sealift-report.json\n"
    assert (Path(environment["OUT"]) / "sealift-report.json").is_file()
    assert run_app(environment) == "built function\n"


def test_the_script_of_the_template(environment: dict[str, str]) -> None:
    job = read(ROOT / "templates" / "gitlab-ci.yml")[".sealift"]
    given = {"SEALIFT_ENTRY": "app.js", "SEALIFT_OUT_PATH": environment["OUT"]}
    run_script("\n".join(job["script"]), job["variables"] | environment | given)
    assert run_app(environment) == "built undefined\n"


def run_script(script: str, env: dict[str, str]) -> None:
    subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script], cwd=env["IN"], env=env, check=True, timeout=300
    )


def run_app(env: dict[str, str]) -> str:
    return subprocess.check_output([Path(env["OUT"]) / "app"], text=True)
