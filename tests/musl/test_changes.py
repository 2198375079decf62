"""What is compiled: musl's release, our changes, and what its Makefile would have made of it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from rigs.capability import lacking
from sealift.errors import FormatError
from sealift.musl import changes
from sealift.musl import compile as build
from sealift.target import Arch

ARCHES = [(Arch.X64, "x86_64"), (Arch.ARM64, "aarch64")]


def test_every_edit_finds_its_place_once(musl_tree: Path) -> None:
    before = {edit.file: (musl_tree / edit.file).read_text() for edit in changes.EDITS}
    assert [edit for edit in changes.EDITS if before[edit.file].count(edit.old) != 1] == []
    changes.apply(musl_tree)
    after = {file: (musl_tree / file).read_text() for file in before}
    assert [edit for edit in changes.EDITS if edit.new not in after[edit.file]] == []


def test_edits_refuse_sources_that_are_changed_already(musl_tree: Path) -> None:
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
    assert build.source_files(musl_tree, name) == sorted(compiled)


@pytest.mark.parametrize(("arch", "name"), ARCHES)
def test_same_headers_as_the_makefile(musl_tree: Path, arch: Arch, name: str) -> None:
    sed = shutil.which("sed") or lacking("sed")
    build.generate_headers(musl_tree, name)
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
