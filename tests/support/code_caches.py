"""Code caches of real files, compiled by the host's Node; facts and tables of Node binaries.

A plugin that ``tests/conftest.py`` loads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rigs import linux_x64
from sealift.bytecode.relocate import RelocationTable, make_relocation_table
from sealift.formats.v8.facts import V8Facts, read_v8_facts
from support.bytecode_compilation import PROGRAMS, compile_on

MAJORS = ("20", "22", "24", "26")
# Targets that the host can emulate.
MACHINES = (("linux", "arm64"), ("win", "x64"))
# The pinned release for these has another V8 than the other targets of the major.
OTHER_V8 = (("20", "macos", "arm64"), ("26", "win", "arm64"))


@pytest.fixture(scope="session")
def sources(npm_project: Callable[[str], Path]) -> Mapping[str, Path]:
    """The feature programs, and every fifth file of express and what it needs."""
    modules = npm_project("express") / "node_modules"
    files = sorted(path for path in modules.rglob("*.js") if path.is_file())[::5]
    found = {path.relative_to(modules).as_posix(): path for path in files}
    return {"features.js": PROGRAMS / "features.js", "module.mjs": PROGRAMS / "module.mjs", **found}


@pytest.fixture(scope="session")
def caches(
    sources: Mapping[str, Path],
    node_binary: Callable[[str, str, str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Mapping[str, bytes]]:
    """Callable ``(major, lazy=False)``: the caches of ``sources``, by name."""
    known: dict[tuple[str, bool], Mapping[str, bytes]] = {}

    def compiled(major: str, lazy: bool = False) -> Mapping[str, bytes]:
        if (major, lazy) not in known:
            directory = tmp_path_factory.mktemp("compiled") / major
            node = node_binary(major, "linux", "x64")
            known[major, lazy] = compile_on(linux_x64, node, sources, directory, lazy=lazy)
        return known[major, lazy]

    return compiled


@pytest.fixture(scope="session")
def facts(node_binary: Callable[[str, str, str], Path]) -> Callable[[str, str, str], V8Facts]:
    """Callable ``(major, platform, arch)``: the V8 facts of that binary, read once."""
    known: dict[Path, V8Facts] = {}

    def read(major: str, platform: str, arch: str) -> V8Facts:
        path = node_binary(major, platform, arch)
        if path not in known:
            known[path] = read_v8_facts(path)
        return known[path]

    return read


@pytest.fixture(scope="session")
def table(facts: Callable[[str, str, str], V8Facts]) -> Callable[[str, str, str], RelocationTable]:
    """Callable ``(major, platform, arch)``: the table from linux-x64 to that target."""

    def make(major: str, platform: str, arch: str) -> RelocationTable:
        return make_relocation_table(facts(major, "linux", "x64"), facts(major, platform, arch))

    return make
