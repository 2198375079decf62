"""Patches of Node's source."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from nodes.build.stand_in import HOST
from sealift.errors import NodeError
from sealift.model import NodeBinary
from sealift.nodes.build import patches

Build = Callable[..., NodeBinary]

GOOD = """\
--- a/src/note.txt
+++ b/src/note.txt
@@ -1,4 +1,4 @@
 first
-second
+second, patched
 third
 of the source
"""
ON_TOP = GOOD.replace("-second\n", "-second, patched\n").replace(
    "+second, patched\n", "+second, patched twice\n"
)
BAD = """\
--- a/src/note.txt
+++ b/src/note.txt
@@ -1,2 +1,2 @@
-first
+one
 second
@@ -3,2 +3,2 @@
 third
-of another source
+of this source
"""


def write(folder: Path, *texts: str) -> tuple[Path, ...]:
    files = tuple(folder / f"{n}.patch" for n in range(len(texts)))
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    return files


def test_patches_are_applied_in_order_and_part_of_the_binarys_place(
    tree: Path, build: Build, tmp_path: Path
) -> None:
    plain = build(f"node24-{HOST}", source_tree=tree)
    patched = build(f"node24-{HOST}", source_tree=tree, patches=write(tmp_path, GOOD, ON_TOP))
    end = b"first\nsecond, patched twice\nthird\nof the source\n"
    assert patched.path.read_bytes().endswith(end)
    assert patched.path != plain.path
    assert "2 patches" in patched.origin
    assert (tree / "src/note.txt").read_text().startswith("first\nsecond\n")


@pytest.mark.parametrize("program", ["patch", "git"])
def test_patch_that_does_not_apply_names_its_hunk(
    tree: Path,
    build: Build,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
) -> None:
    if program == "git":
        monkeypatch.setattr(patches, "tool", lambda: (shutil.which("git"), "apply", "-p1"))
    files = write(tmp_path, GOOD, BAD)
    with pytest.raises(NodeError) as caught:
        build(f"node24-{HOST}", source_tree=tree, patches=files)
    assert caught.value.code == "patch-refused"
    assert str(files[1]) in caught.value.message
    assert "src/note.txt" in caught.value.message
    hunk = "hunk 1" if program == "patch" else "src/note.txt:1"
    assert hunk in caught.value.message
    assert not [path for path in (tmp_path / "cache/builds").iterdir() if path.is_dir()]
    assert not (tmp_path / "cache/nodes").exists() or not any((tmp_path / "cache/nodes").iterdir())


def test_second_hunk_is_named(tree: Path, build: Build, tmp_path: Path) -> None:
    with pytest.raises(NodeError, match=r"hunk 2 of src/note\.txt, at line 3"):
        build(f"node24-{HOST}", source_tree=tree, patches=write(tmp_path, BAD))


def test_git_applies_patches_too(
    tree: Path, build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patches, "tool", lambda: (shutil.which("git"), "apply", "-p1"))
    binary = build(f"node24-{HOST}", source_tree=tree, patches=write(tmp_path, GOOD))
    assert binary.path.read_bytes().endswith(b"second, patched\nthird\nof the source\n")


@pytest.mark.parametrize(
    "text", ["", "this is no patch\n", GOOD.replace("src/note.txt", "src/nowhere.txt")]
)
def test_files_that_are_not_patches_are_refused(
    tree: Path, build: Build, tmp_path: Path, text: str
) -> None:
    with pytest.raises(NodeError) as caught:
        build(f"node24-{HOST}", source_tree=tree, patches=write(tmp_path, text))
    assert caught.value.code == "patch-refused"


def test_patch_that_leads_out_of_the_tree_is_refused(
    tree: Path, build: Build, tmp_path: Path
) -> None:
    outside = tmp_path / "cache" / "outside.txt"
    text = "--- /dev/null\n+++ b/../../../outside.txt\n@@ -0,0 +1 @@\n+escaped\n"
    with pytest.raises(NodeError) as caught:
        build(f"node24-{HOST}", source_tree=tree, patches=write(tmp_path, text))
    assert caught.value.code == "patch-refused"
    assert not outside.exists()


def test_a_missing_patch(tree: Path, build: Build, tmp_path: Path) -> None:
    with pytest.raises(NodeError) as caught:
        build(f"node24-{HOST}", source_tree=tree, patches=(tmp_path / "no.patch",))
    assert caught.value.code == "patch-missing"
