"""Errors about writing executables."""

from __future__ import annotations

from sealift.errors import (
    ErrorMessage,
    FormatError,
    NodeError,
    OutputError,
    ProjectError,
    UsageError,
)
from sealift.findings import FindingMessage

OUTPUT_IS_DIRECTORY = ErrorMessage(
    OutputError,
    "output-is-directory",
    "{output} is a directory.",
    "Name the file to write with --output, or pass the directory as --out-path.",
)
OUTPUT_NOT_A_FILE = ErrorMessage(
    OutputError,
    "output-not-a-file",
    "{output} is not a regular file but a device, pipe or socket.",
    "Name another output; sealift writes a file and renames it into place.",
)
DISK_FULL = ErrorMessage(
    OutputError,
    "disk-full",
    "The disk has no room for {output}: {reason}.",
    "Free some space (an executable takes some 110 MB plus the packaged files), or choose another"
    " directory with --out-path.",
)
OUTPUT_PARENT = ErrorMessage(
    OutputError,
    "output-parent",
    "{parent} is not a directory.",
    "Name an output in a directory.",
)
OUTPUT_BUSY = ErrorMessage(
    OutputError,
    "output-busy",
    "{output} cannot be replaced: it is running, open in another program, or protected.",
    "Stop the program and build again, or name another output.",
)
OUTPUT_NOT_WRITABLE = ErrorMessage(
    OutputError,
    "output-not-writable",
    "{output} cannot be written: {reason}.",
    "Choose an output that you may write to.",
)
OUTPUT_IS_INPUT = ErrorMessage(
    OutputError,
    "output-is-part",
    "The output {output} is one of the files that the executable is made of.",
    "Name another output.",
)
ALREADY_A_BLOB = ErrorMessage(
    FormatError,
    "already-a-blob",
    "{path} already holds a single-executable application.",
    "Name a stock Node binary, not an executable that was built from one.",
)
NODE_CHANGED = ErrorMessage(
    NodeError,
    "node-changed",
    "{path} has changed since it was checked.",
    "Build again, and do not change the Node binary meanwhile.",
)
NODE_UNREADABLE = ErrorMessage(
    NodeError,
    "node-unreadable",
    "{path} cannot be read: {reason}.",
    "Fix its permissions, or name another binary with --node-binary.",
)
FILE_CHANGED = ErrorMessage(
    ProjectError,
    "file-changed",
    "{path} changed while it was being packaged.",
    "Build again when nothing writes to the project.",
)
FILE_UNREADABLE = ErrorMessage(
    ProjectError,
    "file-unreadable",
    "{path} cannot be read: {reason}.",
    "Fix its permissions, or exclude it with pkg.ignore.",
)
HEADER_PARTS_DROPPED = FindingMessage(
    "header-parts-dropped",
    "The header of Node {node} for macOS has no room, so these parts were left out, which only"
    " debuggers read: {parts}.",
    "Use another build of this Node release to keep them.",
)
DEPLOY_REPLACES = ErrorMessage(
    UsageError,
    "deploy-replaces",
    "pkg.deployFiles of {package} would replace {path}, an executable or a file of the project.",
    "Name another output with --output, or leave out --deploy.",
)
DEPLOY_EXISTS = ErrorMessage(
    UsageError,
    "deploy-replaces",
    "pkg.deployFiles of {package} would replace {path}, which is another file.",
    "Remove {path} first, name another output with --output, or leave out --deploy.",
)
DEPLOY_OUTSIDE = ErrorMessage(
    UsageError,
    "deploy-outside",
    "pkg.deployFiles of {package} would leave {directory} by a symbolic link: {path}.",
    "Remove the link, or leave out --deploy.",
)
DEPLOY_UNWRITABLE = ErrorMessage(
    OutputError,
    "deploy-unwritable",
    "{source} cannot be copied to {path}: {reason}.",
    "Free some space or fix permissions, or leave out --deploy.",
)
LOCALES_NOT_COPIED = ErrorMessage(
    FormatError,
    "icu-layout",
    "--locales cannot reduce the ICU data of {path}: it is not in a part that is copied unchanged.",
    "Build without --locales (pkg.locales), or name an official Node binary.",
)
