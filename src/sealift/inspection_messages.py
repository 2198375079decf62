"""Errors of `sealift.inspection`."""

from __future__ import annotations

from sealift.errors import ErrorMessage, FormatError, OutputError

DIRECTORY_EXISTS = ErrorMessage(
    OutputError,
    "unpack-directory-exists",
    "{path} exists already.",
    "Name a directory that does not exist yet.",
)
UNPACK_FAILED = ErrorMessage(
    OutputError,
    "unpack-failed",
    "{path} cannot be written: {reason}.",
    "Name a directory that can be written to, on a disk with enough space.",
)
LOCATION_UNSAFE = ErrorMessage(
    FormatError,
    "location-unsafe",
    "The executable has a file {location}, whose name could leave the directory.",
    "Choose an executable that sealift has written: it writes no such names.",
)
