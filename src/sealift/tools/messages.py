"""Errors about temporary files."""

from __future__ import annotations

from sealift.errors import ErrorMessage, OutputError

WORK_DIRECTORY_UNUSABLE = ErrorMessage(
    OutputError,
    "work-directory-unusable",
    "{directory} cannot be used for temporary files: {reason}.",
    "Set TMPDIR to a directory that you may write to and that has free space.",
)
WORK_DIRECTORY_FULL = ErrorMessage(
    OutputError,
    "work-directory-full",
    "The disk has no room for the temporary files of the build in {directory}: {reason}.",
    "Free some space, or set TMPDIR to a directory that has it.",
)
