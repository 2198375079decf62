"""Small projects, and builds of them as bytecode with real Node binaries.

A plugin that ``tests/conftest.py`` loads.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

import sealift
from sealift.formats.elf.headers import find_blob, read_elf
from sealift.formats.node_facts import read_facts
from sealift.formats.sea_blob import BlobLayout, read_blob
from sealift.options import BuildOptions, NodeOptions
from sealift.payload.bytecode_reader import BytecodeRecord, read_bytecode
from sealift.payload.table_reader import Record, read_table
from sealift.result import BuildResult

HOST = "node24-linux-x64"


class MakeProject(Protocol):
    def __call__(self, files: Mapping[str, str], name: str = "app") -> Path: ...


class Build(Protocol):
    def __call__(self, entry: Path, *targets: str, **options: Any) -> BuildResult: ...


@pytest.fixture
def make_project(tmp_path: Path) -> MakeProject:
    """Callable ``(files, name)``: a project directory with these files."""

    def make(files: Mapping[str, str], name: str = "app") -> Path:
        root = tmp_path / "projects" / name
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        return root

    return make


# What a cache holds that depends on the binaries of Node and on the runtime, not on a project.
ABOUT_BINARIES = ("files", "bytecode/relocations", "bytecode/runtime")


@pytest.fixture(scope="session")
def about_binaries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with what the builds of this session have found out about binaries of Node."""
    return tmp_path_factory.mktemp("about-binaries")


@pytest.fixture
def build(
    node_binary: Callable[[str, str, str], Path], about_binaries: Path, tmp_path: Path
) -> Build:
    """Callable: builds as bytecode, with an own cache and pinned Node binaries.

    A new cache has what earlier builds found out about the binaries, and nothing of any project.
    """

    def run(entry: Path, *targets: str, **options: Any) -> BuildResult:
        named = {}
        for target in {*targets, HOST}:
            version, platform, arch = target.removeprefix("node").split("-")
            named[target] = node_binary(version, platform, arch)
        cache = options.pop("cache", tmp_path / "cache")
        is_new = not cache.exists()
        if is_new:
            copy_places(about_binaries, cache)
        given = {"out_path": tmp_path / "out", **options}
        node = NodeOptions(binaries=named, cache=cache, offline=True)
        result = sealift.build(
            BuildOptions(entry=entry, targets=targets or (HOST,), node=node, **given)
        )
        if is_new:
            copy_places(cache, about_binaries)
        return result

    return run


def copy_places(source: Path, destination: Path) -> None:
    """Copy what one cache holds about binaries of Node to another."""
    for place in ABOUT_BINARIES:
        if (source / place).is_dir():
            shutil.copytree(source / place, destination / place, dirs_exist_ok=True)


def digests(result: BuildResult) -> list[str]:
    """Return the SHA-256 digests of the executables."""
    return [executable.sha256 for executable in result.executables]


def package(name: str, **fields: Any) -> str:
    return json.dumps({"name": name, "version": "1.0.0", **fields})


@dataclass(frozen=True)
class Packaged:
    """What an executable says about its files."""

    records: Mapping[str, Record]
    bytecode: Mapping[str, BytecodeRecord]
    config: Mapping[str, Any]


def assets_of(executable: Path) -> dict[str, bytes]:
    """Return the blob's assets of an ELF executable."""
    with executable.open("rb") as file:
        place = find_blob(read_elf(file))
        assert place is not None
        layout = BlobLayout.of(read_facts(executable))
        spans = read_blob(file, *place, layout).assets
        data = {}
        for key, span in spans:
            file.seek(span.offset)
            data[key.decode()] = file.read(span.size)
    return data


def packaged(result: BuildResult) -> Packaged:
    """Return what the first target's executable says about its files."""
    data = assets_of(result.executables[0].path)
    table = read_table(data["sealift/table"], data["sealift/links"], len(data["sealift/files"]))
    read = (
        read_bytecode(
            data["sealift/bytecode-index"],
            data["sealift/bytecode-lines"],
            data["sealift/bytecode-names"],
            len(table),
            len(data["sealift/bytecode"]),
        )
        if "sealift/bytecode" in data
        else ()
    )
    return Packaged(
        {record.location: record for record in table},
        {table[record.record].location: record for record in read},
        json.loads(data["sealift/config"]),
    )
