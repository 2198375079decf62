"""Compile JavaScript on any machine, and explain how two caches of one file differ."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from rigs import Completed, Machine
from sealift.bytecode.normalise import normalise
from sealift.formats.v8.code_cache import find_references
from sealift.formats.v8.code_cache_header import source_length

PROGRAMS = Path(__file__).parent / "bytecode_programs"

# A cache holds string hashes; fixed seeds make them the same each time.
SEEDS = ("--hash-seed=1", "--random-seed=1")


def compile_on(
    machine: Machine,
    node: Path,
    sources: Mapping[str, Path],
    directory: Path,
    *,
    reverse: bool = False,
    lazy: bool = False,
) -> dict[str, bytes]:
    """Compile ``sources`` in one process of ``node``; return the caches by name.

    ``sources`` are files by name; a cache holds the name. ``directory`` must not exist. Files that
    do not compile are omitted. ``reverse`` compiles the last one first; ``lazy`` leaves functions
    uncompiled until they are called.
    """
    (directory / "sources").mkdir(parents=True)
    (directory / "caches").mkdir()
    jobs: list[dict[str, str | bool]] = []
    for number, (name, source) in enumerate(sources.items()):
        # In Node 20, the name in a cache cannot be changed.
        path = f"sources/{number:05}/{Path(name).name}"
        (directory / path).parent.mkdir()
        shutil.copyfile(source, directory / path)
        jobs.append({"source": path, "cache": f"caches/{number:05}", "lazy": lazy})
    shutil.copy(PROGRAMS / "compile.cjs", directory)
    (directory / "jobs.json").write_text(json.dumps(jobs[::-1] if reverse else jobs))
    options = [*SEEDS, "--experimental-vm-modules", "--no-warnings"]
    done = machine.run(node, *options, "compile.cjs", cwd=directory)
    assert done.code == 0, done.stderr
    return {
        name: cache.read_bytes()
        for number, name in enumerate(sources)
        if (cache := directory / f"caches/{number:05}").exists()
    }


def run_cache(machine: Machine, node: Path, cache: bytes, name: str, directory: Path) -> Completed:
    """Run a cache without its source; ``directory`` must not exist."""
    directory.mkdir()
    shutil.copy(PROGRAMS / "run.cjs", directory)
    (directory / "cache").write_bytes(cache)
    length = source_length(cache)
    options = ["--experimental-vm-modules", "--no-warnings"]
    return machine.run(node, *options, "run.cjs", "cache", str(length), name, cwd=directory)


def explain(relocated: bytes, native: bytes) -> str:
    """Return how a relocated cache differs from one that the target's own Node made.

    "": not at all. ``numbers``: only in what `normalise` removes. Anything else: the bytes.
    """
    if relocated == native:
        return ""
    if len(relocated) != len(native):
        return f"{len(relocated)} bytes, natively {len(native)}"
    ours, theirs = (normalise(cache, find_references(cache))[0] for cache in (relocated, native))
    if ours == theirs:
        return "numbers"
    pairs = enumerate(zip(ours, theirs, strict=True))
    offsets = [at for at, (our, their) in pairs if our != their]
    return f"{len(offsets)} bytes from {offsets[0]:#x} to {offsets[-1]:#x}"
