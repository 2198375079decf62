"""Releases besides those that other tests use, as bytecode differs between releases.

The oldest and the newest of each major, and one for each number of a format. Not every release is
available for every platform.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rigs import linux_x64
from sealift.bytecode.normalise import normalise
from sealift.bytecode.relocate import make_relocation_table, relocate
from sealift.formats.v8.code_cache import find_references
from sealift.formats.v8.facts import read_v8_facts
from support.bytecode_compilation import PROGRAMS, SEEDS, compile_on, explain, run_cache
from support.equipment import FindMachine

NodeBinary = Callable[[str, str, str], Path]

ARM64, WIN = ("linux", "arm64"), ("win", "x64")
RELEASES = [
    ("20.18.1", WIN, 0xC0DE05CC),
    ("20.19.0", ARM64, 0xC0DE05CC),
    ("22.15.0", WIN, 0xC0DE0628),
    ("22.23.3", ARM64, 0xC0DE0628),
    ("24.0.0", WIN, 0xC0DE0688),
    ("24.11.1", ARM64, 0xC0DE0688),
    ("24.21.0", WIN, 0xC0DE0689),
    ("26.1.0", WIN, 0xC0DE06AA),
    ("26.2.0", ARM64, 0xC0DE06AB),
    ("26.5.0", WIN, 0xC0DE06A9),
]
# One for each format that the releases of other tests do not have; the others take long.
ALWAYS = ("24.11.1", "26.1.0", "26.2.0")


@pytest.mark.rigs
@pytest.mark.parametrize(
    ("version", "target", "magic"),
    [
        pytest.param(*row, marks=[] if row[0] in ALWAYS else [pytest.mark.corpus])
        for row in RELEASES
    ],
)
def test_relocated_caches_equal_native_ones_and_run(
    version: str,
    target: tuple[str, str],
    magic: int,
    sources: Mapping[str, Path],
    node_binary: NodeBinary,
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    there = machine("-".join(target))
    ours, theirs = node_binary(version, "linux", "x64"), node_binary(version, *target)
    known = read_v8_facts(ours)
    assert known.magic == magic
    table = make_relocation_table(known, read_v8_facts(theirs))
    here = compile_on(linux_x64, ours, sources, tmp_path / "here")
    native = compile_on(there, theirs, sources, tmp_path / "there")
    assert native.keys() == here.keys()
    assert len(here) > 30
    relocated = {
        name: relocate(cache, find_references(cache), table) for name, cache in here.items()
    }
    differences = {name: explain(cache, native[name]) for name, cache in relocated.items()}
    allowed = {"", "numbers"} if target == WIN else {""}
    assert set(differences.values()) <= allowed, differences
    for name in ("features.js", "module.mjs"):
        plain = linux_x64.run(ours, *SEEDS, str(PROGRAMS / name))
        assert plain.code == 0, plain.stderr
        normalised = normalise(relocated[name], find_references(relocated[name]))[0]
        assert run_cache(there, theirs, normalised, name, tmp_path / name) == plain
