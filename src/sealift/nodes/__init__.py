"""Node binaries: choose a release and a provider, fetch, check and cache the binary.

Usage::

    builds = choose_releases(...)                                 # the stages; see `sealift.build`
    builds = fetch_binaries(builds, NodeOptions(), observer)
    binary = obtain(target, NodeOptions(), SilentObserver())      # a NodeBinary, in the cache
    binaries = obtain_all(targets, NodeOptions(), observer)       # asks all providers at once
    compiler = obtain_compiler(binary, machine, binaries, NodeOptions(), observer)
    stripper = obtain_type_stripper(releases, machine, NodeOptions(), observer)
    node = obtain_host_node(NodeOptions(), observer)              # runs the project's own code
    entries = catalogue(NodeOptions(), observer)                  # what could be built
    command = [*find_npm(NodeOptions(), observer), "view", "express", "version"]

All raise `sealift.errors.NodeError`, or UsageError for a wrong option, for every problem that a
user can fix. Warnings are in ``NodeBinary.findings``.
"""

from sealift.nodes.bytecode_compiler import obtain_compiler
from sealift.nodes.catalogue import CatalogueEntry, catalogue
from sealift.nodes.fetch import fetch_binaries, obtain, obtain_all
from sealift.nodes.host_node import obtain_host_node
from sealift.nodes.licence_text import obtain_licence
from sealift.nodes.npm_client import find_npm
from sealift.nodes.option_check import check_options
from sealift.nodes.release_choice import choose_releases
from sealift.nodes.type_stripper import obtain_type_stripper

__all__ = [
    "CatalogueEntry",
    "catalogue",
    "check_options",
    "choose_releases",
    "fetch_binaries",
    "find_npm",
    "obtain",
    "obtain_all",
    "obtain_compiler",
    "obtain_host_node",
    "obtain_licence",
    "obtain_type_stripper",
]
