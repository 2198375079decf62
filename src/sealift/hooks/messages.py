"""Messages about a project's JavaScript configuration and its hooks."""

from __future__ import annotations

from sealift.errors import ErrorMessage, NodeError, OutputError, ProjectError, UsageError
from sealift.findings import FindingMessage

CONFIG_FAILED = ErrorMessage(
    UsageError,
    "config-failed",
    "{place}: the configuration fails with {problem}.",
    "Correct the configuration, or write the settings as JSON in .pkgrc.json.",
)
CONFIG_ENDED = ErrorMessage(
    UsageError,
    "config-failed",
    "{place}: the configuration does not return its settings: {reason}.",
    "Correct the configuration, or write the settings as JSON in .pkgrc.json.",
)
NODE_FAILED = ErrorMessage(
    NodeError,
    "hook-node-failed",
    "Node {version} ({origin}) cannot be started to run {place}: {reason}.",
    "Name another Node for this host with --node-binary.",
)
HOOK_FAILED = ErrorMessage(
    ProjectError,
    "hook-failed",
    "{hook} hook failed ({how}): {problem}.",
    "Correct the hook, or remove pkg.{hook} from the settings.",
)
OUTPUT_REMOVED = ErrorMessage(
    ProjectError,
    "hook-removed-output",
    "The postBuild hook has removed or moved the executable {output}.",
    "Let the hook copy the file, or build to another place with --output.",
)
TRANSFORM_FAILED = ErrorMessage(
    ProjectError,
    "hook-failed",
    "{hook} hook failed for {file} ({how}): {problem}.",
    "Correct the hook, or return undefined for files that it does not change.",
)
TRANSFORM_UNREADABLE = ErrorMessage(
    ProjectError,
    "file-unreadable",
    "{file} cannot be read for the transform hook: {reason}.",
    "Fix its permissions, and keep files unchanged during the build.",
)
TRANSFORM_UNWRITABLE = ErrorMessage(
    OutputError,
    "temporary-unwritable",
    "The temporary directory {directory} cannot be written: {reason}.",
    "Free some space, or set TMPDIR to another directory.",
)
TRANSFORM_TOO_LARGE = FindingMessage(
    "transform-skipped",
    "pkg.transform is not called for this file, because it is larger than {limit} MiB.",
    "Change the file before the build if the hook is meant for it.",
)
