"""Errors and findings about what the runtime needs of a Node release."""

from __future__ import annotations

from sealift.errors import ErrorMessage, NodeError
from sealift.findings import FindingMessage
from sealift.target import SUPPORTED_RELEASES

_OLDEST_OF_20, _OLDEST_OF_22 = SUPPORTED_RELEASES[0][0], SUPPORTED_RELEASES[1][0]
_WITH_OPTIONS = "22.20.0 or newer of Node 22, 24.8.0 or newer of Node 24, or Node 26"

RELEASE_TOO_OLD = ErrorMessage(
    NodeError,
    "node-too-old",
    "{where} is too old: it lacks {missing}, which finds packaged files.",
    f"Request {_OLDEST_OF_22} or newer of Node 22, Node 24 or newer, or {_OLDEST_OF_20} or newer of"
    " Node 20. If no provider has one for that machine, name a binary (--node-binary) or compile"
    " one (--compile-node).",
)
OPTIONS_UNAVAILABLE = ErrorMessage(
    NodeError,
    "options-unavailable",
    "{where} does not support embedded Node options ({options}).",
    'Remove --options (pkg.options) and --no-inspect, and "transform" from pkg.typescript, which'
    " needs --enable-source-maps, and set NODE_OPTIONS where the program runs; or request"
    f" {_WITH_OPTIONS}.",
)
HARDENING_UNAVAILABLE = ErrorMessage(
    NodeError,
    "hardening-unavailable",
    "{where} always obeys NODE_OPTIONS, so it cannot be hardened.",
    f"Remove --harden, or request {_WITH_OPTIONS}.",
)
ZSTD_UNAVAILABLE = ErrorMessage(
    NodeError,
    "compression-unavailable",
    "{where} cannot decompress Zstd.",
    "Pass --compress Brotli, or request 22.15 or newer of Node 22, or Node 24 or newer.",
)
BYTECODE_UNAVAILABLE = ErrorMessage(
    NodeError,
    "bytecode-unavailable",
    "{where} does not support the embedded option that bytecode needs, and {file} may not ship as"
    " source.",
    f"Pass --sea to ship source, or request {_WITH_OPTIONS}.",
)
MODULE_ENTRY_UNAVAILABLE = ErrorMessage(
    NodeError,
    "modules-unavailable",
    "{where} cannot start with a packaged ES module such as {entry}.",
    "Request Node {first} or newer, or import the module from a CommonJS script (.cjs).",
)
REQUIRE_OF_MODULE_UNAVAILABLE = ErrorMessage(
    NodeError,
    "modules-unavailable",
    "{where} cannot `require` an ES module that imports packaged files, as {file} does with"
    " '{specifier}'.",
    "Use import() there, or request Node 22 or newer.",
)
NODE_END_OF_LIFE = FindingMessage(
    "node-end-of-life",
    "Node {major} has reached its end of life and no longer receives security fixes.",
    "Request a newer major when the program allows it.",
)
