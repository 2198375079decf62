"""Relocated caches equal those that the target's own Node makes, and run without their source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rigs import linux_x64
from sealift.bytecode.normalise import normalise
from sealift.bytecode.relocate import RelocationTable, relocate
from sealift.formats.v8.code_cache import find_references
from support.bytecode_compilation import SEEDS, compile_on, explain, run_cache
from support.code_caches import MACHINES, MAJORS
from support.equipment import FindMachine

Caches = Callable[..., Mapping[str, bytes]]
Table = Callable[[str, str, str], RelocationTable]
NodeBinary = Callable[[str, str, str], Path]


@pytest.mark.rigs
@pytest.mark.parametrize("platform, arch", MACHINES)
@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("major", MAJORS)
def test_relocated_caches_equal_native_ones(
    major: str,
    lazy: bool,
    platform: str,
    arch: str,
    caches: Caches,
    sources: Mapping[str, Path],
    table: Table,
    node_binary: NodeBinary,
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    node = node_binary(major, platform, arch)
    native = compile_on(
        machine(f"{platform}-{arch}"), node, sources, tmp_path / "native", lazy=lazy
    )
    ours = caches(major, lazy)
    assert native.keys() == ours.keys()
    assert len(ours) > 30
    differences = {
        name: difference
        for name, cache in ours.items()
        if (
            difference := explain(
                relocate(cache, find_references(cache), table(major, platform, arch)), native[name]
            )
        )
    }
    unexplained = {name: words for name, words in differences.items() if words != "numbers"}
    assert not unexplained
    # Before these, Node on Windows compiles more functions of its own than Node on Linux.
    if platform == "linux":
        assert not differences


@pytest.mark.rigs
@pytest.mark.parametrize("platform, arch", MACHINES)
@pytest.mark.parametrize(
    "major, name", [*((major, "features.js") for major in MAJORS), ("24", "module.mjs")]
)
def test_relocated_caches_run_without_their_source(
    major: str,
    platform: str,
    arch: str,
    name: str,
    caches: Caches,
    sources: Mapping[str, Path],
    table: Table,
    node_binary: NodeBinary,
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    plain = linux_x64.run(node_binary(major, "linux", "x64"), *SEEDS, str(sources[name]))
    assert plain.code == 0, plain.stderr
    assert plain.stdout
    cache = caches(major)[name]
    relocated = relocate(*normalise(cache, find_references(cache)), table(major, platform, arch))
    node = node_binary(major, platform, arch)
    done = run_cache(machine(f"{platform}-{arch}"), node, relocated, name, tmp_path / "run")
    assert done == plain


@pytest.mark.rigs
def test_the_checksum_alone_is_not_enough(
    caches: Caches,
    table: Table,
    node_binary: NodeBinary,
    machine: FindMachine,
    tmp_path: Path,
) -> None:
    """With the target's checksum but the source's references, V8 accepts the cache and crashes."""
    cache, to_arm64 = caches("24")["features.js"], table("24", "linux", "arm64")
    patched = cache[:16] + to_arm64.target_checksum.to_bytes(4, "little") + cache[20:]
    node = node_binary("24", "linux", "arm64")
    done = run_cache(machine("linux-arm64"), node, patched, "features.js", tmp_path / "run")
    assert done.code != 0
    assert "the cache was rejected" not in done.stderr
