"""Small projects, each with the files that must be packaged, and why, written by hand.

A fixture is a folder with ``tree.txt`` (see `trees`) and ``expected.txt``. The project to read is
``proj`` in the tree, or what a first line ``entry: PATH`` says; ``options:`` names build options.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.model import SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project
from support.project_trees import plant, summary

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.mark.parametrize("name", sorted(path.name for path in FIXTURES.iterdir()))
def test_fixture(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = (FIXTURES / name / "tree.txt").read_text(encoding="utf-8")
    head = dict(
        line.split(": ", 1) for line in tree.partition("\n== ")[0].splitlines() if ": " in line
    )
    plant(tree, tmp_path)
    monkeypatch.chdir(tmp_path)
    flags = dict.fromkeys(head.get("options", "").split(), True)
    options = BuildOptions(Path(head.get("entry", "proj")), **flags)

    project = read_project(open_manifest(options), options, SilentObserver())

    expected = (FIXTURES / name / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert summary(project) == expected
