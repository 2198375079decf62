"""Messages about the C compiler."""

from __future__ import annotations

from sealift.errors import ErrorMessage, NodeError

COMPILER_NOT_CACHED = ErrorMessage(
    NodeError,
    "compiler-missing",
    "{what} must be compiled, and its compiler ({project} {version}) is not cached.",
    "Run once without --offline, or install it: pip install {project}=={version}.",
)
COMPILER_NOT_FETCHED = ErrorMessage(
    NodeError,
    "compiler-missing",
    "{what} must be compiled, and its compiler ({project} {version}) could not be fetched"
    " ({reason}).",
    "{remedy}",
)
COMPILE_FAILED = ErrorMessage(
    NodeError,
    "musl-build-failed",
    "{what} could not be compiled: zig {tool}: {reason}.",
    "Make sure that {program} runs on this host; or use a sealift wheel that includes {what}.",
)
FETCH_COMPILER = (
    "Check the network and pip's settings, and that PyPI has a wheel for this host; or use a"
    " sealift wheel that includes what must be compiled."
)
"""Remedy where pip gives no better one."""
