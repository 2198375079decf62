"""A Node binary that is small: the ELF builder's program, with the facts read out of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sealift.formats.node_facts import read_facts
from sealift.model import NodeBinary
from sealift.target import Arch, NodeVersion, Platform
from support.elf_builder import DEFAULT, Shape, build_elf


def node_at(path: Path) -> NodeBinary:
    facts = read_facts(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    version, platform, arch = (
        NodeVersion.parse(facts.version),
        Platform(facts.system),
        Arch(facts.machine),
    )
    size = path.stat().st_size
    return NodeBinary(version, platform, arch, path, size, digest, "file", str(path), facts)


def small_node(directory: Path, shape: Shape = DEFAULT) -> NodeBinary:
    path = directory / "node-small"
    path.write_bytes(build_elf(shape))
    return node_at(path)
