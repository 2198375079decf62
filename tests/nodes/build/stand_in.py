"""A small source tree that is configured and made as Node's is, and yields a real Node binary.

Its compiler compiles eight small C files; what is linked in the end is a copy of a real binary
and the text of ``src/note.txt``.
"""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from rigs import host_target
from sealift.target import Arch, Platform

OBJECTS = 8
HOST = "-".join(host_target())
HOST_MACHINE = (Platform(host_target()[0]), Arch(host_target()[1]))

_CONFIGURE = """\
import argparse, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--dest-os", choices=["win", "mac", "freebsd", "linux"])
parser.add_argument("--dest-cpu", choices=[
    "arm", "arm64", "ia32", "ppc64", "x64", "s390x", "riscv64", "loong64"])
parser.add_argument("--cross-compiling", action="store_true", default=None)
parser.add_argument("--no-cross-compiling", action="store_false", dest="cross_compiling")
parser.add_argument("--with-arm-float-abi", choices=["soft", "softfp", "hard"])
parser.add_argument("--with-arm-fpu", choices=["vfp", "vfpv3", "vfpv3-d16", "neon"])
parser.add_argument("--partly-static", action="store_true")
parser.add_argument("--fully-static", action="store_true")
options = parser.parse_args()
if pathlib.Path("broken-configure").exists():
    raise SystemExit("ERROR: configure does not like this machine")
pathlib.Path("out").mkdir(exist_ok=True)
pathlib.Path("out/Makefile").write_text(pathlib.Path("Makefile.in").read_text())
"""

_MAKEFILE = """\
CC ?= cc
OBJS := $(patsubst ../src/%.c,Release/%.o,$(wildcard ../src/*.c))
.PHONY: node
node: Release/node
-include $(wildcard Release/*.d)
Release/%.o: ../src/%.c
\tmkdir -p Release
\tsleep $${STAND_IN_DELAY:-0}
\t$(CC) -o $@ $< -O1 -c
\t@printf '%s\\n' 'cmd_$@ := $(CC) -o $@ $< -O1 -c' > $@.d
Release/node: $(OBJS) ../src/note.txt
\tcat "$$(cat ../deps/binary.txt)" ../src/note.txt > $@.new
\tchmod 755 $@.new
\tmv $@.new $@
"""


def make_tree(folder: Path, binary: Path, version: str = "24.19.0") -> Path:
    """Write the tree of a release that yields a copy of ``binary``."""
    for name, text in _files(binary, version).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def make_tarball(file: Path, binary: Path, version: str = "24.19.0") -> Path:
    """Write the tree as a tarball like nodejs.org's."""
    with tarfile.open(file, "w:xz") as opened:
        for name, text in _files(binary, version).items():
            member = tarfile.TarInfo(f"node-v{version}/{name}")
            member.size = len(text.encode())
            member.mtime = 1_700_000_000
            opened.addfile(member, io.BytesIO(text.encode()))
    return file


def _files(binary: Path, version: str) -> dict[str, str]:
    major, minor, patch = version.split(".")
    sources = {f"src/part{n}.c": f"int part{n}(void) {{ return {n}; }}\n" for n in range(OBJECTS)}
    return {
        "configure": _CONFIGURE,
        "Makefile.in": _MAKEFILE,
        "deps/binary.txt": str(binary),
        "src/note.txt": "first\nsecond\nthird\nof the source\n",
        "src/node_version.h": f"#define NODE_MAJOR_VERSION {major}\n"
        f"#define NODE_MINOR_VERSION {minor}\n#define NODE_PATCH_VERSION {patch}\n",
        **sources,
    }
