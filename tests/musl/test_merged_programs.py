"""Executables for alpine and linuxstatic do what plain Node does, where there is nothing else."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import lief
import pytest

import rigs
from rigs import musl
from rigs.capability import available_memory, lacking
from rigs.machine import complete
from rigs.roots import Root
from support.command_line import build_environment, command_line

ROOT = Path(__file__).parent.parent.parent
PROGRAM = Path(__file__).parent / "program" / "main.js"
TARGETS = ("linuxstatic-x64", "alpine-x64", "linuxstatic-arm64", "alpine-arm64")
FORMS = {"plain": ("--sea",), "bytecode": ()}
MACHINES = {
    "linuxstatic-x64, nothing": (
        "linuxstatic-x64",
        Root("linuxstatic", "x64", proc=False, tmp=False, nobody=True),
    ),
    "linuxstatic-x64, /proc": ("linuxstatic-x64", Root("linuxstatic", "x64")),
    "alpine-x64": ("alpine-x64", Root("alpine", "x64")),
    "linuxstatic-arm64": ("linuxstatic-arm64", Root("linuxstatic", "arm64", nobody=True)),
    "linuxstatic-arm64, 64K": ("linuxstatic-arm64", Root("linuxstatic", "arm64", page=1 << 16)),
    "alpine-arm64": ("alpine-arm64", Root("alpine", "arm64")),
}
ALWAYS = ("linuxstatic-x64, nothing", "alpine-x64")
ONCE = (
    ("24", "plain", "linuxstatic-x64, /proc"),
    ("22", "plain", "linuxstatic-arm64"),
    ("24", "bytecode", "linuxstatic-arm64, 64K"),
)


@dataclass(frozen=True)
class Built:
    executables: dict[str, Path]
    report: dict[str, Any]


@pytest.fixture(scope="module")
def build(
    node_binary: Callable[[str, str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str, str], Built]]:
    """Callable ``(version, form)``: the program for all targets; its sources are removed."""
    made: dict[tuple[str, str], Built] = {}
    folder = tmp_path_factory.mktemp("merged")
    folder.chmod(0o755)

    def make(version: str, form: str) -> Built:
        if (version, form) in made:
            return made[version, form]
        try:
            musl.set_up()
        except rigs.RigError as error:
            lacking(str(error))
        out = folder / f"{version}-{form}"
        sources = folder / "sources"
        shutil.copytree(PROGRAM.parent, sources)
        targets = {f"node{version}-{name}": name.split("-") for name in TARGETS}
        options = [
            f"--node-binary={target}={node_binary(version, *machine)}"
            for target, machine in targets.items()
        ]
        command = command_line(sources / "main.js", "-t", ",".join(targets), "--out-path", out)
        command += [*FORMS[form], *options, "--json", folder / "report.json"]
        done = complete(command, cwd=folder, env=build_environment(), timeout=400)
        assert done.code == 0, done.stderr
        shutil.rmtree(sources)
        report = json.loads((folder / "report.json").read_text())
        files = {}
        for executable in report["executables"]:
            path = Path(executable["path"])
            path.chmod(0o555)
            files[executable["target"].partition("-")[2]] = path
        made[version, form] = Built(files, report)
        return made[version, form]

    yield make
    shutil.rmtree(folder)


def ready(machine: Root) -> Root:
    missing = machine.missing()
    if missing:
        lacking(missing)
    return machine


def _cases() -> Iterator[object]:
    """Those that say the most, and for a long run all of them."""
    for version in ("22", "24"):
        for form in FORMS:
            for name in MACHINES:
                always = name in ALWAYS or (version, form, name) in ONCE
                marks = [pytest.mark.rigs] * ("arm64" in name)
                marks += [pytest.mark.corpus] * (not always)
                yield pytest.param(version, form, name, marks=marks)


@pytest.mark.parametrize(("version", "form", "name"), [*_cases()])
def test_does_what_plain_node_does(
    version: str,
    form: str,
    name: str,
    build: Callable[[str, str], Built],
    run_node: Callable[..., rigs.Completed],
) -> None:
    target, machine = MACHINES[name]
    ready(machine)
    plain = run_node(version, str(PROGRAM))
    assert plain.code == 0, plain.stderr
    built = build(version, form)
    counts = built.report["executables"][0]["scripts"]
    with_source = counts["both"] + counts["source"]  # both: a Node at hand made its code cache
    assert (counts["bytecode"], with_source) == ((1, 0) if form == "bytecode" else (0, 1))
    done = machine.run(built.executables[target])
    expected = plain.stdout.replace(" x64 ", f" {target.partition('-')[2]} ")
    assert (done.stdout, done.code) == (expected, 0), done.stderr


def test_one_gigabyte_of_heap(build: Callable[[str, str], Built]) -> None:
    if available_memory() < 3 << 30:
        lacking("3 GiB of memory")
    machine = ready(MACHINES["linuxstatic-x64, nothing"][1])
    executable = build("24", "plain").executables["linuxstatic-x64"]
    options = {"NODE_OPTIONS": "--max-old-space-size=2000"}
    done = machine.run(executable, "heap", "1024", env=options)
    assert (done.stdout, done.code) == ("heap: true\n", 0), done.stderr


@pytest.mark.parametrize("name", ALWAYS)
def test_localhost_without_a_hosts_file(name: str, build: Callable[[str, str], Built]) -> None:
    """And no other name: RFC 6761, 6.3."""
    target, machine = MACHINES[name]
    ready(machine)
    executable = build("24", "plain").executables[target]
    local = ("localhost", "LocalHost.", "app.localhost")
    done = machine.run(executable, "lookup", *local, "notlocalhost", "localhost.example")
    assert done.code == 0, done.stderr
    *found, mine, another = done.stdout.splitlines()
    assert found == [f"{name} 127.0.0.1 ::1" for name in local]
    for line in (mine, another):
        assert line.split()[1] in ("EAI_AGAIN", "ENOTFOUND")


def test_libraries_of_the_host_are_not_loaded(
    build: Callable[[str, str], Built], tmp_path: Path
) -> None:
    """A preloaded library of glibc's would end the program; so would an RPATH of the wheel's."""
    host = rigs.linux_x64
    if host.missing():
        lacking(host.missing())
    executable = build("24", "plain").executables["linuxstatic-x64"]
    preloaded = tmp_path / "libhost.so"
    preloaded.write_bytes(b"\x7fELF and nothing else")
    done = host.run(executable, "wasm", "icu", env={"LD_PRELOAD": str(preloaded)})
    assert done.code == 0, done.stderr
    assert done.stdout.startswith("wasm: 42\n")
    assert done.stderr == ""


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_in_the_executable(target: str, build: Callable[[str, str], Built]) -> None:
    built = build("22", "plain")
    parsed = lief.ELF.parse(built.executables[target])
    assert parsed is not None
    assert not parsed.has_interpreter
    assert not parsed.has_section(".symtab")
    loads = [one for one in parsed.segments if one.type == lief.ELF.Segment.TYPE.LOAD]
    assert all(int(one.flags) & 3 != 3 for one in loads), "writable and executable"
    # LIEF's own notes end after 1 MiB.
    (notes,) = (one for one in parsed.segments if one.type == lief.ELF.Segment.TYPE.NOTE)
    content = bytes(notes.content)
    name_size, size, _ = struct.unpack_from("<3I", content)
    assert content[12 : 12 + name_size] == b"NODE_SEA_BLOB\0"
    begin = 12 + (name_size + 3) // 4 * 4
    assert begin + (size + 3) // 4 * 4 == len(content), "there is one note"
    (executable,) = (one for one in built.report["executables"] if one["target"].endswith(target))
    schema = json.loads((ROOT / "docs" / "report.schema.json").read_text())
    jsonschema.validate(built.report, schema)
    merged = {one["name"]: one for one in executable["merged"]}
    assert list(merged) == ["libstdc++.so.6", "libgcc_s.so.1", "musl"]
    assert merged["musl"]["version"] == "1.2.5"
    assert merged["musl"]["licence"] == "MIT"
    assert merged["libstdc++.so.6"]["licence"] == "GPL-3.0-or-later WITH GCC-exception-3.1"
