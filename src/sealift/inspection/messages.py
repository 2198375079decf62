"""Errors about finished executables that are opened."""

from __future__ import annotations

from sealift.errors import ErrorMessage, FormatError, OutputError, UsageError

PACKAGE_NOT_EXECUTABLE = ErrorMessage(
    UsageError,
    "package-not-executable",
    "{path} is {kind}, not an executable.",
    "Name the executable that it was made of, or unpack it and name the executable in it.",
)
EXECUTABLE_DAMAGED = ErrorMessage(
    FormatError,
    "executable-damaged",
    "{path} is damaged: {problem}",
    "Copy or download it again, or build it again.",
)
PROGRAM_AMBIGUOUS = ErrorMessage(
    UsageError,
    "program-ambiguous",
    "{path} is universal: it has programs for {names}.",
    "Name one of them, such as --arch {first}.",
)
PROGRAM_ABSENT = ErrorMessage(
    UsageError,
    "program-absent",
    "{path} has no program for {wanted}, but for {names}.",
    "Name one that it has with --arch.",
)
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
    "Name a place that can be written to, on a disk with enough space.",
)
UNPACK_TOO_LARGE = ErrorMessage(
    OutputError,
    "unpack-too-large",
    "The packaged files have {size} MB, and there are {free} MB free for {path}.",
    "Name a directory on a disk with more space.",
)
PAGE_REPLACES_FILE = ErrorMessage(
    UsageError,
    "page-replaces-file",
    "The page would replace {path}, which is not a page of `sealift size`.",
    "Name another file with --html, or remove {path} first.",
)
SBOM_ABSENT = ErrorMessage(
    UsageError,
    "sbom-absent",
    "{path} has no SBOM.",
    "Build it with --sbom, or list what is inside with `sealift inspect`.",
)
SBOM_MALFORMED = ErrorMessage(
    FormatError,
    "sbom-malformed",
    "The SBOM in {path} is not one that sealift has written.",
    "Print it as it is with `sealift inspect --sbom`.",
)
LOCATION_UNSAFE = ErrorMessage(
    FormatError,
    "location-unsafe",
    "The executable has a file {location}, whose name could leave the directory.",
    "Choose an executable that sealift has written: it writes no such names.",
)
