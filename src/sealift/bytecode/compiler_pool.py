"""Compiles scripts in several Node processes at the same time, and keeps what they compile.

While Node compiles one script, Python reads the next one and changes the code cache of the last
one. Code caches do not depend on what else a process compiles, so it does not matter which one
compiles which script.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import deque
from collections.abc import Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from msgspec import Struct

from sealift.bytecode.class_ranges import pack_classes
from sealift.bytecode.compiled_scripts import CompiledScript, CompiledScripts
from sealift.bytecode.compiler_process import WITH_SOURCE, Compiled, Compiler, Problem
from sealift.bytecode.emulators import Emulator
from sealift.bytecode.normalise import normalise
from sealift.bytecode.pin_bytecode import pin_bytecode
from sealift.errors import FormatError
from sealift.formats.v8.code_cache import find_references
from sealift.host import cores
from sealift.model import NodeBinary, ProjectFile
from sealift.record import replace

FORMAT_UNKNOWN = "v8-format-unknown"

_COMPARED = 16
"""Bytes of a code cache that V8 compares: its version, the length of the source, the flags."""

_PROCESSES = 4
_BYTES_OF_PROCESS = 1 << 20
"""Source that justifies the start of one more process."""
_BYTES_OF_BATCH = 1 << 17
_SCRIPTS_OF_BATCH = 32
"""What one process compiles at a time: with less, threads would mostly wait for each other."""
_WAITING = 2
"""Batches for each process that are in memory at a time."""


class AskedScript(Struct, frozen=True):
    """A script to compile.

    Attributes:
        key: of its `CompiledScript`.
        kind: as it is compiled (`sealift.bytecode.compiler_process`).
        source: its text.
        name: of the file, for messages.
        path: of the file at run time, for a code cache that contains it.
        recorded: a code cache to keep in place of the compiled one.
    """

    key: str
    kind: int
    source: bytes
    name: str
    path: str
    recorded: bytes | None


class CompilerPool:
    """Provides compiled scripts; a process starts when the first script for it is missing.

    Args:
        node: runs on this host, or by ``emulator``.
        wrapper: text of the runtime's ``bytecode/wrapper.js``.
        work: existing, private, temporary directory.
        scripts: has what is compiled already, and gets the rest.
        emulator: what runs the Node of another machine.
        processes: the most that run at the same time.
    """

    def __init__(
        self,
        node: NodeBinary,
        wrapper: bytes,
        work: Path,
        scripts: CompiledScripts,
        emulator: Emulator | None,
        processes: int,
    ) -> None:
        self._arguments = node, wrapper, work, emulator
        self._scripts = scripts
        self._pool = ThreadPoolExecutor(processes, "compile")
        self._batch: list[AskedScript] = []
        self._bytes = 0  # of the batch
        self._waiting: deque[Future[None]] = deque()
        self._most = _WAITING * processes
        self._keys: set[str] = set()
        self._problems: dict[str, Problem] = {}
        self._idle: list[Compiler] = []
        self._started: list[Compiler] = []
        self._numbers = itertools.count()

    def __enter__(self) -> CompilerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        for compiler in self._started:
            compiler.close()

    def provide(self, script: AskedScript) -> None:
        """Compile a script, now or soon, unless it is compiled already.

        Raises:
            NodeError, FormatError, OSError: as `finish`, about an earlier script.
        """
        if script.key in self._keys or self._scripts.load(script.key) is not None:
            return
        self._keys.add(script.key)
        self._batch.append(script)
        self._bytes += len(script.source)
        if self._bytes >= _BYTES_OF_BATCH or len(self._batch) == _SCRIPTS_OF_BATCH:
            self._submit()

    def finish(self) -> dict[str, Problem]:
        """Wait for all scripts; return why V8 refuses those that do not compile, by their keys.

        Raises:
            NodeError: ``compiler-failed`` or ``compiler-stuck``.
            FormatError: ``v8-format-unknown``: the format of this Node's code caches.
            OSError: no directory of compiled scripts can be written.
        """
        if self._batch:
            self._submit()
        while self._waiting:
            self._waiting.popleft().result()
        return self._problems

    def _submit(self) -> None:
        """Have the batch compiled; wait for the first of many."""
        self._waiting.append(self._pool.submit(self._compile, self._batch))
        self._batch, self._bytes = [], 0
        if len(self._waiting) > self._most:
            self._waiting.popleft().result()

    def _compile(self, batch: Sequence[AskedScript]) -> None:
        try:
            compiler = self._idle.pop()
        except IndexError:
            compiler = self._start()
        for script in batch:
            compiled = compiler.compile(script.kind, script.source, script.name, script.path)
            made = compiled if isinstance(compiled, Problem) else _changed(compiled, script)
            if isinstance(made, Problem):
                self._problems[script.key] = made
            else:
                self._scripts.store(script.key, made)
        self._idle.append(compiler)

    def _start(self) -> Compiler:
        node, wrapper, work, emulator = self._arguments
        directory = work / f"compiler{next(self._numbers)}"
        directory.mkdir()
        compiler = Compiler(node, wrapper, directory, emulator)
        self._started.append(compiler)
        return compiler


def useful_processes(files: Collection[ProjectFile]) -> int:
    """Return how many processes compile some scripts best."""
    return min(_PROCESSES, cores(), 1 + sum(file.size for file in files) // _BYTES_OF_PROCESS)


def _changed(compiled: Compiled, script: AskedScript) -> CompiledScript | Problem:
    """Return a compiled script to keep; a problem if its code cache cannot be changed."""
    recorded = script.recorded
    if recorded is not None and recorded[:_COMPARED] == compiled.cache[:_COMPARED]:
        # What a run adds to a cache may be more than relocation knows.
        with contextlib.suppress(FormatError):
            return _independent(replace(compiled, cache=recorded), script)
    try:
        return _independent(compiled, script)
    except FormatError as error:
        if error.code == FORMAT_UNKNOWN:
            raise
        return Problem(error.message.rstrip("."))


def _independent(compiled: Compiled, script: AskedScript) -> CompiledScript:
    """Return a script whose cache does not depend on what else was compiled.

    Raises:
        FormatError: the cache's format is unknown.
    """
    cache, references = normalise(compiled.cache, find_references(compiled.cache))
    if not script.kind & WITH_SOURCE:
        cache, references = pin_bytecode(cache, references)
    lines = compiled.lines + pack_classes(cache, references, script.kind, script.source)
    return CompiledScript(replace(compiled, cache=cache, lines=lines), references)
