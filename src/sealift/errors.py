"""The errors that sealift raises for problems a user can fix, and the form of their messages.

Everything else (a bug, an interrupted process) keeps its own type and traceback.

Every error message stands in its package's ``messages.py`` as an `ErrorMessage`::

    CACHE_UNUSABLE = ErrorMessage(
        NodeError,
        "cache-unusable",
        "The cache directory {root} is not usable: {reason}.",
        "Free some space, fix its permissions, or name another directory with --cache.",
    )
    raise CACHE_UNUSABLE.error(root=root, reason=error.strerror)
"""

from __future__ import annotations

from enum import IntEnum
from string import Formatter
from typing import ClassVar, Generic, TypeVar

from msgspec import Struct


class ExitCode(IntEnum):
    """Exit codes of the command line; they are documented in the README."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    PROJECT = 3
    NODE = 4
    OUTPUT = 5
    FORMAT = 6
    HUNG_UP = 129
    INTERRUPTED = 130
    TERMINATED = 143


class SealiftError(Exception):
    """A problem that the user can act on.

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

    def __reduce__(self) -> tuple[type[SealiftError], tuple[object, ...]]:
        """Return what pickling needs to keep code, message and remedy."""
        return type(self), (self.code, self.message, self.remedy)


class UsageError(SealiftError):
    """An argument, the entry point, a setting or a target is wrong."""

    exit_code = ExitCode.USAGE


class ProjectError(SealiftError):
    """The project cannot be packaged as it stands."""

    exit_code = ExitCode.PROJECT


class NodeError(SealiftError):
    """A Node binary is not available, or is not the one that was requested."""

    exit_code = ExitCode.NODE


class OutputError(SealiftError):
    """The executable cannot be written to the requested place."""

    exit_code = ExitCode.OUTPUT


class FormatError(SealiftError):
    """Bytes do not follow their format; raised by every reader in ``formats``."""

    exit_code = ExitCode.FORMAT


ErrorType = TypeVar("ErrorType", bound=SealiftError)


class ErrorMessage(Struct, Generic[ErrorType], frozen=True):
    """One error that users may see, as it stands in a package's ``messages.py``.

    Attributes:
        kind: the exception to raise; it decides the exit code.
        code: stable name of the problem, lower case with dashes.
        text: one sentence, with ``{placeholders}`` for the names involved.
        remedy: one imperative sentence; may have placeholders too.
    """

    kind: type[ErrorType]
    code: str
    text: str
    remedy: str

    def error(self, **values: object) -> ErrorType:
        """Return the exception, its placeholders filled in."""
        return self.kind(self.code, self.text.format(**values), self.remedy.format(**values))


def placeholders(*templates: str) -> frozenset[str]:
    """Return the names of the placeholders in message templates."""
    fields = (field for template in templates for _, field, _, _ in Formatter().parse(template))
    return frozenset(field for field in fields if field)
