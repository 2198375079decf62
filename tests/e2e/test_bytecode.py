"""Real programs as bytecode do what plain Node does with their sources.

The command line builds them, the sources are removed, and they run elsewhere. CI runs each on this
machine with Node 24, the features of the language with each release, and some with one more.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import rigs
from e2e.comparison import Compare
from e2e.real_projects import BYTECODE_PROJECTS
from sealift.formats.v8.code_cache import find_references
from sealift.formats.v8.facts import read_v8_facts
from sealift.formats.v8.read_only_heap import HeapString
from support.command_line import Build
from support.equipment import FindMachine
from support.samples import some

# These run with each release; the others take long and run with one or two.
_ALWAYS = ("features", "module", "lines")
_ONCE_MORE = {("cycle", "26"), ("esm-cli", "22"), ("express-views", "26")}


def _on_this_machine() -> list[object]:
    return [
        pytest.param(
            name,
            version,
            marks=[]
            if version == "24" or name in _ALWAYS or (name, version) in _ONCE_MORE
            else [pytest.mark.corpus],
        )
        for version in ("22", "24", "26")
        for name in BYTECODE_PROJECTS
    ]


@pytest.mark.parametrize(("name", "version"), _on_this_machine())
def test_linux_x64(name: str, version: str, compare: Compare) -> None:
    compare(BYTECODE_PROJECTS[name], f"node{version}-linux-x64")


@pytest.mark.rigs
@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("features", "22"),
        ("features", "24"),
        ("features", "26"),
        ("lines", "24"),
        pytest.param("lodash", "24", marks=pytest.mark.corpus),
        pytest.param("terser", "24", marks=pytest.mark.corpus),
        ("cycle", "22"),
        ("esm-cli", "26"),
        # `test_compression` runs it there.
        pytest.param("express-views", "24", marks=pytest.mark.corpus),
        pytest.param("fastify", "24", marks=pytest.mark.corpus),
        pytest.param("typescript", "24", marks=pytest.mark.corpus),
        pytest.param("processes", "24", marks=pytest.mark.corpus),
    ],
)
def test_linux_arm64(name: str, version: str, compare: Compare) -> None:
    compare(BYTECODE_PROJECTS[name], f"node{version}-linux-arm64")


@pytest.mark.rigs
@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("features", "22"),
        ("features", "24"),
        ("features", "26"),
        ("lines", "24"),
        pytest.param("lodash", "24", marks=pytest.mark.corpus),
        pytest.param("terser", "24", marks=pytest.mark.corpus),
        ("cycle", "24"),
        ("esm-cli", "22"),
        # `test_compression` runs it there.
        pytest.param("express-views", "24", marks=pytest.mark.corpus),
        pytest.param("fastify", "24", marks=pytest.mark.corpus),
        pytest.param("typescript", "24", marks=pytest.mark.corpus),
    ],
)
def test_win_x64(name: str, version: str, compare: Compare) -> None:
    compare(BYTECODE_PROJECTS[name], f"node{version}-win-x64")


# A comment, a spacing and a number that only the source has.
MARKS = ("MARK-IN-A-COMMENT", "return   mark", "0x2A_2A")
OWN = "// MARK-IN-A-COMMENT of {0}\nfunction mark{0}() {{ return   mark{0}.length + 0x2A_2A; }}\n"
MIXED = {
    "package.json": '{"name": "app", "license": "UNLICENSED", "dependencies": {"open": "1"}}',
    "main.js": OWN.format("Main") + "import('./late.mjs').then(({ late }) => console.log(late));\n",
    "late.mjs": OWN.format("Late")
    + "import open from 'open';\nimport closed from 'closed';\n"
    + "export const late = [markLate(), open(), open.toString(), await closed()];\n",
    "node_modules/open/package.json": '{"name": "open", "version": "1.0.0", "license": "MIT"}',
    "node_modules/open/index.js": "module.exports = () => 'open'; // PUBLIC-COMMENT\n",
    "node_modules/closed/package.json": '{"name": "closed", "version": "1.0.0"}',
    "node_modules/closed/index.js": OWN.format("Closed")
    + "module.exports = () => new Promise((done) => setImmediate(done, markClosed()));\n",
}


def install_mixed(directory: Path) -> None:
    """Write a project with own code, an open dependency, and one that is not open."""
    for name, text in MIXED.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def occurrences(content: bytes, text: str) -> int:
    """Count a text in both of V8's string encodings."""
    return content.count(text.encode()) + content.count(text.encode("utf-16-le"))


@pytest.mark.parametrize("version", some(["22", "24", "26"], ["24", "26"]))
def test_own_source_is_not_in_the_executable(
    version: str,
    build: Build,
    run_node: Callable[..., rigs.Completed],
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    sources = tmp_path / "sources" / "app"
    install_mixed(sources)
    cwd = tmp_path / "elsewhere"
    cwd.mkdir()
    plain = run_node(version, str(sources / "main.js"), cwd=cwd)
    assert plain.code == 0, plain.stderr
    assert "() => 'open'" in plain.stdout
    targets = [f"node{version}-{target}" for target in ("linux-x64", "macos-arm64", "win-x64")]
    built = build(sources / "main.js", *targets)
    shutil.rmtree(sources.parent)
    for executable in built.values():
        content = executable.read_bytes()
        assert occurrences(content, "PUBLIC-COMMENT") == 1
        assert {mark: occurrences(content, mark) for mark in MARKS} == dict.fromkeys(MARKS, 0)
    assert machine("linux-x64").run(built[targets[0]], cwd=cwd) == plain


@pytest.mark.parametrize("version", some(["22", "24", "26"], ["24"]))
def test_every_reference_is_one_of_the_target(
    version: str,
    npm_project: Callable[[str], Path],
    node_binary: Callable[[str, str, str], Path],
    build: Build,
    tmp_path: Path,
) -> None:
    """Every target's bytecode refers to the same strings, each at its place in that Node.

    CI looks at Node 24; `tests/bytecode/test_relocate` goes to every target of each release.
    """
    project = BYTECODE_PROJECTS["express-views"]
    project.install(tmp_path / "project", npm_project(project.packages))
    names = ["linux-x64", "linux-arm64", "macos-x64", "macos-arm64", "win-x64"]
    if version != "26":  # its pinned release is another one
        names.append("win-arm64")
    targets = {name: f"node{version}-{name}" for name in names}
    built = build(tmp_path / "project", *targets.values())
    named: dict[str, list[list[HeapString]]] = {}
    for name, target in targets.items():
        facts = read_v8_facts(node_binary(version, *name.split("-")))
        strings = dict(facts.strings)
        named[name] = []
        for cache in caches(built[target]):
            found = find_references(cache)
            assert found.checksum == facts.checksum
            # A wrong reference is a KeyError.
            used = [strings[place] for place in found.places]
            named[name].append([used[use] for use in found.uses])
    first, *others = named.values()
    assert len(first) > 100
    assert sum(map(len, first)) > 300
    assert all(other == first for other in others)


@pytest.mark.parametrize("version", ["22", "24", "26"])
def test_import_where_no_module_is_packaged(
    version: str, build: Build, machine: FindMachine, tmp_path: Path
) -> None:
    script = tmp_path / "script.js"
    script.write_text("import('node:path').then(({ posix }) => console.log(posix.sep));\n")
    target = f"node{version}-linux-x64"
    done = machine("linux-x64").run(build(script, target)[target])
    assert (done.stdout, done.stderr, done.code) == ("/\n", "", 0)


def caches(executable: Path) -> Iterator[bytes]:
    """Yield the code caches of an executable in the order of its index."""
    content = executable.read_bytes()
    index, data = asset(content, "sealift/bytecode-index"), asset(content, "sealift/bytecode")
    for _, length, offset, *_ in struct.iter_unpack("<IIQIIIBBH", index):
        yield data[offset : offset + length]


def asset(content: bytes, key: str) -> bytes:
    """Return an asset of the blob, which has key and content with a u64 length before each."""
    marker = struct.pack("<Q", len(key)) + key.encode()
    assert content.count(marker) == 1
    at = content.index(marker) + len(marker)
    (length,) = struct.unpack_from("<Q", content, at)
    return content[at + 8 : at + 8 + length]
