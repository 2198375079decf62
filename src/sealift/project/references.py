"""What the scanner finds in one JavaScript file; pure data between ``scan`` and ``trace``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sealift.model import ResolutionKind

SELF = "\0self"
"""Stands in a part of a reference for the file's own name: ``__filename`` is ``(SELF,)`` and
``__filename + '.map'`` is ``(SELF + '.map',)``."""


class ReferenceKind(StrEnum):
    """How a file asks for another module."""

    REQUIRE = "require"
    REQUIRE_RESOLVE = "require-resolve"
    IMPORT = "import"
    DYNAMIC_IMPORT = "dynamic-import"
    IMPORT_META_RESOLVE = "import-meta-resolve"
    CREATED_REQUIRE = "created-require"

    @property
    def resolution_kind(self) -> ResolutionKind:
        """Which of Node's resolvers answers such a reference."""
        return ResolutionKind.IMPORT if self in _IMPORTING else ResolutionKind.REQUIRE


_IMPORTING = (
    ReferenceKind.IMPORT, ReferenceKind.DYNAMIC_IMPORT, ReferenceKind.IMPORT_META_RESOLVE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModuleReference:
    """A module asked for by a constant specifier.

    Attributes:
        guarded: inside a ``try`` that has a ``catch``, or behind a condition that tests for it,
            or followed by ``.catch(``: its absence is expected.
        optional: marked by ``require(x, 'may-exclude')``.
        excluded: marked by ``require(x, 'must-exclude')``: not to be packaged.
        base: for ``createRequire(X)`` with another base than this file: constant text of X
            relative to this file's directory; otherwise "".
        located: the resolved path is where other paths start, as in
            ``path.dirname(require.resolve('x'))``: that package's files are accessed by path.
        paths: constant ``paths`` option of ``require.resolve``, relative to this file's directory.
    """

    kind: ReferenceKind
    specifier: str
    line: int
    guarded: bool = False
    optional: bool = False
    excluded: bool = False
    base: str = ""
    paths: tuple[str, ...] = ()
    located: bool = False


@dataclass(frozen=True, slots=True)
class ModulePattern:
    """A computed module request of which the head or the tail (or both) is constant.

    ``parts`` are the constant pieces in order; between two of them anything may stand. So
    ``import('./lazy-' + x + '.js')`` has ``('./lazy-', '.js')`` and ``require(dir + '/x.js')``
    has ``('', '/x.js')``.
    """

    kind: ReferenceKind
    parts: tuple[str, ...]
    line: int
    guarded: bool = False


class AnchorKind(StrEnum):
    """What a path in the source is relative to."""

    DIRECTORY = "directory"  # __dirname, import.meta.dirname, dirname(fileURLToPath(...)), ...
    FILE = "file"  # __filename, import.meta.filename, import.meta.url


class UseKind(StrEnum):
    """What is done with a file reference."""

    PATH = "path"  # read, served, spawned, passed on: an asset or a directory of them
    WORKER = "worker"  # new Worker(...)
    FORK = "fork"  # fork(...): a script that runs by itself


@dataclass(frozen=True, slots=True)
class FileReference:
    """A path relative to this file that the source names.

    ``parts`` as in `ModulePattern`, relative to this file's own directory, POSIX separators:
    ``path.join(__dirname, 'views')`` is ``('views',)``;
    ``__dirname + '/locale/' + lang + '.json'`` is ``('locale/', '.json')``. The directory itself
    is ``('',)`` (every file in it is meant), the file itself ``(SELF,)``.
    """

    use: UseKind
    parts: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class WorkingDirectoryReference:
    """``new Worker('./w.js')`` or ``fork('./x.js')``: Node takes it from the working directory.

    People write it meaning the project's own file; it is packaged when it is found.
    """

    use: UseKind
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Unproven:
    """A file access or module request whose target cannot be told from the source.

    ``what`` is a short excerpt of the expression, one line, at most 80 characters.
    ``kind``: ``require``, ``import``, ``path``, ``worker`` or ``fork``.
    """

    kind: str
    what: str
    line: int
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """The file cannot be parsed; what could be read of it is still reported."""

    message: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class SourceReferences:
    """Everything the scanner has to say about one file, each tuple in source order.

    ``module_syntax``: the file has ``import``/``export`` statements, ``import.meta`` or
    top-level ``await`` outside functions: what Node's syntax detection goes by.
    """

    modules: tuple[ModuleReference, ...] = ()
    patterns: tuple[ModulePattern, ...] = ()
    files: tuple[FileReference, ...] = ()
    working_directory: tuple[WorkingDirectoryReference, ...] = ()
    unproven: tuple[Unproven, ...] = ()
    problems: tuple[SyntaxProblem, ...] = ()
    module_syntax: bool = False
