"""A small project, the Node binaries that compile it, and what they compile."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.bytecode.compiler_process import Compiled, Problem
from sealift.bytecode.normalise import normalise
from sealift.formats.node_facts import read_facts
from sealift.formats.v8.code_cache import find_references
from sealift.model import NodeBinary, Project, SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project
from sealift.target import Arch, NodeVersion, Platform
from support.bytecode_builds import package

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
        path = node_binary(version, platform, arch)
        facts = read_facts(path)
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return NodeBinary(
            version=NodeVersion.parse(facts.version),
            platform=Platform(platform),
            arch=Arch(arch),
            path=path,
            size=path.stat().st_size,
            sha256=sha256,
            source="file",
            origin="test",
            facts=facts,
        )

    return find


def read(root: Path) -> Project:
    """Return the project of a directory."""
    options = BuildOptions(entry=root)
    return read_project(open_manifest(options), options, SilentObserver())


def normalised(result: Compiled | Problem) -> bytes:
    """Return the normalised code cache of a script that compiled."""
    assert not isinstance(result, Problem)
    return normalise(result.cache, find_references(result.cache))[0]
