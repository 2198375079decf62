"""Node binaries: choosing a release and a source, fetching, checking, caching.

Called like this::

    binary = obtain(target, NodeOptions(), SilentObserver())      # a NodeBinary, in the cache
    binaries = obtain_all(targets, NodeOptions(), observer)       # asks all sources at once
    compiler = obtain_compiler(binary, machine, binaries, NodeOptions(), observer)
    entries = catalogue(NodeOptions(), observer)                  # what could be built
    command = [*find_npm(NodeOptions(), observer), "view", "express", "version"]

All raise `sealift.errors.NodeError` (or UsageError for a wrong option) and nothing else that a
user can mend. What went less well than it could is in ``NodeBinary.findings``.
"""

from sealift.cache import cache_root
from sealift.nodes.bytecode_compiler import obtain_compiler
from sealift.nodes.catalogue import CatalogueEntry, catalogue
from sealift.nodes.fetch import fetch_binaries, obtain, obtain_all
from sealift.nodes.npm_client import find_npm
from sealift.nodes.release_choice import choose_releases

__all__ = [
    "CatalogueEntry",
    "cache_root",
    "catalogue",
    "choose_releases",
    "fetch_binaries",
    "find_npm",
    "obtain",
    "obtain_all",
    "obtain_compiler",
]
