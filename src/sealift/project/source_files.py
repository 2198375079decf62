"""The contents of the project's files: each is opened and scanned once in a build."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from sealift.errors import NodeError
from sealift.findings import Excerpt
from sealift.project.filesystem import FileSystem
from sealift.project.references import SourceReferences, SyntaxProblem
from sealift.project.roles import (
    LARGE_SCRIPT,
    SCRIPT_EXTENSIONS,
    TYPESCRIPT_EXTENSIONS,
    extension_of,
    may_have_module_syntax,
)
from sealift.project.scan_cache import Result, ScanCache
from sealift.project.scanning import (
    IS_DATA,
    find_texts,
    is_data,
    read_references,
    references_question,
    texts_question,
)
from sealift.project.settings import Edit
from sealift.project.typescript import TypeScriptError, TypeStripper, is_typescript
from sealift.tools.input_files import open_regular

_HEAD = 4096
_CODE = (*SCRIPT_EXTENSIONS, *TYPESCRIPT_EXTENSIONS)

_MOUNT = re.compile(rb"\bpkg\s*(?:\?\.|\.)\s*mount\s*(?:\?\.\s*)?\(")
_MOUNTS = re.compile(rb"mount\s*(?:\?\.\s*)?\(")
"""The end of that, which is found many times faster."""
NAMES_MAP = b"sourceMappingURL="
"""Precedes the URL of a script's source map."""
_TURN_ON_MAPS = (b"setSourceMaps", b"source-map-support", b"--enable-source-maps")

MAX_SCRIPT = 512 << 20
"""Bytes of one script; V8 loads none that is larger (``String::kMaxLength``)."""


class TooLargeError(Exception):
    """A script is larger than `MAX_SCRIPT`."""


class SourceFile(Struct, frozen=True, array_like=True):
    """One file as it was opened.

    Attributes:
        size, mtime_ns, mode: as ``fstat`` gave them; ``mode`` holds permission bits only.
            For TypeScript, ``size`` and ``mtime_ns`` are those of ``javascript``.
        is_script: it was opened as a script, and is not binary.
        maybe_module: it may have module syntax. Determined for large scripts only, else True.
        javascript: for TypeScript, the file that holds its JavaScript; for a file whose text is
            changed, the one that holds the new text.
        is_data: it is a script that only holds data.
        names_map: it is a script that seems to name its source map.
        turns_on_maps: it is a script that seems to turn on source maps.
        mount_line: it is a script that mounts directories (``process.pkg.mount``), in this line; 0
            if it does not.
        unmatched: texts that the settings replace and that the file does not contain.
    """

    size: int
    mtime_ns: int
    mode: int
    is_script: bool
    maybe_module: bool
    javascript: Path | None = None
    is_data: bool = False
    names_map: bool = False
    turns_on_maps: bool = False
    mount_line: int = 0
    unmatched: tuple[str, ...] = ()


class SourceFiles:
    """The files opened so far, and what the scanner found in the scripts among them.

    Args:
        filesystem: the view of the host.
        stripper: turns TypeScript into JavaScript; without one, TypeScript is scanned as it is.
        transform: compile TypeScript that becomes code, such as enums.
        work: private directory for files whose text is changed; without one, none is changed.
        scans: what earlier builds have found; without one, each script is scanned.

    Attributes:
        filesystem: the view of the host.
        stripped: the stripper was used.
        opened: each file, by its path and whether it was opened as a script.
        asked_references: of each script ``module`` and ``of_app``, and the answer.
        asked_texts: the answers of `function_texts`, by path and ``own``.
    """

    __slots__ = (
        *("asked_references", "asked_texts", "filesystem", "opened", "stripped"),
        *("_digest", "_latest", "_scans", "_stripper", "_transform", "_work"),
    )

    def __init__(
        self,
        filesystem: FileSystem,
        stripper: TypeStripper | None = None,
        *,
        transform: bool = False,
        work: Path | None = None,
        scans: ScanCache | None = None,
    ) -> None:
        self.filesystem = filesystem
        self._work = work
        self._scans = scans
        self._stripper = stripper
        self._transform = transform
        self.stripped = False
        self.opened: dict[tuple[str, bool], SourceFile] = {}
        self.asked_references: dict[str, tuple[bool | None, bool, SourceReferences]] = {}
        self.asked_texts: dict[tuple[str, bool], tuple[Excerpt, ...]] = {}
        self._latest = ("", b"")  # the script that was opened last is scanned next
        self._digest = b""  # of that script, or empty

    def open(self, path: str, *, script: bool, edits: tuple[Edit, ...] = ()) -> SourceFile:
        """Open the file at ``path``, and read it if it is a ``script``.

        ``edits``: changes of its text that the settings request; it is read as they leave it.

        Raise OSError if it cannot be read, NotRegularError if it is not a regular file,
        TooLargeError if it is too large for a script, TypeScriptError if Node refuses its
        TypeScript, and NodeError if there is no Node to ask.
        """
        known = self.opened.get((path, script))
        if known is None:
            is_open = False
            try:
                known = self._open(path, script=script, edits=edits)
                is_open = True
            finally:
                if not is_open:
                    self.filesystem.read_wholly.add(path)  # why is not recorded
            self.opened[path, script] = known
        return known

    def references(self, path: str, *, module: bool | None, of_app: bool) -> SourceReferences:
        """Return what the script at ``path`` refers to.

        Raise OSError if it has to be read again and cannot be.

        Args:
            path: of a script that `open` has returned.
            module: whether it is an ES module; None if its syntax decides.
            of_app: it belongs to the project itself. Then syntax errors in parts without
                references are reported too, and paths from the working directory.
        """
        known = self.asked_references.get(path)
        if known is None:
            source = self._source(path)
            # V8 has checked the JavaScript of TypeScript.
            checked = self.opened[path, True].javascript is not None and is_typescript(path)
            answer = self._ask(
                references_question(module=module, of_app=of_app, checked=checked),
                SourceReferences,
                lambda: read_references(source, module=module, of_app=of_app, checked=checked),
            )
            known = self.asked_references[path] = module, of_app, answer
        return known[2]

    def function_texts(self, path: str, *, own: bool) -> tuple[Excerpt, ...]:
        """Return where the script at ``path`` uses the text of functions that it is called with.

        ``own``: also the text of its own functions. Raise OSError like `references`.
        """
        known = self.asked_texts.get((path, own))
        if known is None:
            source = self._source(path)
            known = self.asked_texts[path, own] = self._ask(
                texts_question(own=own), tuple[Excerpt, ...], lambda: find_texts(source, own=own)
            )
        return known

    def _ask(self, question: str, kind: type[Result], scan: Callable[[], Result]) -> Result:
        """Return what ``scan`` finds in the latest script, or what an earlier build has found."""
        if self._scans is None:
            return scan()
        self._digest = self._digest or hashlib.sha256(self._latest[1]).digest()
        return self._scans.result(self._digest, question, kind, scan)

    def _keep(self, path: str, source: bytes) -> None:
        self._latest, self._digest = (path, source), b""

    def _source(self, path: str) -> bytes:
        latest, source = self._latest
        if latest != path:
            javascript = self.opened[path, True].javascript
            with (
                open_regular(javascript)
                if javascript
                else self.filesystem.open_real(path, recorded=True) as stream
            ):
                source = stream.readall()
            self._keep(path, source)
        return source

    def refusal(self, path: str) -> SyntaxProblem | None:
        """Return why V8 refuses the script at ``path``; None if it does not, or nobody can say.

        Raise OSError if the script cannot be read.
        """
        self.filesystem.read_wholly.add(path)
        if self._stripper is None:
            return None
        self.stripped = True
        try:
            self._stripper.check(self._source(path), path)
        except TypeScriptError as error:
            return SyntaxProblem(str(error), error.line, error.column)
        except NodeError:
            self.filesystem.doubt(path)  # another build may have a Node
            return None
        return None

    def _open(self, path: str, *, script: bool, edits: tuple[Edit, ...]) -> SourceFile:
        edited, unmatched = self._edited(path, edits) if edits else (None, ())
        with (
            open_regular(edited)
            if edited
            else self.filesystem.open_real(path, recorded=True) as stream
        ):
            status = os.fstat(stream.fileno())
            maybe_module = True
            javascript = edited
            holds_data = names_map = turns_on_maps = False
            mount_line = 0
            if script:
                head = stream.read(_HEAD)
                # Loaded as a module, but binary: not JavaScript.
                script = b"\0" not in head or extension_of(path) in _CODE
            if script:
                if status.st_size > MAX_SCRIPT:
                    raise TooLargeError
                source = head if len(head) == status.st_size else head + stream.readall()
                if self._stripper is not None and is_typescript(path):
                    source, javascript = self._strip(self._stripper, source, path)
                self._keep(path, source)
                holds_data = self._ask(IS_DATA, bool, lambda: is_data(source))
                names_map = NAMES_MAP in source
                turns_on_maps = any(name in source for name in _TURN_ON_MAPS)
                mount_line = _mount_line(source)
                if status.st_size > LARGE_SCRIPT:
                    maybe_module = may_have_module_syntax(source)
        mode = stat.S_IMODE((os.stat(path) if edited else status).st_mode)
        if javascript is not None:
            status = javascript.stat()
        return SourceFile(
            status.st_size,
            status.st_mtime_ns,
            mode,
            script,
            maybe_module,
            javascript,
            holds_data,
            names_map,
            turns_on_maps,
            mount_line,
            unmatched,
        )

    def _strip(self, stripper: TypeStripper, source: bytes, path: str) -> tuple[bytes, Path]:
        """Return the JavaScript of a TypeScript file, and the file that holds it."""
        self.stripped = True
        try:
            stripped = stripper.strip(source, path, transform=self._transform)
        except NodeError:
            self.filesystem.doubt(path)  # another build may have a Node
            raise
        return stripped.text, stripped.path

    def _edited(self, path: str, edits: tuple[Edit, ...]) -> tuple[Path | None, tuple[str, ...]]:
        """Return the private file with the changed text of a file, and the unmatched texts."""
        if self._work is None:
            return None, ()
        with self.filesystem.open_real(path) as stream:
            if os.fstat(stream.fileno()).st_size > MAX_SCRIPT:
                raise TooLargeError
            body = stream.readall().decode("utf-8", "surrogateescape")
        unmatched = []
        for edit in edits:
            if edit.find and edit.find not in body:
                unmatched.append(edit.find)
            body = edit.apply(body)
        directory = self._work / "patched"
        directory.mkdir(exist_ok=True)
        edited = directory / str(len(self.opened))
        edited.write_bytes(body.encode("utf-8", "surrogateescape"))
        return edited, tuple(unmatched)


def _mount_line(source: bytes) -> int:
    """Return the first line that mounts a directory, or 0."""
    found = _MOUNT.search(source) if _MOUNTS.search(source) else None
    return 0 if found is None else source.count(b"\n", 0, found.start()) + 1
