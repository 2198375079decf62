"""How many objects are compiled, for the progress of a build."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from sealift.nodes.build.process import count_objects

MAKE = ("make", "-C", "out", "V=1", "node")
# As gyp writes a rule with several results, such as the headers of Node's inspector: what the rule
# makes is always out of date to a dry run, and make sees that nothing has changed.
MAKEFILE = """\
node: Release/a.o Release/b.o Release/c.o
Release/%.o: ../src/%.c
\tcc -o $@ $< -O1 -c
Release/a.o Release/b.o: gen.h
gen.h gen2.h: x.intermediate
\t@:
.INTERMEDIATE: x.intermediate
x.intermediate: ../src/a.c force
\t@touch x.intermediate
\t@test -e gen.h || touch gen.h gen2.h
force:
.PHONY: force node
"""


def test_a_continued_build_counts_what_is_compiled(tmp_path: Path, host_compiler: None) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "out" / "Release").mkdir(parents=True)
    (tmp_path / "out" / "Makefile").write_text(MAKEFILE)
    for name in "abc":
        (tmp_path / "src" / f"{name}.c").write_text(f"int {name};\n")
    for missing in ("abc", "b", "c"):
        for name in missing:
            (tmp_path / "out" / "Release" / f"{name}.o").unlink(missing_ok=True)
        counted = count_objects(MAKE, tmp_path, {})
        done = subprocess.run(MAKE, cwd=tmp_path, capture_output=True, text=True, check=True)
        compiled = re.findall(r"^cc -o Release/(\w)\.o", done.stdout, re.MULTILINE)
        assert compiled == list(missing)
        assert counted == len(compiled)
