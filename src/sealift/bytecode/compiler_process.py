"""The compiler: a Node for the host, running ``js/compile.js``, whose head has the protocol."""

from __future__ import annotations

import contextlib
import json
import os
import re
import struct
import subprocess
import threading
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import IO

from sealift.bytecode.emulators import Emulator
from sealift.errors import NodeError
from sealift.model import NodeBinary

COMMONJS, MODULE = 1, 2
"""Kinds of sources; the numbers are those of the protocol and of ``sealift/bytecode-index``."""

WITH_SOURCE = 4
"""Added to the kind of a source that ships too: V8 compiles its functions when they are called."""

# Fixed seeds: a cache holds the hashes of its strings. Internals: the places of syntax errors in
# modules and Node's lexer of CommonJS names are nowhere else.
_ARGUMENTS = (
    "--hash-seed=1",
    "--random-seed=1",
    "--experimental-vm-modules",
    "--expose-internals",
    "--no-warnings",
)
_QUESTION = struct.Struct("<B2I")
_ANSWER = struct.Struct("<BI")
_LENGTHS = struct.Struct("<2I")
_PROBLEM = 1
# Of the environment, only what a process needs to start and to write temporary files: NODE_OPTIONS
# and the like would change the flags.
_KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")
_SHOWN = 400
_SCRIPT = "compile.js"
_SCRIPTS = (_SCRIPT, "imports.js")
_TAKES_DETAILS = 12  # V8's first major release that does
_TELLING = re.compile(r"FATAL ERROR|^# Fatal|^\w*Error\b")  # lines of what a dying Node prints

PATIENCE = 300.0
"""Seconds for one source: the largest take some 10, and emulators are ten times slower."""


def compile_script() -> bytes:
    """Give the text of all scripts that the compiler runs, but the runtime's own."""
    return b"".join(map(_script, _SCRIPTS))


def _script(name: str) -> bytes:
    return (files(__package__) / "js" / name).read_bytes()


def embeds_path(node: NodeBinary) -> bool:
    """Tell whether code caches hold what others take from the script that they are given for.

    So it is in Node 20: they hold the script's path, and `import()` has to be replaced in them
    (``bytecode/wrapper.js``).
    """
    return int(node.facts.v8_version.partition(".")[0] or _TAKES_DETAILS) < _TAKES_DETAILS


@dataclass(frozen=True, slots=True)
class Problem:
    """What V8 has against a source; ``line`` and ``column`` are 1-based, 0 if it does not say."""

    message: str
    line: int = 0
    column: int = 0
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a source became.

    Attributes:
        cache: V8's code cache.
        lines: where its lines end, as ``packLines`` of ``bytecode/wrapper.js`` gives it; in a
            `Unit`, also where its classes are (`sealift.bytecode.class_ranges`).
        names: of a CommonJS module, JSON of the names that Node lets others import, or empty.
    """

    cache: bytes
    lines: bytes
    names: bytes


class Compiler:
    """A Node that compiles one source after the other; a context manager.

    If it dies of a source, that is said of the source, and the next has a new one.
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
            node: a binary that this machine can run.
            wrapper: text of the runtime's ``bytecode/wrapper.js``.
            directory: an existing, private directory, to put scripts in.
            emulator: what runs it, if this machine cannot by itself.
            patience: seconds that one source may take.

        Raises:
            NodeError: ``compiler-failed``: it cannot be run.
        """
        self._node = node
        self._directory = directory
        self._emulator = emulator or Emulator("", ())
        self._patience = patience
        for name in _SCRIPTS:
            (directory / name).write_bytes(_script(name))
        (directory / "wrapper.js").write_bytes(wrapper)
        self._process = self._start()

    def compile(
        self, kind: int, source: bytes, name: str = "a script", path: str = ""
    ) -> Compiled | Problem:
        """Compile a source, or tell why V8 refuses it.

        Args:
            kind: `COMMONJS` or `MODULE`, and `WITH_SOURCE`.
            source: the file's content.
            name: of the file, for messages.
            path: of the file where it runs, for the code cache if it `embeds_path`.

        Raises:
            NodeError: ``compiler-failed``: Node does not work on this machine.
                ``compiler-stuck``: there is no answer.
        """
        try:
            return self._compile(kind, source, name, path)
        except _EndedError as end:
            # Is it the source, or does this Node compile nothing at all?
            reason = str(end)
        self.close()
        try:
            self._process = self._start()
            self._compile(COMMONJS, b"", "an empty script", "")
        except _EndedError as end:
            raise self._failed(str(end)) from end
        return Problem(f"Node {self._node.version} does not survive it: {reason}")

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            self._input.close()
        self._process.kill()
        self._process.wait()
        self._output.close()

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
    def _input(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _output(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def _complaints(self) -> Path:
        return self._directory / "compile.log"

    def _start(self) -> subprocess.Popen[bytes]:
        emulator = self._emulator
        kept = (*_KEPT, *emulator.kept)
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        folders = dict.fromkeys(str(library.path.parent) for library in self._node.libraries)
        if folders:  # on a musl host: they are not where the binary itself looks for them
            environment["LD_LIBRARY_PATH"] = os.pathsep.join(folders)
        try:
            with self._complaints.open("wb") as log:
                return subprocess.Popen(
                    # By its name: an emulator may give directories other ones.
                    [*emulator.command, self._node.path, *_ARGUMENTS, _SCRIPT],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    cwd=self._directory,
                    env=environment | dict(emulator.environment),
                )
        except OSError as error:
            raise self._failed(f"it cannot be started: {error.strerror or error}") from error

    def _compile(self, kind: int, source: bytes, name: str, path: str) -> Compiled | Problem:
        """Ask the process; _EndedError if it has died."""
        process, overdue = self._process, threading.Event()

        def give_up() -> None:
            overdue.set()
            process.kill()

        watch = threading.Timer(self._patience, give_up)
        watch.start()
        try:
            with contextlib.suppress(OSError):  # then there is no answer either
                told = path.encode(errors="replace")
                self._input.write(_QUESTION.pack(kind, len(told), len(source)) + told)
                self._input.write(source)
                self._input.flush()
            status, payload = self._answer()
        except _EndedError as end:
            if overdue.is_set():
                raise self._stuck(name) from end
            raise
        finally:
            watch.cancel()
        if status == _PROBLEM:
            return Problem(**json.loads(payload))
        lines = _LENGTHS.size + _LENGTHS.unpack_from(payload)[0]
        names = lines + _LENGTHS.unpack_from(payload)[1]
        return Compiled(payload[_LENGTHS.size : lines], payload[lines:names], payload[names:])

    def _answer(self) -> tuple[int, bytes]:
        head = self._output.read(_ANSWER.size)
        if len(head) == _ANSWER.size:
            status, length = _ANSWER.unpack(head)
            payload = self._output.read(length)
            if len(payload) == length:
                return status, payload
        code = self._process.wait()
        how = f"it was ended by signal {-code}" if code < 0 else f"it ended with exit code {code}"
        text = self._complaints.read_bytes().decode(errors="replace")
        said = next((line.strip() for line in text.splitlines() if _TELLING.search(line)), "")
        said = said or text[-_SHOWN:].strip()
        raise _EndedError(how + (f": {said[:_SHOWN]}" if said else ""))

    def _stuck(self, name: str) -> NodeError:
        minutes = self._patience / 60
        by = f", run by {self._emulator.name}," if self._emulator.command else ""
        return NodeError(
            "compiler-stuck",
            f"Node {self._node.version} ({self._node.origin}){by} has not compiled {name} within"
            f" {minutes:g} minutes.",
            "Leave the file out with pkg.ignore, name another Node with --node-binary TARGET=PATH,"
            " or pass --sea to ship JavaScript as plain source.",
        )

    def _failed(self, reason: str) -> NodeError:
        return NodeError(
            "compiler-failed",
            f"Node {self._node.version} ({self._node.origin}) cannot compile on this machine: "
            f"{reason}.",
            "Name one that can run here with --node-binary TARGET=PATH, or pass --sea to ship "
            "JavaScript as plain source.",
        )


class _EndedError(Exception):
    """The process has died; the message says how."""
