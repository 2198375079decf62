"""A small project, the Node binaries that compile it, and what they compile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.bytecode.compiler_process import Compiled, Problem
from sealift.bytecode.normalise import normalise
from sealift.formats.v8.code_cache import find_references
from sealift.model import NodeBinary, Project, SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project
from support.bytecode_builds import package
from support.executables import node_at

Binary = Callable[[str, str, str], NodeBinary]

FILES = {
    "package.json": package("app"),
    "index.js": "const { f } = require('./lib');\nconsole.log(f(), [1, 2].map((x) => x * 2));\n",
    "lib.js": "class A { #p = 1; get p() { return () => this.#p; } }\nexports.f = new A().p;\n",
    "module.mjs": "export default function* g() { yield /x/u; }\n",
}


def script_files(cache: Path) -> list[Path]:
    """Return the files of compiled scripts in a cache directory."""
    return sorted((cache / "bytecode").rglob("*.unit"))


@pytest.fixture(scope="session")
def binary(node_binary: Callable[[str, str, str], Path]) -> Callable[[str, str, str], NodeBinary]:
    """Callable ``(version, platform, arch)``: a Node binary with its facts."""

    def find(version: str, platform: str, arch: str) -> NodeBinary:
        return node_at(node_binary(version, platform, arch))

    return find


def read(root: Path) -> Project:
    """Return the project of a directory."""
    options = BuildOptions(entry=root)
    return read_project(open_manifest(options), options, SilentObserver())


def normalised(result: Compiled | Problem) -> bytes:
    """Return the normalised code cache of a script that compiled."""
    assert not isinstance(result, Problem)
    return normalise(result.cache, find_references(result.cache))[0]
