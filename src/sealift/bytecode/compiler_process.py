"""The compiler: a Node that runs ``js/compile.js``, which describes the protocol in its head."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from msgspec import Struct

from sealift.bytecode import messages
from sealift.bytecode.emulators import Emulator
from sealift.errors import NodeError
from sealift.model import NodeBinary
from sealift.tools.node_process import EndedError, NodeProcess
from sealift.tools.subprocesses import minimal_environment

COMMONJS, MODULE = 1, 2
"""Kinds of scripts; the numbers are those of the protocol and of ``sealift/bytecode-index``."""

WITH_SOURCE = 4
"""Added to the kind of a script whose source ships: V8 compiles its functions when called."""

# Seeds are fixed because a cache contains the hashes of its strings. Only Node's internals give the
# places of syntax errors in modules, and the lexer of CommonJS names.
_ARGUMENTS = (
    "--hash-seed=1",
    "--random-seed=1",
    "--experimental-vm-modules",
    "--expose-internals",
    "--no-warnings",
)
_ASKED = struct.Struct("<B2I")
_ANSWERED = struct.Struct("<BI")
_LENGTHS = struct.Struct("<2I")
_PROBLEM = 1
_MESSAGE_LENGTH = 400
_SCRIPT = "compile.js"
_SCRIPTS = (_SCRIPT, "imports.js")
_CRASH_LINE = re.compile(r"FATAL ERROR|^# Fatal|^\w*Error\b")  # in the output of a Node that dies

PATIENCE = 300.0
"""Seconds for one script: the largest take some 10, and emulators are ten times slower."""


def compile_script() -> bytes:
    """Return the text of all scripts that the compiler runs, except the runtime's own."""
    return b"".join(map(_script, _SCRIPTS))


def _script(name: str) -> bytes:
    return (Path(__file__).with_name("js") / name).read_bytes()


class Script(Struct, frozen=True):
    """A script to compile.

    Attributes:
        kind: `COMMONJS` or `MODULE`, with or without `WITH_SOURCE`.
        source: the file's content.
        name: of the file, for messages.
        path: of the file at run time, for a code cache that contains it
            (`sealift.bytecode.target_support.embeds_path`).
    """

    kind: int
    source: bytes
    name: str = "a script"
    path: str = ""


class Problem(Struct, frozen=True):
    """Why V8 does not compile a script; ``line`` and ``column`` are 1-based, 0 if unknown."""

    message: str
    line: int = 0
    column: int = 0
    excerpt: str = ""


class Compiled(Struct, frozen=True):
    """A compiled script.

    Attributes:
        cache: V8's code cache.
        lines: where the lines of the source end, as ``packLines`` of ``bytecode/wrapper.js``
            returns it; in a `CompiledScript`, also where its classes are
            (`sealift.bytecode.class_ranges`).
        names: of a CommonJS module, JSON of the names that ES modules can import, or empty.
    """

    cache: bytes
    lines: bytes
    names: bytes


class Compiler:
    """A Node process that compiles one script after the other; a context manager.

    If a script crashes the process, that is the script's `Problem`, and a new process starts.
    """

    def __init__(
        self,
        node: NodeBinary,
        wrapper: bytes,
        directory: Path,
        emulator: Emulator | None = None,
        patience: float = PATIENCE,
    ) -> None:
        """Start ``node``.

        Args:
            node: a binary that runs on this host.
            wrapper: text of the runtime's ``bytecode/wrapper.js``.
            directory: an existing, private directory for the scripts that Node runs.
            emulator: what runs the binary, if the host does not.
            patience: seconds that one script may take.

        Raises:
            NodeError: ``compiler-failed``: it cannot be started.
        """
        self._node = node
        self._directory = directory
        self._emulator = emulator or Emulator("", ())
        self._patience = patience
        for name in _SCRIPTS:
            (directory / name).write_bytes(_script(name))
        (directory / "wrapper.js").write_bytes(wrapper)
        self._process = self._start()

    def compile(self, script: Script) -> Compiled | Problem:
        """Compile a script, or return why V8 refuses it.

        Raises:
            NodeError: ``compiler-failed``: Node does not work on this host.
                ``compiler-stuck``: there is no answer.
        """
        try:
            return self._compile([script])[0]
        except EndedError as end:
            if end.overdue:
                raise self._stuck(script.name) from end
            # Below, an empty script shows whether this Node compiles anything at all.
            reason = self._reason(end)
        self.close()
        try:
            self._process = self._start()
            self._compile([Script(COMMONJS, b"")])
        except EndedError as end:
            if end.overdue:
                raise self._stuck("an empty script") from end
            raise self._failed(self._reason(end)) from end
        return Problem(f"Node {self._node.version} crashes: {reason}")

    def compile_all(self, scripts: Sequence[Script]) -> list[Compiled | Problem]:
        """Compile scripts as `compile` does, small ones in less time.

        Raises:
            NodeError: as `compile`.
        """
        if len(scripts) > 1:
            try:
                return self._compile(scripts)
            except EndedError:  # one of them has ended the process
                self.close()
                self._process = self._start()
        return [self.compile(script) for script in scripts]

    def close(self) -> None:
        """End the process."""
        self._process.close()

    def __enter__(self) -> Compiler:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def _log(self) -> Path:
        return self._directory / "compile.log"

    def _start(self) -> NodeProcess:
        emulator = self._emulator
        environment = minimal_environment(self._node, emulator.kept)
        try:
            with self._log.open("wb") as log:
                return NodeProcess(
                    # A relative name, as an emulator may map directories to other paths.
                    [*emulator.command, self._node.path, *_ARGUMENTS, _SCRIPT],
                    environment | dict(emulator.environment),
                    directory=self._directory,
                    errors=log,
                )
        except OSError as error:
            raise self._failed(f"it cannot be started: {error.strerror or error}") from error

    def _compile(self, scripts: Sequence[Script]) -> list[Compiled | Problem]:
        """Send scripts to the process; raise EndedError if the process has died."""
        question: list[bytes] = []
        for script in scripts:
            path = script.path.encode(errors="replace")
            head = _ASKED.pack(script.kind, len(path), len(script.source))
            question += (head, path, script.source)
        _, answers = self._process.ask(0, b"", question, self._patience)
        rest = memoryview(answers)
        compiled = []
        for _ in scripts:
            status, length = _ANSWERED.unpack_from(rest)
            end = _ANSWERED.size + length
            compiled.append(_answer(status, rest[_ANSWERED.size : end]))
            rest = rest[end:]
        return compiled

    def _reason(self, end: EndedError) -> str:
        """Return how the process has ended, with what it said at last."""
        log = self._log.read_bytes().decode(errors="replace")
        reason = next((line.strip() for line in log.splitlines() if _CRASH_LINE.search(line)), "")
        reason = reason or log[-_MESSAGE_LENGTH:].strip()
        return str(end) + (f": {reason[:_MESSAGE_LENGTH]}" if reason else "")

    def _stuck(self, name: str) -> NodeError:
        return messages.COMPILER_STUCK.error(
            version=self._node.version,
            origin=self._node.origin,
            by=f", run by {self._emulator.name}," if self._emulator.command else "",
            file=name,
            minutes=f"{self._patience / 60:g}",
        )

    def _failed(self, reason: str) -> NodeError:
        return messages.COMPILER_FAILED.error(
            version=self._node.version, origin=self._node.origin, reason=reason
        )


def _answer(status: int, payload: memoryview) -> Compiled | Problem:
    if status == _PROBLEM:
        return Problem(**json.loads(bytes(payload)))
    lines = _LENGTHS.size + _LENGTHS.unpack_from(payload)[0]
    names = lines + _LENGTHS.unpack_from(payload)[1]
    parts = payload[_LENGTHS.size : lines], payload[lines:names], payload[names:]
    return Compiled(*map(bytes, parts))
