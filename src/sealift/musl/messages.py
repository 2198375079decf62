"""Messages about musl: its source, its compiler, and merging it into executables."""

from __future__ import annotations

from sealift.errors import ErrorMessage, FormatError, NodeError, UsageError

NOT_STATIC = ErrorMessage(
    NodeError,
    "not-static",
    "{origin} needs musl and libstdc++ on the machine where it runs; sealift merges them into the"
    " executable for {machines} only.",
    "Name a statically linked Node with --node-binary linuxstatic-{arch}=PATH, or build for"
    " alpine-{arch}.",
)
SOURCE_NOT_CACHED = ErrorMessage(
    NodeError,
    "musl-missing",
    "musl must be compiled, and the source of musl {version} is not cached.",
    "Run once without --offline, or name {tarball} with {variable}.",
)
SOURCE_NOT_FETCHED = ErrorMessage(
    NodeError,
    "musl-missing",
    "musl must be compiled, and the source of musl {version} could not be fetched ({failures}).",
    "Check the network and its proxy settings; or name {tarball} with {variable}, or use a sealift"
    " wheel that includes musl.",
)
SOURCE_NOT_THERE = ErrorMessage(
    UsageError,
    "musl-source-missing",
    "{variable} names {path}, where there is no {tarball}.",
    "Name the tarball of musl {version}, or the directory that contains it.",
)
SOURCE_DIFFERS = ErrorMessage(
    NodeError,
    "digest-mismatch",
    "{origin} is not musl {version} as it was released: its SHA-256 is {actual} instead of"
    " {expected}.",
    "Try again later, or name the right file with {variable}.",
)
SOURCE_UNKNOWN = ErrorMessage(
    FormatError,
    "musl-unknown",
    "musl's {file} is not the one that sealift changes.",
    "Use the source of the release that sealift names, unchanged.",
)
SOURCE_UNSAFE = ErrorMessage(
    FormatError,
    "musl-unknown",
    "The tarball of musl's source contains {member}, which is outside of its directory.",
    "Use the source of the release that sealift names, unchanged.",
)
MUSL_WRONG = ErrorMessage(
    FormatError,
    "musl-unusable",
    "The compiled musl cannot be used: {why}.",
    "Report this as a bug of sealift, with its version.",
)
