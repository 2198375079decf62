"""Errors about what to build."""

from __future__ import annotations

from sealift.errors import ErrorMessage, UsageError

OUTPUT_IS_ENTRY = ErrorMessage(
    UsageError,
    "output-is-input",
    "The output {output} is the entry point itself.",
    "Name another output with --output.",
)
OUTPUT_IS_PACKAGED = ErrorMessage(
    UsageError,
    "output-is-input",
    "The output {output} is one of the files to package.",
    "Name another output with --output.",
)
