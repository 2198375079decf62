"""The one family of errors that sealift raises for what a user can mend.

Everything else (a bug, an interrupted process) keeps its own type and traceback.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """Exit codes of the command line; they are documented in the README."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    PROJECT = 3
    NODE = 4
    OUTPUT = 5
    FORMAT = 6
    INTERRUPTED = 130


class SealiftError(Exception):
    """Something went wrong that the user can act on.

    Attributes:
        code: stable, machine-readable name, lower case with dashes (``entry-missing``).
        message: one sentence that says what is wrong, with the names involved.
        remedy: one sentence that says what to do about it; never empty.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.UNEXPECTED

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[SealiftError], tuple[str, str, str]]:
        """Make it cross process boundaries whole."""
        return type(self), (self.code, self.message, self.remedy)


class UsageError(SealiftError):
    """An argument, an entry, a configuration or a target is wrong."""

    exit_code = ExitCode.USAGE


class ProjectError(SealiftError):
    """The project cannot be packaged as it stands."""

    exit_code = ExitCode.PROJECT


class NodeError(SealiftError):
    """A Node binary cannot be had, or is not what was asked for."""

    exit_code = ExitCode.NODE


class OutputError(SealiftError):
    """The executable cannot be written where it was asked for."""

    exit_code = ExitCode.OUTPUT


class FormatError(SealiftError):
    """Bytes are not of the format they should be; raised by every reader in ``formats``."""

    exit_code = ExitCode.FORMAT
