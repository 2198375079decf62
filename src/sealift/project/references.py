"""The references in one JavaScript file: pure data, from the scanner to the trace."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from sealift.model import ResolutionKind

SELF = "\0self"
"""Stands for the file's own name in the parts of a reference: ``__filename`` is ``(SELF,)``, and
``__filename + '.map'`` is ``(SELF + '.map',)``."""


class ReferenceKind(StrEnum):
    """How a file refers to a module."""

    REQUIRE = "require"
    REQUIRE_RESOLVE = "require-resolve"
    IMPORT = "import"
    DYNAMIC_IMPORT = "dynamic-import"
    IMPORT_META_RESOLVE = "import-meta-resolve"
    CREATED_REQUIRE = "created-require"

    @property
    def resolution_kind(self) -> ResolutionKind:
        """Which of Node's two resolvers applies to such a reference."""
        return ResolutionKind.IMPORT if self in _IMPORTING else ResolutionKind.REQUIRE


_IMPORTING = (
    ReferenceKind.IMPORT, ReferenceKind.DYNAMIC_IMPORT, ReferenceKind.IMPORT_META_RESOLVE,
)  # fmt: skip

RESOLVING = (ReferenceKind.REQUIRE_RESOLVE, ReferenceKind.IMPORT_META_RESOLVE)
"""The kinds of references that only look up a module's path, and do not load it."""


class ModuleReference(Struct, frozen=True):
    """A module that a constant specifier names.

    Attributes:
        guarded: in a ``try`` with a ``catch``, behind a condition that tests for the module, or
            followed by ``.catch(``: the code expects that it may be missing.
        conditional: it runs only sometimes, if the file runs: in a branch, or in a function that
            is not called where it is written; or ``one_of``.
        one_of: its specifier is one of several.
        optional: marked by ``require(x, 'may-exclude')``.
        excluded: marked by ``require(x, 'must-exclude')``: not to be packaged.
        base: of ``createRequire(X)``, X relative to this file's directory; "" for this file.
        paths: the ``paths`` option of ``require.resolve``, relative to this file's directory.
        located: other paths are made of the resolved one, as in
            ``path.dirname(require.resolve('x'))``: that package's files are accessed by path.
        of_entry: the entry point loads it (``require.main.require``), or a path relative to the
            entry point's directory names it.
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
    conditional: bool = False
    of_entry: bool = False
    one_of: bool = False


class ModulePattern(Struct, frozen=True):
    """A computed specifier of which the beginning or the end (or both) is constant.

    ``parts`` are the constant parts in order; anything may stand between two of them. So
    ``import('./lazy-' + x + '.js')`` has ``('./lazy-', '.js')`` and ``require(dir + '/x.js')``
    has ``('', '/x.js')``. ``located`` and ``of_entry`` as in `ModuleReference`.
    """

    kind: ReferenceKind
    parts: tuple[str, ...]
    line: int
    guarded: bool = False
    located: bool = False
    of_entry: bool = False


class UseKind(StrEnum):
    """What is done with a file."""

    PATH = "path"  # read, spawned, passed on: data or a directory of data
    READ = "read"  # read as text by a package that is known for that
    SERVED = "served"  # sent to browsers as it is, by a static handler
    WORKER = "worker"  # new Worker(...)
    LOADED = "loaded"  # given to a package that may load it as a module
    FORK = "fork"  # fork(...): a script that runs by itself


class FileReference(Struct, frozen=True):
    """A path relative to this file.

    ``parts`` as in `ModulePattern`, relative to this file's own directory, POSIX separators:
    ``path.join(__dirname, 'views')`` is ``('views',)``;
    ``__dirname + '/locale/' + lang + '.json'`` is ``('locale/', '.json')``. The directory itself
    is ``('',)`` and stands for every file in it; the file itself is ``(SELF,)``. With ``of_entry``
    they are relative to the entry point's directory, and `SELF` is the entry point.

    ``looked_at``: the path is only printed, compared or tested, so the file is not read.
    ``taker`` is the specifier of the package whose function gets the path: ``sharp`` of
    ``sharp(path)``. ``reads``: Node's own function reads or copies it; ``certain``: whenever the
    file runs.
    """

    use: UseKind
    parts: tuple[str, ...]
    line: int
    of_entry: bool = False
    taker: str = ""
    reads: bool = False
    certain: bool = False
    looked_at: bool = False


class WorkingDirectoryReference(Struct, frozen=True):
    """``new Worker('./w.js')``, ``express.static('public')``: relative to the working directory.

    The authors mean the project's own file, so it is packaged if the project has it.
    """

    use: UseKind
    path: str
    line: int


class PackagedWorkingDirectory(Struct, frozen=True):
    """``process.chdir(__dirname)``, or such a directory as ``cwd`` of a child."""

    line: int


class CommandPath(Struct, frozen=True):
    """``exec(`python3 -c "open('${__dirname}/a')"`)``: a path inside a word of a command."""

    path: str
    line: int


class ScriptsRead(Struct, frozen=True):
    """Scripts that a package reads as text: ``swaggerJsdoc({apis: [__dirname + '/api/*.js']})``.

    Attributes:
        package: the one that reads them.
        glob: relative to this file's directory.
        certain: no condition and no test is around the place.
    """

    package: str
    glob: str
    line: int
    certain: bool


class Unproven(Struct, frozen=True):
    """A reference whose target the source does not show.

    Attributes:
        kind: ``require``, ``import``, ``path``, ``worker`` or ``fork``.
        what: an excerpt of the expression: one line of at most 80 characters.
        guarded: the code expects that it may fail.
        located: of a module; as in `ModuleReference`.
        of_entry: it is a path that starts at the entry point's directory.
    """

    kind: str
    what: str
    line: int
    guarded: bool = False
    located: bool = False
    of_entry: bool = False


class ExtensionHandler(Struct, frozen=True):
    """``require.extensions['.foo'] = ...``: the script loads files with that extension itself.

    ``reads``: the script also reads files, so the function needs their source.
    """

    extension: str
    line: int
    reads: bool


class SyntaxProblem(Struct, frozen=True):
    """A place that cannot be parsed. The references in the rest of the file are still found."""

    message: str
    line: int
    column: int


class SourceReferences(Struct, frozen=True):
    """Everything that one file refers to, each tuple in source order.

    Attributes:
        modules, patterns: the modules that it loads.
        files, working_directory: the files that it names by path.
        scripts_read: the scripts that packages read.
        packaged_directories: where a packaged directory becomes the working directory.
        command_paths: paths inside words of commands, which the programs do not find.
        unproven: what cannot be proven.
        handlers: the extensions whose files it loads itself.
        resolution_hook: the line where it changes what specifiers resolve to; 0 if it does not.
        problems: what cannot be parsed.
        module_syntax: it has ``import`` or ``export`` statements, ``import.meta``, or ``await``
            outside functions: Node's syntax detection makes it an ES module.
    """

    modules: tuple[ModuleReference, ...] = ()
    patterns: tuple[ModulePattern, ...] = ()
    files: tuple[FileReference, ...] = ()
    working_directory: tuple[WorkingDirectoryReference, ...] = ()
    scripts_read: tuple[ScriptsRead, ...] = ()
    packaged_directories: tuple[PackagedWorkingDirectory, ...] = ()
    command_paths: tuple[CommandPath, ...] = ()
    unproven: tuple[Unproven, ...] = ()
    handlers: tuple[ExtensionHandler, ...] = ()
    resolution_hook: int = 0
    problems: tuple[SyntaxProblem, ...] = ()
    module_syntax: bool = False
