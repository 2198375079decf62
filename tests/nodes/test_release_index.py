"""A provider's answers in the cache, and how long they are used."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sealift.cache import Store
from sealift.model import Release
from sealift.nodes.pypi_provider import PypiProvider
from sealift.nodes.release_index import Index
from sealift.target import Arch, NodeVersion, Platform

SOURCE = PypiProvider(Store(Path("unused")))


def release(version: str) -> Release:
    parsed = NodeVersion.parse(version)
    return Release(parsed, Platform.WIN, Arch.X64, "pypi", "win_amd64", f"wheel {version}")


def test_an_answer_is_remembered(tmp_path: Path) -> None:
    index = Index(Store(tmp_path))
    assert index.recall(SOURCE, "q") is None
    before = time.time()
    index.remember(SOURCE, "q", [release("24.19.0"), release("22.20.0")])
    answer = index.recall(SOURCE, "q")
    assert answer is not None
    assert answer.releases == (release("24.19.0"), release("22.20.0"))
    assert before <= answer.asked <= time.time()
    assert index.recall(SOURCE, "another") is None


@pytest.mark.parametrize(
    ("seconds", "fresh"), [(0, True), (23 * 3600, True), (25 * 3600, False), (-3600, False)]
)
def test_an_answer_is_fresh_for_a_day(
    tmp_path: Path, seconds: float, fresh: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Index(Store(tmp_path))
    then = time.time() - seconds
    with monkeypatch.context() as earlier:
        earlier.setattr(time, "time", lambda: then)
        index.remember(SOURCE, "q", [release("24.19.0")])
    answer = index.recall(SOURCE, "q")
    assert answer is not None
    assert answer.fresh is fresh


def test_very_old_releases_are_left_out(tmp_path: Path) -> None:
    answer = Index(Store(tmp_path)).remember(
        SOURCE, "q", [release("0.10.48"), release("18.20.8"), release("20.20.2")]
    )
    assert [str(one.version) for one in answer.releases] == ["20.20.2"]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"format": 2}', '{"format": 1, "asked": 0, "releases": [["x"]]}'],
)
def test_a_damaged_answer_is_none(tmp_path: Path, content: str) -> None:
    index = Index(Store(tmp_path))
    index.remember(SOURCE, "q", [])
    (file,) = (tmp_path / "index").iterdir()
    file.write_text(content)
    assert index.recall(SOURCE, "q") is None


def test_a_question_cannot_leave_the_directory(tmp_path: Path) -> None:
    Index(Store(tmp_path)).remember(SOURCE, "../../x", [])
    assert [path.parent.name for path in tmp_path.rglob("*.json")] == ["index"]


def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file")
    answer = Index(Store(tmp_path)).remember(SOURCE, "q", [release("24.19.0")])
    assert answer.releases == (release("24.19.0"),)
