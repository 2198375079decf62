"""Messages about the Node that strips types."""

from __future__ import annotations

from sealift.errors import ErrorMessage, NodeError, OutputError

STRIPPER_FAILED = ErrorMessage(
    NodeError,
    "stripper-failed",
    "Node {version} ({origin}) cannot strip the types of {file}: {reason}.",
    "Name another Node 24 for this host with --node-binary, or compile the project to JavaScript"
    " first.",
)
TEMPORARY_UNWRITABLE = ErrorMessage(
    OutputError,
    "temporary-unwritable",
    "The temporary directory {directory} cannot be written: {reason}.",
    "Free some space, or set TMPDIR to another directory.",
)
