"""Turns values at their places of use into the scanner's findings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tree_sitter import Node

from sealift.project.references import (
    FileReference,
    ModulePattern,
    ModuleReference,
    ReferenceKind,
    SourceReferences,
    SyntaxProblem,
    Unproven,
    UseKind,
    WorkingDirectoryReference,
)
from sealift.project.scan import values as v
from sealift.project.scan.syntax import Source, line_of
from sealift.project.scan.values import Base, Text, Value, Values

# Packages that look for files on their own, from where they are called.
_SEARCHING = frozenset(
    ("bindings", "nbind", "app-root-path", "app-root-dir", "require-dir", "requiredir")
)

_URL = re.compile(r"^(?:data|https?|blob):", re.IGNORECASE)
_UNPROVEN_KIND = {
    ReferenceKind.IMPORT: "import",
    ReferenceKind.DYNAMIC_IMPORT: "import",
    ReferenceKind.IMPORT_META_RESOLVE: "import",
}
_END_OF_EMBEDDED = re.compile(r"[\s\"'`;|&<>)]")

Found = (
    ModuleReference
    | ModulePattern
    | FileReference
    | WorkingDirectoryReference
    | Unproven
    | SyntaxProblem
)


@dataclass(slots=True)
class Record:
    """What has been found so far in one file."""

    source: Source
    is_module: bool = False
    _found: list[tuple[int, Found]] = field(default_factory=list)

    def __len__(self) -> int:
        """How much has been found."""
        return len(self._found)

    def findings(self) -> SourceReferences:
        """Everything in source order, without repetition."""
        found = list(dict.fromkeys(item for _, item in sorted(self._found, key=lambda f: f[0])))
        return SourceReferences(
            modules=tuple(f for f in found if isinstance(f, ModuleReference)),
            patterns=tuple(f for f in found if isinstance(f, ModulePattern)),
            files=tuple(f for f in found if isinstance(f, FileReference)),
            working_directory=tuple(f for f in found if isinstance(f, WorkingDirectoryReference)),
            unproven=tuple(f for f in found if isinstance(f, Unproven)),
            problems=tuple(f for f in found if isinstance(f, SyntaxProblem)),
            module_syntax=self.is_module,
        )

    def _add(self, node: Node, item: Found) -> None:
        self._found.append((node.start_byte, item))

    # ------------------------------------------------------------------ requests

    def request(
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
    ) -> None:
        """A module asked for by name."""
        if not specifier:
            return
        if specifier in _SEARCHING:
            self.unproven("path", node, guarded=guarded)
        self._add(
            node,
            ModuleReference(
                kind, specifier, line_of(node), guarded, optional, excluded, base, paths, located
            ),
        )

    def wanted(
        self,
        kind: ReferenceKind,
        require: v.Require | None,
        values: Values,
        node: Node,
        guarded: bool,
        *,
        optional: bool = False,
        excluded: bool = False,
        paths: tuple[str, ...] = (),
        located: bool = False,
    ) -> None:
        """A module asked for by a value."""
        if require is not None and require.users:
            return
        base = "" if require is None else require.base
        for value in values:
            if not isinstance(value, Text):
                self._unknown_request(kind, node, guarded or optional)
                continue
            if value.base is Base.ELSEWHERE or (excluded and value.constant is None):
                continue
            parts = _specifier_parts(value)
            if parts is None or (not value.embedded and not any(parts)) or value.embedded:
                self._unknown_request(kind, node, guarded or optional)
            elif len(parts) > 1:
                if _URL.match(parts[0]):
                    continue
                self._add(node, ModulePattern(kind, parts, line_of(node), guarded or optional))
            elif base is None and value.base is Base.NONE:
                # From a file that is not known: a package's name most likely means the same.
                if parts[0].startswith("."):
                    self._unknown_request(kind, node, guarded or optional)
                else:
                    self.request(
                        kind, parts[0], node, guarded=True, optional=optional,
                        excluded=excluded, paths=paths, located=located,
                    )  # fmt: skip
            else:
                anchored = value.base is Base.DIRECTORY
                # Of several paths that a variable may hold, some may lead nowhere.
                guessed = anchored and len(values) > 1
                self.request(
                    kind, parts[0], node, guarded=guarded or guessed, optional=optional,
                    excluded=excluded, base="" if anchored else base or "", paths=paths,
                    located=located,
                )  # fmt: skip

    def _unknown_request(self, kind: ReferenceKind, node: Node, guarded: bool) -> None:
        self.unproven(_UNPROVEN_KIND.get(kind, "require"), node, guarded=guarded)

    # ------------------------------------------------------------------ paths

    def is_plain(self, text: Text) -> bool:
        """Whether a path names nothing but this file, its directory or one around it."""
        parts = v.relative_parts(_unembedded(text))
        own = v.relative_parts(v.FILE)
        return parts is not None and len(parts) == 1 and (not v.names_below(parts) or parts == own)

    def path(self, use: UseKind, text: Text, node: Node, guarded: bool) -> None:
        """A path of the package goes where files are used."""
        parts = v.relative_parts(_unembedded(text))
        if parts is None:
            self.unproven("path", node, guarded=guarded)
            return
        if parts == v.relative_parts(v.ENTRY):  # it is packaged
            return
        if self.is_plain(text):
            # A message that names the file, or a command that runs in the directory: the
            # first needs nothing, the second cannot be told from it.
            if not (text.embedded and parts == v.relative_parts(v.FILE)):
                self.unproven("path", node, guarded=guarded)
            return
        if v.names_below(parts):
            self.reference(use, parts, node)
            return
        if any(parts) and not parts[0].startswith("..") and _tells(parts[-1]):
            self.reference(use, parts, node)
        self.unproven("path", node, guarded=guarded)

    def reference(self, use: UseKind, parts: tuple[str, ...], node: Node) -> None:
        """A path relative to this file."""
        self._add(node, FileReference(use, parts, line_of(node)))

    def run(self, use: UseKind, value: Value, node: Node, guarded: bool) -> None:
        """A script run as a worker or a process."""
        kind = use.value
        if not isinstance(value, Text):
            self.unproven(kind, node, guarded=guarded)
        elif value.base is Base.DIRECTORY:
            parts = v.relative_parts(value)
            if parts is None or not v.names_below(parts):
                self.unproven(kind, node, guarded=guarded)
            else:
                self.reference(use, parts, node)
        elif value.base is Base.ELSEWHERE:
            return
        elif value.constant is not None:
            if not _URL.match(value.constant):
                self._add(node, WorkingDirectoryReference(use, value.constant, line_of(node)))
        else:
            self.unproven(kind, node, guarded=guarded)

    # ------------------------------------------------------------------ the rest

    def unproven(self, kind: str, node: Node, guarded: bool) -> None:
        """Something that cannot be told from the source."""
        self._add(node, Unproven(kind, self.source.excerpt(node), line_of(node), guarded))

    def too_deep(self, position: int) -> None:
        """A word is nested deeper than Node itself could read."""
        before = self.source.data[:position]
        line = before.count(b"\n") + 1
        column = position - (before.rfind(b"\n") + 1) + 1
        self._found.append((position, SyntaxProblem("nested too deeply", line, column)))

    def too_intricate(self) -> None:
        """The file was given up: anything may be asked for."""
        self._found.append((0, SyntaxProblem("too intricate to be followed", 1, 1)))
        for kind in ("require", "import", "path"):
            self._found.append((0, Unproven(kind, "the whole file", 1)))

    def problems(self) -> None:
        """What could not be parsed."""
        for problem in self.source.problems():
            self._found.append((0, problem))


def _specifier_parts(text: Text) -> tuple[str, ...] | None:
    """The specifier, or its known parts; an absolute path becomes a relative specifier."""
    if text.base is not Base.DIRECTORY:
        return text.parts
    parts = v.relative_parts(text)
    if parts is None:
        return None
    head = parts[0]
    if not head.startswith("../") and head != "..":
        head = f"./{head}"
    return (head, *parts[1:])


def _unembedded(text: Text) -> Text:
    """The path alone, where it stands within a command or a message."""
    if not text.embedded:
        return text
    for index, part in enumerate(text.parts):
        end = _END_OF_EMBEDDED.search(part)
        if end is not None:
            return Text((*text.parts[:index], part[: end.start()]), text.base)
    return Text(text.parts, text.base)


def _tells(tail: str) -> bool:
    """Whether what a path ends with says which files are meant."""
    return tail.strip("/.") != ""
