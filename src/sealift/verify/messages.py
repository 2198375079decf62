"""The errors of verification."""

from __future__ import annotations

from sealift.errors import ErrorMessage, FormatError

VERIFICATION_FAILED = ErrorMessage(
    FormatError,
    "verification-failed",
    "Verification failed: {why}.",
    "Check the disk and build again; if that does not help, report it as a fault of sealift.",
)
NOT_PACKAGED = ErrorMessage(
    FormatError,
    "not-packaged",
    "{name} is a program without a packaged project: sealift did not build it.",
    "Name an executable that sealift has built.",
)
