"""docs/what-the-runtime-replaces.md lists all that the runtime replaces or uses privately."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.bytecode_executables import build_bytecode
from support.equipment import FindMachine, FindNode
from support.executables import package_folder
from support.releases import RELEASES

ROOT = Path(__file__).parent.parent.parent
RUNTIME = ROOT / "src" / "sealift" / "runtime" / "js"
PAGE = ROOT / "docs" / "what-the-runtime-replaces.md"
PROGRAM = Path(__file__).parent / "replaced"

# Values of the program, and a global that Node creates on first use.
DIFFERS_ANYWAY = ("process.mainModule", "process.execArgv", "globalThis.MessageChannel")
PRIVATE = re.compile(r"\.(_[a-z]\w*)|\{ (_[a-z]\w*)\b")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of one of the page's tables."""

    what: str
    when: str
    test: str

    def names(self) -> Iterator[str]:
        """Yield the names in backquotes, braces expanded."""
        for name in re.findall(r"`([^`]+)`", self.what):
            yield from expand(name)

    def holds(self, major: int, *, bytecode: bool) -> bool:
        """Return True if the row is about such an executable."""
        words = self.when.split(", ")
        newer = "Node 22 and newer" not in words or major >= 22
        only_20 = "Node 20" not in words or major == 20
        return newer and only_20 and (bytecode or "bytecode" not in words)


def expand(name: str) -> Iterator[str]:
    """Yield what a name with braces stands for, like a shell."""
    start = name.rfind("{")
    if start < 0:
        yield name
        return
    end = name.index("}", start)
    for part in name[start + 1 : end].split(","):
        yield from expand(name[:start] + part + name[end + 1 :])


def rows(title: str) -> list[Row]:
    """Return the rows of the table below a heading."""
    section = PAGE.read_text().split(f"\n## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    found = []
    for line in lines:
        what, when, _, test = (cell.strip() for cell in line.strip("|").split(" | "))
        found.append(Row(what, when, test.strip("`")))
    return found


def changed(plain: Mapping[str, str], packaged: Mapping[str, str]) -> set[str]:
    """Return the properties that differ."""
    differing = {name for name in plain | packaged if plain.get(name) != packaged.get(name)}
    return {
        name
        for name in outermost(differing)
        if not name.startswith(DIFFERS_ANYWAY)
        # Node's own functions have a `prototype` only if they are not methods.
        and not name.endswith(".prototype")
    }


def outermost(names: set[str]) -> set[str]:
    """Return the names without those of properties of others."""
    return {
        name
        for name in names
        if not any(name.startswith((f"{other}.", f"{other}[")) for other in names)
    }


@pytest.mark.parametrize("bytecode", [False, True], ids=["source", "bytecode"])
@pytest.mark.parametrize("release", RELEASES)
def test_everything_that_is_replaced_is_listed(
    release: str, bytecode: bool, node_binary: FindNode, machine: FindMachine, tmp_path: Path
) -> None:
    node, here = node_binary(release, "linux", "x64"), machine("linux-x64")
    if bytecode:
        executable = build_bytecode(PROGRAM, "index.js", node, tmp_path / "out")
    else:
        executable = package_folder(PROGRAM, "index.js", node, tmp_path / "program")
    quiet = {"NODE_NO_WARNINGS": "1"}
    major = int(release.split(".")[0])
    options = ["--experimental-vm-modules"] if bytecode and major > 20 else []
    plain = json.loads(here.run(node, *options, PROGRAM / "index.js", env=quiet).stdout)
    packaged = json.loads(here.run(executable, env=quiet).stdout)
    listed = {
        name
        for row in rows("Replaced")
        if row.holds(major, bytecode=bytecode)
        for name in row.names()
        if plain.get(name) != "undefined"  # such as fs.lchmod, which only macOS has
    }
    assert changed(plain, packaged) == outermost(listed & (plain.keys() | packaged.keys()))


def test_every_private_member_is_listed() -> None:
    """Names with an underscore, and `process.binding`, are used only as the page says."""
    used = set()
    for file in RUNTIME.rglob("*.js"):
        text = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", file.read_text(), flags=re.DOTALL)
        used |= {first or second for first, second in PRIVATE.findall(text)}
        assert "internalBinding" not in text
        if "process).binding(" in text:
            assert file.name in {"main.js", "node-internals.js"}
            used.add("binding")
    listed = {name.rsplit(".", 1)[1] for row in rows("Private members") for name in row.names()}
    assert used - {"__proto__"} == {name for name in listed if name.isidentifier()}
    declared = (RUNTIME / "node-internals.js").read_text()
    assert [name for name in used if name not in declared] == []


@pytest.mark.parametrize(
    "title", ["Replaced", "Private members", "Assumptions about Node's internals"]
)
def test_every_row_names_a_test(title: str) -> None:
    for row in rows(title):
        for test in row.test.split("`, `"):
            file, name = test.split("::")
            assert f"\ndef {name}(" in (Path(__file__).parent / file).read_text(), test
