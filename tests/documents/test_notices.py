"""The texts of licences."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.documents.notices import write_notices
from sealift.documents.own_licence import OWN_LICENCE
from sealift.documents.packaged_packages import packaged_packages
from sealift.model import MuslLibrary
from sealift.record import replace
from sealift.target import Arch
from sealift.target_build import Front, TargetBuild

ROOT = Path(__file__).parents[2]


def test_the_licence_of_sealift_is_that_of_its_file() -> None:
    assert (ROOT / "LICENSE").read_text(encoding="utf-8") == OWN_LICENCE


def test_each_text_is_there_once(target_build: Callable[[], TargetBuild]) -> None:
    build = target_build()
    packages = packaged_packages(build.project, None)
    text, missing = write_notices(build, packages, "Node's text\r\n\n")
    assert text.count("MIT text") == 1
    assert text.count("Node's text") == 1
    assert text.count("The sealift authors") == 1
    block = text[: text.index("MIT text")]
    assert "@s/one@1.2.3 (MIT)" in block
    assert "three@3.0.0-rc.1 (no licence declared)" in block
    assert "Notice of three" in text
    assert "not a licence" not in text
    assert "own terms" not in text
    assert "\r" not in text
    assert missing == ["two@2.0.0"]
    assert "No licence text was found for:\n  two@2.0.0 (MIT OR Apache-2.0)" in text
    assert write_notices(build, packages, "Node's text") == (text, missing)


def test_what_is_missing_is_named(target_build: Callable[[], TargetBuild], tmp_path: Path) -> None:
    (tmp_path / "musl").mkdir()
    (tmp_path / "musl" / "COPYRIGHT").write_text("musl as a whole is licensed")
    musl = MuslLibrary("1.2.5", Arch.X64, tmp_path / "musl" / "libc.so", 1, "2" * 64)
    build = replace(target_build(), musl=musl)
    text, _ = write_notices(build, packaged_packages(build.project, None), None)
    assert f"  Node.js {build.node.version}: see LICENSE in its source" in text
    assert "musl 1.2.5" in text
    assert "musl as a whole" in text
    (tmp_path / "musl" / "COPYRIGHT").unlink()
    text, _ = write_notices(build, packaged_packages(build.project, None), None)
    assert "  musl 1.2.5: see COPYRIGHT in its source" in text


def test_the_decoder_of_a_compact_file(
    target_build: Callable[[], TargetBuild], tmp_path: Path
) -> None:
    (tmp_path / "LICENSE").write_text("Brotli as a whole is licensed")
    front = Front(Arch.X64, tmp_path / "front", 1, "3" * 64, "1.2.1", tmp_path)
    build = replace(target_build(), front=front)
    text, _ = write_notices(build, packaged_packages(build.project, None), "Node's text")
    assert "Brotli 1.2.1: its decoder" in text
    assert "Brotli as a whole" in text


def test_a_licence_that_is_no_text(target_build: Callable[[], TargetBuild]) -> None:
    build = target_build()
    packages = packaged_packages(build.project, None)
    directory = next(one.directory for one in packages if one.name == "two")
    (directory / "LICENSE").write_bytes(b"\0\1")
    (directory / "COPYING").mkdir()
    assert write_notices(build, packages, "")[1] == ["two@2.0.0"]


@pytest.mark.skipif(os.name == "nt", reason="missing: links without special rights")
@pytest.mark.parametrize("target", ["../../../id_rsa", "../../LICENSE", "/proc/self/environ"])
def test_a_link_of_an_installed_package_takes_no_foreign_text(
    target: str, target_build: Callable[[], TargetBuild], tmp_path: Path
) -> None:
    build = target_build()
    (tmp_path / "id_rsa").write_text("FOREIGN")
    packages = packaged_packages(build.project, None)
    directory = next(one.directory for one in packages if one.name == "two")
    (directory / "LICENSE").symlink_to(target)
    text, missing = write_notices(build, packages, "")
    assert missing == ["two@2.0.0"]
    assert "FOREIGN" not in text
    assert "own terms" not in text


@pytest.mark.skipif(os.name == "nt", reason="missing: links without special rights")
def test_a_member_of_a_workspace_links_to_the_licence_of_the_whole(
    target_build: Callable[[], TargetBuild], tmp_path: Path
) -> None:
    member = tmp_path / "member"
    member.mkdir()
    (tmp_path / "LICENSE.txt").write_text("Terms of the whole")
    (tmp_path / "private.txt").write_text("FOREIGN")
    (member / "LICENSE").symlink_to("../LICENSE.txt")
    (member / "NOTICE").symlink_to("../private.txt")
    build = target_build()
    packages = [
        replace(one, directory=member) if one.name == "two" else one
        for one in packaged_packages(build.project, None)
    ]
    text, missing = write_notices(build, packages, "")
    assert (missing, "Terms of the whole" in text, "FOREIGN" in text) == ([], True, False)
