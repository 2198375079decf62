"""Where documents are written, and what they never replace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.deployment import Document
from sealift.documents import write_all
from sealift.documents.write import _line
from sealift.errors import OutputError, UsageError
from sealift.model import ScriptCounts
from sealift.options import BuildOptions, Documents
from sealift.project import open_manifest
from sealift.record import replace
from sealift.result import Executable
from sealift.target_build import TargetBuild
from support.observers import Recorder


def finished(build: TargetBuild, output: Path) -> TargetBuild:
    executable = Executable(
        *(str(build.target), output, 1, "0" * 64, build.node, build.project, 0),
        *(ScriptCounts(0, 0, 0), 0.0),
    )
    document = Document(".notices.txt", b"text")
    return replace(build, output=output, written=executable, documents=(document,))


def test_documents_replace_no_file_of_the_project(
    target_build: Callable[[], TargetBuild], tmp_path: Path
) -> None:
    build = target_build()
    manifest = open_manifest(BuildOptions(tmp_path / "app" / "index.js"))
    wanted = Documents(notices=True)
    (build.project.root / "x.notices.txt").write_text("the project's own")
    build = target_build()
    with pytest.raises(UsageError):
        write_all([finished(build, build.project.root / "x")], (), wanted, manifest, Recorder())
    assert (build.project.root / "x.notices.txt").read_text() == "the project's own"
    with pytest.raises(OutputError):
        write_all([finished(build, tmp_path / "absent" / "x")], (), wanted, manifest, Recorder())
    (tmp_path / "there").mkdir()
    (written,) = write_all(
        [finished(build, tmp_path / "there" / "x")], (), wanted, manifest, Recorder()
    )
    assert written.executable.documents == (tmp_path / "there" / "x.notices.txt",)
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["x.notices.txt"]


def test_names_that_sha256sum_escapes() -> None:
    assert _line("a b", "0") == "0  a b\n"
    assert _line("a\\b\nc", "0") == "\\0  a\\\\b\\nc\n"
