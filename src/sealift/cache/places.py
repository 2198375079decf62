"""Where each sort of entry is in the cache::

nodes/<version>-<platform>-<arch>-<provider>/   Node binaries (`sealift.nodes`)
addons/<name>-<version>-<digest>/               npm packages with addons (`sealift.addons`)
bytecode/**/*.unit, *.table, *.modules          bytecode (`sealift.bytecode`)
typescript/**/*.js                              stripped TypeScript (`sealift.typescript`)
transform/*.out                                 results of pkg.transform (`sealift.hooks`)
scans/*.scan                                    what scripts refer to (`sealift.project`)
projects/*.project                              projects as they were read (`sealift.project`)
payloads/*.payload, *.parts                     what was packed of them (`sealift.packing`)
loaders/<arch>-<identity>/, musl-<version>/     musl and its source (`sealift.musl`)
fronts/<arch>-<identity>/, brotli-<version>/    the front of compact files and its source, and
compressed/*.part                               parts of executables (`sealift.compact`)
npm-client/, ziglang-<version>/                 tools that pip fetched
builds/<name>/, sources/<tarball>               compiling Node (`sealift.nodes`)
downloads/<digest of the whole file>/           files whose download was interrupted
index/, manifests/, files/, licences/           what providers, registries and files said
locks/, tmp/                                    see `sealift.cache.store`
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from msgspec import Struct


class Kind(StrEnum):
    """What an entry is for, as users read and write it (``sealift cache clear --kind addons``)."""

    NODE = "node"
    ADDONS = "addons"
    BYTECODE = "bytecode"
    TYPESCRIPT = "typescript"
    TRANSFORM = "transform"
    SCANS = "scans"
    PROJECTS = "projects"
    PAYLOADS = "payloads"
    MUSL = "musl"
    COMPACT = "compact"
    TOOLS = "tools"
    NODE_SOURCE = "node-source"
    DOWNLOADS = "downloads"
    ANSWERS = "answers"


class Place(Struct, frozen=True):
    """Where the entries of one sort are.

    Attributes:
        kind: what they are for.
        directory: of the entries, relative to the cache's root; "" for the root itself.
        pattern: glob pattern of the entries' names in the directory.
        suffixes: if any, every file at any depth with one of these suffixes is an entry.
        locks_beside: an entry's lock is beside it, so that it outlives a process: compilers that
            the process has started hold it as well.
    """

    kind: Kind
    directory: str
    pattern: str = "*"
    suffixes: tuple[str, ...] = ()
    locks_beside: bool = False

    def entries(self, root: Path) -> Iterator[Path]:
        """Yield the paths of the entries in a cache; directories that cannot be read have none."""
        directory = root / self.directory
        if self.suffixes:
            yield from files_below(directory, self.suffixes)
            return
        for path in _children(directory):
            if path.match(self.pattern) and path.suffix != ".lock":
                yield path


# The patterns are narrow, because what they match may be removed.
NODES = Place(Kind.NODE, "nodes", "[0-9]*.[0-9]*.[0-9]*-*-*-*")
ADDONS = Place(Kind.ADDONS, "addons", "*-[0-9a-f]*")
BYTECODE = Place(Kind.BYTECODE, "bytecode", suffixes=(".unit", ".table", ".modules", ".tmp"))
TYPESCRIPT = Place(Kind.TYPESCRIPT, "typescript", suffixes=(".js", ".tmp"))
TRANSFORM = Place(Kind.TRANSFORM, "transform", suffixes=(".out", ".tmp"))
SCANS = Place(Kind.SCANS, "scans", suffixes=(".scan", ".tmp"))
PROJECTS = Place(Kind.PROJECTS, "projects", suffixes=(".project", ".tmp"))
PAYLOADS = Place(Kind.PAYLOADS, "payloads", suffixes=(".payload", ".parts", ".tmp"))
MUSL = Place(Kind.MUSL, "loaders", "*-[0-9a-f]*")
MUSL_SOURCE = Place(Kind.MUSL, "", "musl-[0-9]*")
FRONTS = Place(Kind.COMPACT, "fronts", "*-[0-9a-f]*")
BROTLI_SOURCE = Place(Kind.COMPACT, "", "brotli-[0-9]*")
COMPRESSED = Place(Kind.COMPACT, "compressed", suffixes=(".part", ".tmp"))
NPM_CLIENT = Place(Kind.TOOLS, "", "npm-client")
ZIG = Place(Kind.TOOLS, "", "ziglang-[0-9]*")
NODE_TARBALLS = Place(Kind.NODE_SOURCE, "sources", "node-v*.tar.*")
NODE_BUILDS = Place(Kind.NODE_SOURCE, "builds", "[0-9]*.[0-9]*.[0-9]*-*-*-*", locks_beside=True)
DOWNLOADS = Place(Kind.DOWNLOADS, "downloads", "[0-9a-f]*")
RELEASE_INDEX = Place(Kind.ANSWERS, "index", "*.json")
REGISTRY_ANSWERS = Place(Kind.ANSWERS, "manifests", "[0-9a-f]*.json")
USER_BINARIES = Place(Kind.ANSWERS, "files", "[0-9a-f]*.json")

NODE_LICENCES = Place(Kind.ANSWERS, "licences", "node-*.json")

PLACES = (
    *(
        NODES,
        ADDONS,
        BYTECODE,
        TYPESCRIPT,
        TRANSFORM,
        SCANS,
        PROJECTS,
        PAYLOADS,
        MUSL,
        MUSL_SOURCE,
        FRONTS,
        BROTLI_SOURCE,
        COMPRESSED,
        NPM_CLIENT,
        ZIG,
        NODE_TARBALLS,
        NODE_BUILDS,
        DOWNLOADS,
    ),
    *(RELEASE_INDEX, REGISTRY_ANSWERS, USER_BINARIES, NODE_LICENCES),
)


def has_lock_beside(entry: Path, root: Path) -> bool:
    """Return True if the lock of an entry of the cache at ``root`` is beside the entry."""
    return any(place.locks_beside and entry.parent == root / place.directory for place in PLACES)


def files_below(directory: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files with one of some suffixes, at any depth; symbolic links are not followed."""
    for path in _children(directory):
        if path.is_dir() and not path.is_symlink():
            yield from files_below(path, suffixes)
        elif path.suffix in suffixes:
            yield path


def _children(directory: Path) -> list[Path]:
    try:
        return sorted(directory.iterdir())
    except OSError:
        return []
