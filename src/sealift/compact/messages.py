"""Messages about compact files."""

from __future__ import annotations

from sealift.errors import ErrorMessage, FormatError, NodeError, OutputError

FRONT_WRONG = ErrorMessage(
    FormatError,
    "front-unusable",
    "The compiled front of compact files cannot be used: {why}.",
    "Report this as a bug of sealift, with its version.",
)
SOURCE_NOT_CACHED = ErrorMessage(
    NodeError,
    "brotli-missing",
    "The front of compact files must be compiled, and the source of Brotli ({archive}) is not"
    " cached.",
    "Run once without --offline, or use a sealift wheel that includes the front.",
)
SOURCE_NOT_FETCHED = ErrorMessage(
    NodeError,
    "brotli-missing",
    "The front of compact files must be compiled, and the source of Brotli ({archive}) could not be"
    " fetched ({reason}).",
    "Check the network and pip's settings; or use a sealift wheel that includes the front.",
)
SOURCE_DIFFERS = ErrorMessage(
    NodeError,
    "digest-mismatch",
    "{archive} is not the one that its authors published: its SHA-256 is {actual} instead of"
    " {expected}.",
    "Try again later, or check the package index that pip uses.",
)
EXECUTABLE_TOO_LARGE = ErrorMessage(
    OutputError,
    "compact-too-large",
    "{output} has {size} MB, and a compact file at most {most} MB when it is unpacked.",
    "Build without --compact (pkg.compact).",
)
