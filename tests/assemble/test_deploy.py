"""Files beside the executables: what the project names, and what packages may not do."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sealift.assemble.deploy import deploy
from sealift.deployment import DeployFile
from sealift.errors import OutputError, UsageError
from sealift.model import SilentObserver
from sealift.options import BuildOptions

pytestmark = pytest.mark.skipif(os.name == "nt", reason="missing: FIFOs, links without rights")


def copy(top: Path, *entries: tuple[Path, str], trusted: bool = False) -> None:
    files = [DeployFile(source, to, "evil@1.0.0", trusted) for source, to in entries]
    project = SimpleNamespace(files=(), deploy_files=tuple(files))
    builds: Any = [SimpleNamespace(output=top / "app", project=project)]
    deploy(builds, BuildOptions(top, deploy=True), SilentObserver())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A directory with a file, an empty directory and a link."""
    source = tmp_path / "package" / "d"
    (source / "empty").mkdir(parents=True)
    (source / "file.txt").write_text("content")
    (source / "link").symlink_to("file.txt")
    return source


@pytest.fixture
def top(tmp_path: Path) -> Path:
    top = tmp_path / "out"
    top.mkdir()
    return top


def tree(top: Path) -> set[str]:
    return {str(path.relative_to(top)) for path in top.rglob("*")}


@pytest.mark.parametrize("trusted", [True, False])
def test_directories_are_copied_with_their_links_and_again(
    trusted: bool, source: Path, top: Path
) -> None:
    for _ in range(2):
        copy(top, (source, "to/d"), (source / "file.txt", "other.txt"), trusted=trusted)
        found = {"to", "to/d", "to/d/empty", "to/d/file.txt", "to/d/link", "other.txt"}
        assert tree(top) == found
        assert str((top / "to/d/link").readlink()) == "file.txt"
    (source / "file.txt").write_text("changed")
    if not trusted:
        with pytest.raises(UsageError, match="another file"):
            copy(top, (source, "to/d"))
        return
    copy(top, (source, "to/d"), trusted=True)
    assert (top / "to/d/file.txt").read_text() == "changed"


def test_a_directory_is_copied_into_itself_once(source: Path) -> None:
    copy(source, (source, "copy"), trusted=True)
    assert tree(source) == {
        *("empty", "file.txt", "link"),
        *("copy", "copy/empty", "copy/file.txt", "copy/link"),
    }


def test_a_package_replaces_no_other_file(source: Path, top: Path) -> None:
    (top / "Makefile").write_text("all:")
    with pytest.raises(UsageError, match="another file"):
        copy(top, (source / "file.txt", "Makefile"))
    assert (top / "Makefile").read_text() == "all:"


@pytest.mark.parametrize("target", ["../../home", "/etc", "../..", "empty/../../../home"])
def test_a_package_makes_no_link_that_leads_outside(target: str, source: Path, top: Path) -> None:
    (source / "link").unlink()
    (source / "link").symlink_to(target)
    with pytest.raises(UsageError) as raised:
        copy(top, (source, "d"), (source / "file.txt", "d/link/authorized_keys"))
    assert raised.value.code == "deploy-outside"
    assert not (top / "d/link").is_symlink()


def test_a_package_follows_no_link_that_leads_outside(
    source: Path, top: Path, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    (top / "d").symlink_to("../home")
    with pytest.raises(UsageError) as raised:
        copy(top, (source / "file.txt", "d/authorized_keys"))
    assert raised.value.code == "deploy-outside"
    copy(top, (source / "file.txt", "d/own"), trusted=True)  # a link of the user
    assert tree(tmp_path / "home") == {"own"}


def test_a_fifo_does_not_hang(source: Path, top: Path) -> None:
    os.mkfifo(source / "fifo")
    with pytest.raises(OutputError):
        copy(top, (source, "d"))
    assert not list(top.rglob(".*"))
