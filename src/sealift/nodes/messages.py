"""Errors and findings about Node binaries."""

from __future__ import annotations

from sealift.errors import ErrorMessage, NodeError
from sealift.findings import FindingMessage

# Choosing a release.

NOT_CACHED = ErrorMessage(
    NodeError,
    "not-cached",
    "The cache {cache} does not contain Node for {targets}, and --offline allows nothing else.",
    "Run once without --offline, or name binaries with --node-binary TARGET=PATH.",
)
SOURCE_TREE_TOO_OLD = ErrorMessage(
    NodeError,
    "source-tree-version",
    "{path} is the source of Node {version}, which is too old for executables.",
    "Name the source of a newer release with --node-src.",
)
SOURCE_TREE_VERSION = ErrorMessage(
    NodeError,
    "source-tree-version",
    "{path} is the source of Node {version}, but {target} needs another release.",
    "Request that release with -t node{version}-{platform}-{arch}, or name another source with"
    " --node-src.",
)
PROVIDERS_UNREACHABLE = ErrorMessage(
    NodeError,
    "sources-unreachable",
    "No provider of Node binaries answered for {target} ({reasons}).",
    "{remedies}Check the network and its proxy settings, use --offline with the cached binaries, or"
    " name a binary with --node-binary TARGET=PATH.",
)
RELEASE_UNKNOWN = ErrorMessage(
    NodeError,
    "release-unknown",
    "{what}",
    "{request}name a binary with --node-binary {platform}-{arch}=PATH, a folder of binaries with"
    " --node-source dir:FOLDER, or a mirror that has one with --node-mirror {mirror}; or compile"
    " one with {build}.",
)
PROVIDER_UNAVAILABLE = FindingMessage(
    "source-unavailable",
    "{provider} did not answer which Node releases exist ({reason}); {instead}.",
    "{remedy}",
)
NODE_BINARY_UNUSED = FindingMessage(
    "node-binary-unused",
    "The binary named for {named} is not used for {target}, which needs another release.",
    "Request its release with -t, or name a binary for {target}.",
)

# Fetching a binary.

CACHED_BINARY_CHANGED = ErrorMessage(
    NodeError,
    "digest-mismatch",
    "The digest of the cached {path} differs from that of the file that was fetched.",
    "Run once without --offline to fetch it again.",
)
FETCHED_AGAIN = FindingMessage(
    "digest-mismatch",
    "The digest of the cached {path} differed from that of the file that was fetched; it was"
    " fetched again.",
)
DOWNLOAD_FAILED = ErrorMessage(
    NodeError, "download-failed", "Fetching {release} failed ({reason}).", "{remedy}"
)
CACHE_LOSES_FILES = ErrorMessage(
    NodeError,
    "cache-unusable",
    "The cache directory {cache} is not writable, or another program removes files from it.",
    "Name another directory with --cache DIR or SEALIFT_CACHE.",
)
FETCHED_BINARY_MISMATCH = ErrorMessage(
    NodeError,
    "binary-mismatch",
    "The fetched binary of {release} is not that release: {reason}.",
    "Use another provider or release, and report the fault to the provider.",
)
COMPILER_MISSING = ErrorMessage(
    NodeError,
    "compiler-missing",
    "Bytecode for Node {version} needs a Node with the same V8 on this host ({host}), and no"
    " provider has one with V8 {v8}.",
    "Name one with --node-binary {host}=PATH, choose another Node release for the targets, or ship"
    " source with --sea or --fallback-to-source.",
)
