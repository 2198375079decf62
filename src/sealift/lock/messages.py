"""Errors and findings about ``sealift.lock``."""

from __future__ import annotations

from sealift.errors import ErrorMessage, OutputError, ProjectError, UsageError
from sealift.findings import FindingMessage

UNREADABLE = ErrorMessage(
    ProjectError,
    "lock-unreadable",
    "The lock {path} cannot be used: {reason}.",
    "Restore the file, or delete it and run `sealift update`.",
)
NEWER = ErrorMessage(
    ProjectError,
    "lock-unreadable",
    "The lock {path} has format {format}; this sealift reads format {known}.",
    "Update sealift, or delete the file and run `sealift update`.",
)
UNWRITABLE = ErrorMessage(
    OutputError,
    "lock-unwritable",
    "The lock {path} cannot be written: {reason}.",
    "Fix the permissions of its directory.",
)
MISSING = ErrorMessage(
    UsageError,
    "lock-missing",
    "--frozen needs the lock {path}, which does not exist.",
    "Run `sealift update` to write it.",
)
TARGET_MISSING = ErrorMessage(
    ProjectError,
    "lock-mismatch",
    "The lock {path} does not list {target}.",
    "Run `sealift update --target {target}` to add it, or build without --frozen.",
)
NODE_DIFFERS = ErrorMessage(
    ProjectError,
    "lock-mismatch",
    "The Node binary for {target} is not the one in the lock: {fact} {found} instead of {locked}.",
    "Remove what replaces the binary, or run `sealift update --target {target}` if the change is"
    " wanted.",
)
ADDON_DIFFERS = ErrorMessage(
    ProjectError,
    "lock-mismatch",
    "The package {package} for {target} is not the one in the lock: its integrity is {found}"
    " instead of {locked}.",
    "Check why it changed, or run `sealift update --target {target}` if the change is wanted.",
)
ADDONS_DIFFER = ErrorMessage(
    ProjectError,
    "lock-mismatch",
    "The packages that are fetched for {target} are not those in the lock: {difference}.",
    "Restore the dependencies, or run `sealift update --target {target}`.",
)
MUSL_DIFFERS = ErrorMessage(
    ProjectError,
    "lock-mismatch",
    "What is merged with Node for {target} is not what the lock has: {names}.",
    "Install the sealift that wrote the lock, or run `sealift update --target {target}`.",
)
TARGET_UNLOCKED = FindingMessage(
    "lock-outdated",
    "The lock {path} does not list this target, so the newest Node release was chosen.",
    "Run `sealift update` to add it.",
)
ADDONS_UNLOCKED = FindingMessage(
    "lock-outdated",
    "The packages that are fetched for this target are not those in the lock: {difference}.",
    "Run `sealift update` if the change is wanted.",
)
MUSL_UNLOCKED = FindingMessage(
    "lock-outdated",
    "What is merged with Node is not what the lock has: {names}.",
    "Run `sealift update` to lock it.",
)
OTHER_SEALIFT = FindingMessage(
    "lock-other-sealift",
    "The lock was written by sealift {locked}, and this is {version}, so the bytes of the"
    " executables may differ from earlier ones.",
    "Install sealift {locked} to build the same bytes.",
)
