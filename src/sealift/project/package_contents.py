"""Which files belong to a package that is included completely, or to a directory.

Left out of a whole package: tests, documentation (at the top or beside code), examples, type
declarations, source maps, files of version control, editors and continuous integration, lockfiles,
and what is never the package's own (``node_modules``, executables that sealift made). A file that
is left out here is still packaged if another file refers to it, or if the package's code makes a
path of its name or of the name of a directory that it is in.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from sealift.project.filesystem import FileSystem, PathKind
from sealift.tools.input_files import NotRegularError

MODULES = "node_modules"
_NEVER = frozenset({".git", ".hg", ".svn", ".DS_Store", "Thumbs.db"})
_TOP_DIRECTORIES = frozenset(
    "test tests spec specs doc docs example examples bench benchmark benchmarks coverage man".split(  # noqa: SIM905
        " "
    )
)
_DIRECTORIES = frozenset(
    {
        ".circleci",
        ".github",
        ".husky",
        ".idea",
        ".nyc_output",
        ".vscode",
        ".yarn",
        "__mocks__",
        "__snapshots__",
        "__tests__",
        "obj.target",
    }
)
_FILES = frozenset(
    {
        ".editorconfig",
        ".eslintignore",
        ".gitattributes",
        ".gitignore",
        ".gitlab-ci.yml",
        ".gitmodules",
        ".npmignore",
        ".prettierignore",
        ".travis.yml",
        ".yarnrc.yml",
        "appveyor.yml",
        "azure-pipelines.yml",
        "bun.lock",
        "bun.lockb",
        "npm-shrinkwrap.json",
        "package-lock.json",
        "pnpm-lock.yaml",
        "yarn.lock",
    }
)
_FILE_PATTERN = re.compile(
    r"""
    .*\.(?:test|spec)\.[cm]?[jt]sx?     # tests beside the code
    | .*\.(?:[cm]?[jt]sx?|css)\.map     # source maps
    | .*\.tsbuildinfo | .*\.js\.flow | .*\.log | .*\.o | .*\.a
    | \.eslintrc.* | \.prettierrc.* | \.jshintrc | \.nycrc.*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DOCUMENTATION = re.compile(r".*\.(?:md|markdown|mkd)", re.IGNORECASE)
_ABOUT = re.compile(r"(?:readme|change(?:s|log)|history|contributing|todo)\b.*", re.IGNORECASE)
_CODE = re.compile(r".*\.(?:[cm]?[jt]sx?)")
_LICENCE = re.compile(r"(?:un)?licen[cs]e|copying|notice", re.IGNORECASE)
_SECRET = re.compile(
    r"\.env(?:\.(?!example$|sample$|template$|defaults$).*)?|\.npmrc|\.netrc|id_(?:rsa|ed25519|ecdsa)"
)
_DECLARATION = re.compile(r"(.*)\.d\.([cm]?)ts", re.DOTALL)
_DECLARATION_DIRECTORIES = frozenset({"types", "typings", "@types"})

# Node's fuse as an executable with a packaged program has it.
_SET_FUSE = b"NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2" + b":1"
_MAGICS = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_SMALLEST_EXECUTABLE = 20 << 20
_CHUNK = 1 << 20
_SHEBANG = 256
_SCRIPTS = (
    ".applescript", ".awk", ".bash", ".bat", ".cmd", ".fish", ".jar", ".jl", ".lua", ".php", ".pl",
    ".ps1", ".py", ".r", ".rb", ".sh", ".tcl", ".vbs", ".zsh",
)  # fmt: skip
"""Endings of scripts that are arguments of a program: ``spawn('python3', [script])``."""

MAX_DEPTH = 500
"""Directories within one another, below the one where a walk starts."""


class TreeItem(Struct, frozen=True):
    """A file, a symbolic link or an empty directory below a directory.

    Attributes:
        path: its absolute path.
        kind: what the path names, symbolic links followed.
        is_link: it is a symbolic link.
    """

    path: str
    kind: PathKind
    is_link: bool = False


def walk_tree(
    filesystem: FileSystem,
    directory: str,
    keep: Callable[[str, str, PathKind], bool],
    *,
    with_packages: bool = False,
) -> Iterator[TreeItem]:
    """Yield everything below ``directory`` for which ``keep(directory, name, kind)`` is True.

    Installed packages are left out unless ``with_packages``.

    Symbolic links are yielded and not followed. Directories are entered if they are kept, and
    added to ``filesystem.too_deep`` if they are nested too deeply.
    """
    left_out = _NEVER if with_packages else _NEVER | {MODULES}
    pending = [iter([TreeItem(directory, PathKind.DIRECTORY)])]
    while pending:
        item = next(pending[-1], None)
        if item is None:
            pending.pop()
        elif item.is_link or item.kind is not PathKind.DIRECTORY:
            yield item
        elif len(pending) > MAX_DEPTH:
            filesystem.too_deep.add(item.path)
        elif filesystem.entries(item.path):
            pending.append(_kept_entries(filesystem, item.path, keep, left_out))
        else:
            yield item


def _kept_entries(
    filesystem: FileSystem,
    directory: str,
    keep: Callable[[str, str, PathKind], bool],
    left_out: frozenset[str],
) -> Iterator[TreeItem]:
    for entry in filesystem.entries(directory):
        if entry.name not in left_out and keep(directory, entry.name, entry.kind):
            path = os.path.join(directory, entry.name)
            kind = filesystem.kind(path) if entry.is_link else entry.kind
            yield TreeItem(path, kind, is_link=entry.is_link)


def keep_all(directory: str, name: str, kind: PathKind) -> bool:
    """Return True: of a directory that a file refers to, everything may be needed."""
    del directory, name, kind
    return True


def keep_all_but_secrets(directory: str, name: str, kind: PathKind) -> bool:
    """Return True unless files of this name commonly hold secrets."""
    del directory
    return kind is PathKind.DIRECTORY or _SECRET.fullmatch(name) is None


class PackageFilter:
    """Decides which files of one package are included with the whole package.

    Attributes:
        secrets: the files that were left out because they commonly hold secrets.
        left_out: the names of the other files and directories that were left out, and of the
            directories that they are in.
    """

    __slots__ = ("_filesystem", "_read", "_root", "_types", "left_out", "secrets")

    def __init__(
        self, filesystem: FileSystem, root: str, types: str, read: frozenset[str] = frozenset()
    ) -> None:
        """Create the filter of the package at ``root``.

        Args:
            filesystem: the view of the host.
            root: the package's directory.
            types: the package's own type declaration file, as its package.json names it, or "".
            read: names of the files and directories that the package may read: they are needed,
                with everything in them.
        """
        self._read = read
        self.left_out: set[str] = set()
        self._filesystem = filesystem
        self._root = root
        self._types = os.path.normpath(os.path.join(root, types)) if types else ""
        self.secrets: list[str] = []

    def keep(self, directory: str, name: str, kind: PathKind) -> bool:
        """Return True if the package needs ``name`` in ``directory`` at run time."""
        below = os.path.relpath(directory, self._root).split(os.sep)
        if not self._read.isdisjoint((*below, name)) and not self._is_secret(name):
            return True
        if self._keep_by_name(directory, name, kind):
            return True
        if not _SECRET.fullmatch(name):
            self.left_out.update((*below, name))
        return False

    def _is_secret(self, name: str) -> bool:
        """Return True for a file of a project that commonly holds secrets; none is published."""
        published = os.sep + "node_modules" + os.sep in self._root
        return not published and _SECRET.fullmatch(name) is not None

    def _keep_by_name(self, directory: str, name: str, kind: PathKind) -> bool:
        if kind is PathKind.DIRECTORY:
            return name not in _DIRECTORIES and not (
                directory == self._root and name.lower() in _TOP_DIRECTORIES
            )
        if _SECRET.fullmatch(name):
            self.secrets.append(os.path.join(directory, name))
            return False
        if _LICENCE.match(name):
            return True
        if name in _FILES or _FILE_PATTERN.fullmatch(name):
            return False
        return not (
            self._is_documentation(directory, name) or self._is_declaration_only(directory, name)
        )

    def _is_documentation(self, directory: str, name: str) -> bool:
        """Return True for texts about the package or its code; ``messages/a.md`` is data."""
        if _DOCUMENTATION.fullmatch(name) is None:
            return False
        return (
            directory == self._root
            or _ABOUT.match(name) is not None
            or any(_CODE.fullmatch(one.name) for one in self._filesystem.entries(directory))
        )

    def _is_declaration_only(self, directory: str, name: str) -> bool:
        """Return True for declarations of code beside them; others (``lib.dom.d.ts``) are data."""
        match = _DECLARATION.fullmatch(name)
        if match is None:
            return False
        path = os.path.join(directory, name)
        if path == self._types:
            return True
        below = os.path.relpath(directory, self._root).split(os.sep)
        if not _DECLARATION_DIRECTORIES.isdisjoint(below):
            return True
        stem = os.path.join(directory, match[1])
        return any(
            self._filesystem.is_file(stem + extension)
            for extension in (f".{match[2]}js", ".js", ".mjs", ".cjs", ".json", ".node")
        )


def is_program(filesystem: FileSystem, path: str, mode: int) -> bool:
    """Return True for a program, or a script of one, that is not for Node."""
    if path.lower().endswith(_SCRIPTS):
        return True
    if not mode & 0o111 and not path.lower().endswith(".exe"):
        return False
    try:
        with filesystem.open_real(path) as stream:
            head = stream.read(_SHEBANG)
    except (OSError, NotRegularError):
        return False
    if head.startswith(b"#!"):
        return b"node" not in head.split(b"\n", 1)[0]
    return head.startswith(_MAGICS)


def is_packaged_executable(filesystem: FileSystem, path: str, size: int) -> bool:
    """Return True if a file is an executable with a packaged program: an earlier build's output.

    Only executables are looked at; any other file may hold the text of Node's fuse.
    """
    if size < _SMALLEST_EXECUTABLE:
        return False
    try:
        with filesystem.open_real(path) as stream:
            chunk = stream.read(_CHUNK)
            if not chunk.startswith(_MAGICS):
                return False
            kept = b""
            while chunk:
                if _SET_FUSE in kept + chunk:
                    return True
                kept = chunk[-len(_SET_FUSE) :]
                chunk = stream.read(_CHUNK)
    except (OSError, NotRegularError):
        return False
    return False
