"""The change of Node's source for FreeBSD, tried on the real file that searches for the blob."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from nodes.build.stand_in import make_tree
from sealift.errors import NodeError
from sealift.formats.node_facts import read_facts
from sealift.model import NodeBinary
from sealift.nodes.build import build_provider as source
from sealift.nodes.build import freebsd
from sealift.target import Arch, Platform
from support.elf_builder import TEXTS, Shape, build_elf

# What Node does with the file. The system is FreeBSD as far as the compiler tells; the headers
# are those of this machine.
PROGRAM = """
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#undef __linux__
#define __FreeBSD__ 1
#define POSTJECT_SENTINEL_FUSE "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2"
#include "postject-api.h"
__asm__(".section .note.blob, \\"a\\", @note\\n.balign 4\\n.long 14, 8, 0\\n"
        ".asciz \\"NODE_SEA_BLOB\\"\\n.balign 4\\n.ascii \\"the blob\\"\\n.text\\n");
int main() {
  size_t size;
  const void* blob = postject_find_resource("NODE_SEA_BLOB", &size, nullptr);
  if (blob == nullptr) return puts("none"), 0;
  fwrite(blob, 1, size, stdout);
}
"""


@pytest.fixture
def tree(tmp_path: Path, npm_project: Callable[..., Path]) -> Path:
    """A source tree with postject's file, from which Node copied it."""
    folder = npm_project({"postject": "1.0.0-alpha.6"}) / "node_modules/postject/dist"
    file = tmp_path / "tree" / freebsd.CHANGED_FILE
    file.parent.mkdir(parents=True)
    shutil.copyfile(folder / "postject-api.h", file)
    return tmp_path / "tree"


def result_of(tree: Path, folder: Path) -> tuple[str, bytes]:
    (folder / "main.cc").write_text(PROGRAM)
    (folder / "sys").mkdir(exist_ok=True)
    (folder / "sys/_types.h").touch()  # which gcc's headers want of a FreeBSD
    command = ["g++", "-O3", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections"]
    command += ["-I", str((tree / freebsd.CHANGED_FILE).parent), "-I", str(folder)]
    command += [str(folder / "main.cc")]
    subprocess.run([*command, "-o", str(folder / "main")], check=True)
    done = subprocess.run([folder / "main"], capture_output=True, text=True, check=True)
    return done.stdout.strip(), (folder / "main").read_bytes()


def test_blob_is_found_where_it_was_not(tree: Path, tmp_path: Path, host_compiler: None) -> None:
    said, program = result_of(tree, tmp_path)
    assert (said, freebsd.FREEBSD_MARK in program) == ("none", False)
    freebsd.change(tree)
    said, program = result_of(tree, tmp_path)
    assert (said, freebsd.FREEBSD_MARK in program) == ("the blob", True)


def test_the_users_patch_may_have_changed_it(
    tree: Path, tmp_path: Path, host_compiler: None
) -> None:
    file = tree / freebsd.CHANGED_FILE
    text = file.read_text()
    patched = text.replace("defined(__linux__)", "defined(__FreeBSD__) || defined(__linux__)")
    file.write_text(patched)
    freebsd.change(tree)
    assert result_of(tree, tmp_path)[0] == "the blob"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("#elif defined(__linux__)", "#elif defined( __linux__ )"),
        ("#if defined(__linux__)", "#ifdef __linux__"),
        ("struct dl_phdr_info main_program_info;", "struct dl_phdr_info found;"),
        ("", None),
    ],
)
def test_a_file_of_another_form_is_refused(tree: Path, old: str, new: str | None) -> None:
    file = tree / freebsd.CHANGED_FILE
    text = file.read_text()
    if new is None:
        file.unlink()
    else:
        assert old in text
        file.write_text(text.replace(old, new, 1))
    before = file.read_bytes() if new is not None else b""
    with pytest.raises(NodeError) as caught:
        freebsd.change(tree)
    assert caught.value.code == "source-tree-refused"
    assert freebsd.CHANGED_FILE in caught.value.message
    assert new is None or file.read_bytes() == before


def test_build_on_freebsd_changes_its_copy(
    tree: Path,
    tmp_path: Path,
    build: Callable[..., NodeBinary],
    host_compiler: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only the host's name and the compilers' macros say FreeBSD; the rest is this machine."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for suffix, cpu in ("", "__x86_64__"), ("_host", "__aarch64__"):
        macros = [f"{cpu} 1", "__FreeBSD__ 14", "__GNUC__ 14", "__GNUC_MINOR__ 2"]
        said = "".join(f"#define {macro}\\n" for macro in macros)
        for variable, name in ("CC", "gcc"), ("CXX", "g++"):
            real = shutil.which(name)
            program = programs / f"{name}{suffix}"
            answer = f"*' -dM '*) printf '{said}' ;; *) exec {real} \"$@\" ;;"
            program.write_text(f'#!/bin/sh\ncase " $* " in {answer} esac\n')
            program.chmod(0o755)
            monkeypatch.setenv(f"{variable}{suffix}", str(program))
    for name, program in ("gmake", shutil.which("make")), ("rustc", "/bin/true"):
        (programs / name).symlink_to(str(program))
    (programs / "cargo").symlink_to("/bin/true")
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    monkeypatch.setattr(source, "host_machine", lambda: (Platform.FREEBSD, Arch.ARM64))
    # What is linked holds the changed file's text, as the real binary holds its mark.
    shape = Shape(osabi=9, interpreter=b"/libexec/ld-elf.so.1", texts=TEXTS + b"\0--build-sea\0")
    stock = tmp_path / "stock"
    stock.write_bytes(build_elf(shape))
    make_tree(tree, stock, "26.1.2")
    makefile = tree / "Makefile.in"
    linked = "../src/note.txt > $@.new"
    assert linked in makefile.read_text()
    makefile.write_text(makefile.read_text().replace(linked, f"../{freebsd.CHANGED_FILE} > $@.new"))
    binary = build("node26-freebsd-x64", source_tree=tree)
    assert read_facts(binary.path).system == "freebsd"
    assert "changed to find its blob" in binary.origin
    assert freebsd.FREEBSD_MARK not in (tree / freebsd.CHANGED_FILE).read_bytes()
