"""Errors about targets, arguments, the host and executables: of the modules outside packages."""

from __future__ import annotations

from sealift.errors import ErrorMessage, UsageError

EXECUTABLE_UNREADABLE = ErrorMessage(
    UsageError,
    "executable-unreadable",
    "{path} cannot be read: {reason}.",
    "Name an existing file that you may read.",
)
TARGET_UNKNOWN = ErrorMessage(
    UsageError,
    "target-unknown",
    "Unknown {what}.{suggestion}",
    "Join a Node release ({majors}, node24.19.0, latest), a platform ({platforms}) and an"
    " architecture ({arches}) with '-', or write 'host'.",
)
TARGET_AMBIGUOUS = ErrorMessage(
    UsageError,
    "target-ambiguous",
    "'{target}' names two {kind}: {first} and {second}.",
    "Write two targets with a comma between them, such as '{first},{second}'.",
)
TARGET_NAMES_HOST_TWICE = ErrorMessage(
    UsageError,
    "target-ambiguous",
    "'{target}' names the host and also a platform or an architecture.",
    "Write either 'host' or the platform and architecture.",
)
TARGET_IMPOSSIBLE = ErrorMessage(
    UsageError,
    "target-impossible",
    "Node does not exist for {machine}.",
    "Choose one of these: {existing}.",
)
IMPLIED_TARGET_IMPOSSIBLE = ErrorMessage(
    UsageError,
    "target-impossible",
    "'{target}' means {machine} on this host, and Node does not exist for that.",
    "Choose one of these: {existing}.",
)
HOST_UNKNOWN = ErrorMessage(
    UsageError,
    "host-unknown",
    "sealift has no target for this host ({os}, {arch}).",
    "Name each target in full, such as -t node24-linux-x64.",
)
WORKING_DIRECTORY_MISSING = ErrorMessage(
    UsageError,
    "working-directory-missing",
    "The current directory cannot be used: {reason}.",
    "Change to a directory that exists, then run the command again.",
)
ARGUMENT_MALFORMED = ErrorMessage(
    UsageError,
    "argument-malformed",
    "{argument} contains {what}: '{value}'.",
    "Remove {what} from {argument}.",
)
