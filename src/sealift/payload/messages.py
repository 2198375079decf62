"""Errors about packing files, and about damaged payloads."""

from __future__ import annotations

from sealift.errors import ErrorMessage, FormatError, OutputError, ProjectError

TEMPORARY_UNWRITABLE = ErrorMessage(
    OutputError,
    "temporary-unwritable",
    "Writing the packaged files to {directory} failed: {reason}.",
    "Free some space, or set TMPDIR to a directory that has it.",
)
FILE_UNREADABLE = ErrorMessage(
    ProjectError,
    "file-unreadable",
    "{path} cannot be read: {reason}.",
    "Make it readable, or exclude it with pkg.ignore.",
)
FILE_CHANGED = ErrorMessage(
    ProjectError,
    "file-changed",
    "{path} changed while it was being packaged.",
    "Build again when nothing writes to the project.",
)
CONTENTS_TOO_LARGE = ErrorMessage(
    ProjectError,
    "files-too-large",
    "The packaged files up to {path} take {size} bytes, compressed as they are, and an executable"
    " for these targets holds less than {limit} GiB.",
    "Leave large files out with pkg.ignore, and ship them beside the executable.",
)
TABLE_DAMAGED = ErrorMessage(
    FormatError,
    "bad-table",
    "The packaged file table is damaged: {problem}.",
    "Build the executable again; if that does not help, report it as a fault of sealift.",
)
BYTECODE_DAMAGED = ErrorMessage(
    FormatError,
    "bad-bytecode",
    "The packaged bytecode is damaged: {problem}.",
    "Build the executable again; if that does not help, report it as a fault of sealift.",
)
PAYLOAD_DAMAGED = ErrorMessage(
    FormatError,
    "payload-damaged",
    "A part of the executable is damaged, its checksum is wrong: {part}.",
    "Copy or download the executable again, or build it again.",
)
NOT_A_PAYLOAD = ErrorMessage(
    FormatError,
    "not-a-payload",
    "{name} has no {what}: sealift did not write it, or another version did.",
    "Name an executable that this version of sealift has built.",
)
