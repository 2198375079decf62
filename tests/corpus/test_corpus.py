"""Projects of the corpus on the host, in both forms: what plain Node does with the same files."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.builders import HOST, Sealift
from corpus.projects import read_projects
from corpus.table import read
from corpus.trial import try_project

PROJECTS = read_projects()
# Few and quick, of different kinds; `dev.py corpus` runs the others and more targets.
ALWAYS = {"create-vite", "less", "koa", "mocha"}
FORMS = (Sealift(("--sea",)), Sealift())


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in ALWAYS else [pytest.mark.corpus]) for name in PROJECTS],
)
@pytest.mark.integration
def test_does_what_plain_node_does(name: str, tmp_path: Path) -> None:
    known = read().get(name, {})
    for result in try_project(PROJECTS[name], dict.fromkeys(FORMS, (HOST,)), tmp_path):
        if known.get(result.builder, {}).get(HOST):
            continue  # benchmarks/CORPUS.md says so
        assert result.failure == "", result.builder
