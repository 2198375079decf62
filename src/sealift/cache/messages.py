"""Errors of the cache."""

from __future__ import annotations

from sealift.errors import ErrorMessage, NodeError, UsageError

CACHE_UNUSABLE = ErrorMessage(
    NodeError,
    "cache-unusable",
    "The cache directory {root} is not usable: {reason}.",
    "Free some space, fix its permissions, or name another directory with --cache DIR or"
    " SEALIFT_CACHE.",
)
CACHE_LOSES_FILES = ErrorMessage(
    NodeError,
    "cache-unusable",
    "The cache directory {root} is not writable, or another program removes files from it.",
    "Name another directory with --cache DIR or SEALIFT_CACHE.",
)
OWNED_BY_ANOTHER_USER = ErrorMessage(
    NodeError,
    "cache-untrusted",
    "The cache directory {root} is not safe: user {owner} owns {path}, and sealift runs as user"
    " {user}.",
    "Name a directory of your own with --cache DIR or SEALIFT_CACHE.",
)
WRITABLE_BY_OTHER_USERS = ErrorMessage(
    NodeError,
    "cache-untrusted",
    "The cache directory {root} is not safe: other users can write to {path} (mode {mode}).",
    "Run `chmod go-w {path}`, or name another directory with --cache DIR or SEALIFT_CACHE.",
)
NOT_A_CACHE = ErrorMessage(
    UsageError,
    "cache-unknown",
    "sealift did not make the directory {root}, so nothing in it is removed.",
    "Name sealift's cache with --cache DIR or SEALIFT_CACHE.",
)
CACHE_NOT_REMOVED = ErrorMessage(
    NodeError,
    "cache-not-removed",
    "{number} of the chosen cache entries were not removed, such as {path}: {reason}.",
    "Fix the permissions of the cache, or run the command again when no build is running.",
)
SIZE_MALFORMED = ErrorMessage(
    UsageError,
    "size-malformed",
    "'{text}' is not a size.",
    "Write a number of bytes with a unit, such as 500MB or 2GiB.",
)
