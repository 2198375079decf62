"""The source that is compiled: the files of musl's Makefile, with sealift's changes."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from rigs.capability import lacking
from sealift.errors import FormatError
from sealift.musl import changes, musl_source
from sealift.musl import compile as compiling
from sealift.target import Arch

ARCHES = [(Arch.X64, "x86_64"), (Arch.ARM64, "aarch64")]


def test_the_text_of_every_edit_occurs_once(musl_tree: Path) -> None:
    before = {edit.file: (musl_tree / edit.file).read_text() for edit in changes.EDITS}
    assert [edit for edit in changes.EDITS if before[edit.file].count(edit.old) != 1] == []
    changes.apply(musl_tree)
    after = {file: (musl_tree / file).read_text() for file in before}
    assert [edit for edit in changes.EDITS if edit.new not in after[edit.file]] == []


def test_a_source_that_was_changed_already_is_refused(musl_tree: Path) -> None:
    changes.apply(musl_tree)
    with pytest.raises(FormatError, match=r"ldso/dynlink\.c|ldso/dlstart\.c") as raised:
        changes.apply(musl_tree)
    assert raised.value.code == "musl-unknown"


@pytest.mark.parametrize(("arch", "name"), ARCHES)
def test_same_files_as_the_makefile(musl_tree: Path, arch: Arch, name: str) -> None:
    make = shutil.which("make") or lacking("make")
    (musl_tree / "config.mak").write_text(f"ARCH = {name}\nCC = cc\n")
    listed = subprocess.run(
        [make, "-n", "lib/libc.so"], cwd=musl_tree, capture_output=True, text=True, check=True
    )
    compiled = re.findall(r"-c -o obj/\S+\.lo (?:\./)?(\S+)", listed.stdout)
    assert compiling.source_files(musl_tree, name) == sorted(compiled)


@pytest.mark.parametrize(("arch", "name"), ARCHES)
def test_same_headers_as_the_makefile(musl_tree: Path, arch: Arch, name: str) -> None:
    sed = shutil.which("sed") or lacking("sed")
    compiling.generate_headers(musl_tree, name)
    bits = f"arch/{name}/bits"

    def output(*arguments: str) -> str:
        return subprocess.run(
            [sed, *arguments], cwd=musl_tree, capture_output=True, text=True, check=True
        ).stdout

    types = output("-f", "tools/mkalltypes.sed", f"{bits}/alltypes.h.in", "include/alltypes.h.in")
    made = musl_tree / "obj" / "include" / "bits"
    assert (made / "alltypes.h").read_text().split() == types.split()
    calls = (musl_tree / bits / "syscall.h.in").read_text()
    renamed = output("-n", "-e", "s/__NR_/SYS_/p", f"{bits}/syscall.h.in")
    assert (made / "syscall.h").read_text() == calls + renamed


@pytest.mark.parametrize("name", ["../outside", "musl-1.2.5/../../outside", "/outside"])
def test_a_tarball_with_a_path_outside_of_its_directory_is_refused(
    name: str, tmp_path: Path
) -> None:
    tarball, directory = tmp_path / "musl.tar.gz", tmp_path / "unpacked"
    with tarfile.open(tarball, "w:gz") as archive:
        for member in ("musl-1.2.5/inside", name):
            entry = tarfile.TarInfo(member)
            entry.size = 1
            archive.addfile(entry, io.BytesIO(b"x"))
    with pytest.raises(FormatError) as raised:
        musl_source.unpack(tarball, directory)
    assert raised.value.code == "musl-unknown" and name in raised.value.message
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [tarball, directory / "musl-1.2.5" / "inside"]


def test_links_in_a_tarball_are_not_unpacked(tmp_path: Path) -> None:
    tarball = tmp_path / "musl.tar.gz"
    with tarfile.open(tarball, "w:gz") as archive:
        link = tarfile.TarInfo("musl-1.2.5/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        archive.addfile(link)
    assert not musl_source.unpack(tarball, tmp_path / "unpacked").exists()
