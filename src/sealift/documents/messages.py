"""Findings and errors about SBOMs, notices and provenance."""

from __future__ import annotations

from sealift.errors import ErrorMessage, OutputError, UsageError
from sealift.findings import FindingMessage

EPOCH_MALFORMED = ErrorMessage(
    UsageError,
    "source-date-epoch-malformed",
    "SOURCE_DATE_EPOCH is '{value}', which is not a number of seconds since 1970.",
    "Set SOURCE_DATE_EPOCH to such a number, or unset it.",
)
DOCUMENT_REPLACES = ErrorMessage(
    UsageError,
    "document-replaces",
    "{path} would replace a file of the project or an executable.",
    "Write the executables to another directory with --out-path.",
)
DOCUMENT_UNWRITABLE = ErrorMessage(
    OutputError,
    "document-unwritable",
    "{path} cannot be written: {reason}.",
    "Name a directory that can be written to with --out-path.",
)
FILE_CHANGED = ErrorMessage(
    OutputError,
    "packaged-file-changed",
    "{path} changed after it was packaged, so the provenance cannot state its digest.",
    "Build again, while nothing changes the project.",
)
PARTS_UNKNOWN = FindingMessage(
    "node-parts-unknown",
    "The Node binary {node} does not say which libraries it contains; the SBOM names {names} only.",
    "Choose another release if the SBOM must list all libraries in Node.",
)
LOCKFILE_UNUSED = FindingMessage(
    "sbom-without-integrity",
    "The SBOM and the provenance have no digests of packages: {problem}",
    "Fix the lockfile if they must have them.",
)
NODE_LICENCE_MISSING = FindingMessage(
    "node-licence-missing",
    "The notices lack the licence of Node {version}: {reason}.",
    "Build once with a connection to npm or a mirror, or add Node's LICENSE to the notices.",
)
LICENCE_MISSING = FindingMessage(
    "licence-missing",
    "The notices lack the licence texts of packages that have none: {names}.",
    "Ask their authors, if their licences require a text. The notices name what each declares.",
)
