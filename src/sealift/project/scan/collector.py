"""Turns the values that code uses into references."""

from __future__ import annotations

import re

from msgspec import Struct, field
from tree_sitter import Node

from sealift.project.references import (
    CommandPath,
    FileReference,
    ModulePattern,
    ModuleReference,
    PackagedWorkingDirectory,
    ReferenceKind,
    ScriptsRead,
    SourceReferences,
    SyntaxProblem,
    Unproven,
    UseKind,
    WorkingDirectoryReference,
)
from sealift.project.scan.syntax import ParsedSource, line_of
from sealift.project.scan.texts import names_below, relative_parts, without_query
from sealift.project.scan.values import ENTRY, FILE, Base, Require, Text, Value, Values

# Packages that look for files by themselves, starting from the file that calls them.
_SEARCHING = frozenset((
    "bindings", "import-modules", "nbind", "require-dir", "require-directory", "require-tree",
    "requiredir",
))  # fmt: skip
# Packages that look for the directory of the project that is run.
_SEARCHING_APP = frozenset(("app-root-path", "app-root-dir", "app-root"))

_URL = re.compile(r"^(?:data|https?|blob):", re.IGNORECASE)
_UNPROVEN_KIND = {
    ReferenceKind.IMPORT: "import",
    ReferenceKind.DYNAMIC_IMPORT: "import",
    ReferenceKind.IMPORT_META_RESOLVE: "import",
}
_END_OF_EMBEDDED = re.compile(r"[\s\"'`;|&<>)]")

Item = (
    ModuleReference
    | ModulePattern
    | FileReference
    | WorkingDirectoryReference
    | ScriptsRead
    | PackagedWorkingDirectory
    | CommandPath
    | Unproven
    | SyntaxProblem
)


class Collector(Struct):
    """The references found so far in one file.

    Attributes:
        source: the parsed file.
        is_module: its syntax is that of an ES module.
    """

    source: ParsedSource
    is_module: bool = False
    _found: list[tuple[int, Item]] = field(default_factory=list)

    def __len__(self) -> int:
        """Return the number of references found."""
        return len(self._found)

    def result(self) -> SourceReferences:
        """Return everything in source order, without repetition."""
        found = list(dict.fromkeys(item for _, item in sorted(self._found, key=lambda f: f[0])))
        return SourceReferences(
            modules=tuple(f for f in found if isinstance(f, ModuleReference)),
            patterns=tuple(f for f in found if isinstance(f, ModulePattern)),
            files=tuple(f for f in found if isinstance(f, FileReference)),
            working_directory=tuple(f for f in found if isinstance(f, WorkingDirectoryReference)),
            scripts_read=tuple(f for f in found if isinstance(f, ScriptsRead)),
            packaged_directories=tuple(f for f in found if isinstance(f, PackagedWorkingDirectory)),
            command_paths=tuple(f for f in found if isinstance(f, CommandPath)),
            unproven=tuple(f for f in found if isinstance(f, Unproven)),
            problems=tuple(f for f in found if isinstance(f, SyntaxProblem)),
            module_syntax=self.is_module,
        )

    def _add(self, node: Node, item: Item) -> None:
        self._found.append((node.start_byte, item))

    # ------------------------------------------------------------------ modules

    def add_module(
        self,
        kind: ReferenceKind,
        specifier: str,
        node: Node,
        *,
        guarded: bool,
        optional: bool = False,
        excluded: bool = False,
        base: str = "",
        paths: tuple[str, ...] = (),
        located: bool = False,
        conditional: bool = False,
        of_entry: bool = False,
        one_of: bool = False,
    ) -> None:
        """Add a reference to the module that a specifier names."""
        if not specifier:
            return
        if specifier in _SEARCHING or specifier in _SEARCHING_APP:
            of_app = specifier in _SEARCHING_APP
            self.add_unproven("path", node, guarded=guarded, of_entry=of_app)
        self._add(
            node,
            ModuleReference(
                kind,
                specifier,
                line_of(node),
                guarded,
                optional,
                excluded,
                base,
                paths,
                located,
                conditional or one_of,
                of_entry,
                one_of,
            ),
        )

    def add_modules(
        self,
        kind: ReferenceKind,
        require: Require | None,
        specifiers: Values,
        node: Node,
        *,
        guarded: bool,
        optional: bool = False,
        excluded: bool = False,
        paths: tuple[str, ...] = (),
        located: bool = False,
        conditional: bool = False,
    ) -> None:
        """Add the references to the modules that the specifiers, as values, can name.

        ``require`` is the function that loads them; None if ``import`` does.
        """
        if require is not None and require.users:
            return
        base = "" if require is None else require.base
        by_entry = require is not None and require.of_entry
        one_of = len(specifiers) > 1
        for value in specifiers:
            if not isinstance(value, Text):
                self._add_unknown_module(kind, node, guarded or optional, located=located)
                continue
            if value.base is Base.ELSEWHERE or (excluded and value.constant is None):
                continue
            parts = _specifier_parts(value)
            if parts is not None and len(parts) > 1 and require is None and parts[0][:1] == ".":
                parts = without_query(parts)
            if parts is None or value.embedded or not any(parts):
                self._add_unknown_module(kind, node, guarded or optional, located=located)
            elif len(parts) > 1:
                if _URL.match(parts[0]):
                    continue
                of_entry = value.base is Base.ENTRY or (by_entry and value.base is Base.NONE)
                self.add_pattern(
                    kind, parts, node, guarded or optional, located=located, of_entry=of_entry
                )
            elif base is None and value.base is Base.NONE:
                # The file that asks is not known: a package's name most likely means the same.
                if parts[0].startswith("."):
                    self._add_unknown_module(kind, node, guarded or optional, located=located)
                else:
                    self.add_module(
                        kind, parts[0], node, guarded=True, optional=optional,
                        excluded=excluded, paths=paths, located=located,
                        conditional=conditional, one_of=one_of,
                    )  # fmt: skip
            else:
                anchored = value.is_anchored
                of_entry = value.base is Base.ENTRY or (by_entry and not anchored)
                # Of several paths that a variable may have, some may not exist.
                guessed = anchored and one_of
                self.add_module(
                    kind, parts[0], node, guarded=guarded or guessed, optional=optional,
                    excluded=excluded, base="" if anchored else base or "", paths=paths,
                    located=located, conditional=conditional,
                    of_entry=of_entry, one_of=one_of,
                )  # fmt: skip

    def add_pattern(
        self,
        kind: ReferenceKind,
        parts: tuple[str, ...],
        node: Node,
        guarded: bool = False,
        *,
        located: bool = False,
        of_entry: bool = False,
    ) -> None:
        """Add a reference to the modules that a partly computed specifier can name."""
        self._add(node, ModulePattern(kind, parts, line_of(node), guarded, located, of_entry))

    def _add_unknown_module(
        self, kind: ReferenceKind, node: Node, guarded: bool, *, located: bool
    ) -> None:
        unproven = _UNPROVEN_KIND.get(kind, "require")
        self.add_unproven(unproven, node, guarded=guarded, located=located)

    # ------------------------------------------------------------------ paths

    def is_plain(self, text: Text) -> bool:
        """Return True if a path names only this file, its directory or one around it."""
        parts = relative_parts(_unembedded(text))
        own = relative_parts(FILE)
        return parts is not None and len(parts) == 1 and (not names_below(parts) or parts == own)

    def add_path(
        self,
        use: UseKind,
        text: Text,
        node: Node,
        guarded: bool,
        taker: str = "",
        *,
        reads: bool = False,
        certain: bool = False,
        looked_at: bool = False,
    ) -> None:
        """Add a reference to the file that a path of the package names.

        ``taker``, ``reads``, ``certain``, ``looked_at``: as in `FileReference`.
        """
        parts = relative_parts(_unembedded(text))
        of_entry = text.base is Base.ENTRY
        if parts is None:
            self.add_unproven("path", node, guarded=guarded, of_entry=of_entry)
            return
        if of_entry and parts == relative_parts(ENTRY):  # it is packaged
            return
        if self.is_plain(text):
            # A message that names the file, or a command that runs in the directory. The first
            # needs nothing; what the second needs cannot be proven.
            if not (text.embedded and parts == relative_parts(FILE)):
                self.add_unproven("path", node, guarded=guarded, of_entry=of_entry)
            return
        if names_below(parts):
            self.add_file(
                use, parts, node,
                of_entry=of_entry, taker=taker,
                reads=reads, certain=certain, looked_at=looked_at,
            )  # fmt: skip
            return
        if any(parts) and not parts[0].startswith("..") and _is_specific(parts[-1]):
            self.add_file(use, parts, node, of_entry=of_entry, taker=taker)
        self.add_unproven("path", node, guarded=guarded, of_entry=of_entry)

    def add_file(
        self,
        use: UseKind,
        parts: tuple[str, ...],
        node: Node,
        *,
        of_entry: bool = False,
        taker: str = "",
        reads: bool = False,
        certain: bool = False,
        looked_at: bool = False,
    ) -> None:
        """Add a reference to a path relative to this file, or to the entry point."""
        line = line_of(node)
        self._add(node, FileReference(use, parts, line, of_entry, taker, reads, certain, looked_at))

    def add_script(self, use: UseKind, value: Value, node: Node, guarded: bool) -> None:
        """Add a reference to a script that runs as a worker or a process."""
        kind = use.value
        if not isinstance(value, Text):
            self.add_unproven(kind, node, guarded=guarded)
        elif value.is_anchored:
            parts = relative_parts(value)
            of_entry = value.base is Base.ENTRY
            if parts is None or not names_below(parts):
                self.add_unproven(kind, node, guarded=guarded, of_entry=of_entry)
            else:
                self.add_file(use, parts, node, of_entry=of_entry)
        elif value.base is Base.ELSEWHERE:
            return
        elif value.constant is not None:
            if not _URL.match(value.constant):
                self._add(node, WorkingDirectoryReference(use, value.constant, line_of(node)))
        else:
            self.add_unproven(kind, node, guarded=guarded)

    def add_read_scripts(self, package: str, glob: str, node: Node, *, certain: bool) -> None:
        """Add that a package reads scripts as text; see `ScriptsRead`."""
        self._add(node, ScriptsRead(package, glob, line_of(node), certain))

    def add_packaged_directory(self, node: Node) -> None:
        """Add that a packaged directory becomes the working directory."""
        self._add(node, PackagedWorkingDirectory(line_of(node)))

    def add_command_path(self, path: str, node: Node) -> None:
        """Add a path inside a word of a command."""
        self._add(node, CommandPath(path, line_of(node)))

    # ------------------------------------------------------------------ problems

    def add_unproven(
        self, kind: str, node: Node, guarded: bool, *, located: bool = False, of_entry: bool = False
    ) -> None:
        """Add a reference whose target the source does not show."""
        self._add(
            node,
            Unproven(kind, self.source.excerpt(node), line_of(node), guarded, located, of_entry),
        )

    def add_deep_nesting(self, position: int) -> None:
        """Add the problem that the code at a byte offset is nested too deeply to be read."""
        before = self.source.data[:position]
        line = before.count(b"\n") + 1
        column = position - (before.rfind(b"\n") + 1) + 1
        self._found.append((position, SyntaxProblem("nested too deeply", line, column)))

    def give_up(self) -> None:
        """Add the problem that the file is too intricate: it may need anything."""
        self._found.append((0, SyntaxProblem("too intricate to be analysed", 1, 1)))
        for kind in ("require", "import", "path"):
            self._found.append((0, Unproven(kind, "the whole file", 1)))

    def add_syntax_problems(self) -> None:
        """Add the places that could not be parsed."""
        for problem in self.source.problems():
            self._found.append((0, problem))


def _specifier_parts(text: Text) -> tuple[str, ...] | None:
    """Return the specifier, or its known parts; an absolute path becomes a relative specifier."""
    if not text.is_anchored:
        return text.parts
    parts = relative_parts(text)
    if parts is None:
        return None
    head = parts[0]
    if not head.startswith("../") and head != "..":
        head = f"./{head}"
    return (head, *parts[1:])


def _unembedded(text: Text) -> Text:
    """Only the path, if it was found within a command or a message."""
    if not text.embedded:
        return text
    for index, part in enumerate(text.parts):
        end = _END_OF_EMBEDDED.search(part)
        if end is not None:
            return Text((*text.parts[:index], part[: end.start()]), text.base)
    return Text(text.parts, text.base)


def _is_specific(tail: str) -> bool:
    """Return True if the end of a path shows which files are meant."""
    return tail.strip("/.") != ""
