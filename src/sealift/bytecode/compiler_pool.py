"""Compiles scripts in several Node processes at the same time, and keeps what they compile.

While Node compiles some scripts, Python reads the next ones and changes the code caches of the last
ones. Code caches do not depend on what else a process compiles, so it does not matter which one
compiles which script.

Small scripts are compiled and kept in groups. Their keys decide where one ends, so that a script
that is changed, added or removed changes one group.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections import deque
from collections.abc import Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from sealift.bytecode.class_ranges import pack_classes
from sealift.bytecode.compiled_scripts import CompiledScript, CompiledScripts, Group, script_key
from sealift.bytecode.compiler_process import (
    COMMONJS,
    MODULE,
    WITH_SOURCE,
    Compiled,
    Compiler,
    Problem,
    Script,
    compile_script,
)
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
BYTES_OF_GROUP = 1 << 17
"""Source of a group at most; larger scripts are groups of their own."""
_SCRIPTS_OF_GROUP = 64
_ENDING = "08"
"""A key whose last two digits are below this ends a group: one in 32."""
_WAITING = 2
"""Groups for each process that are in memory at a time."""


class AskedScript(Script, frozen=True):
    """A script to compile.

    Attributes:
        key: of its `CompiledScript`.
        recorded: a code cache to keep in place of the compiled one.
    """

    key: str = ""
    recorded: bytes | None = None


def asked_script(source: bytes, name: str, *, is_module: bool, public: bool) -> AskedScript:
    """Return the question about a script for a Node whose code caches contain no path.

    ``public``: its source ships.
    """
    kind = (MODULE if is_module else COMMONJS) | (WITH_SOURCE if public else 0)
    return AskedScript(kind, source, name, key=script_key(kind, source))


class CompilerPool:
    """Provides compiled scripts; a process starts when the first script for it is missing.

    Args:
        node: runs on this host, or by ``emulator``.
        wrapper: text of the runtime's ``bytecode/wrapper.js``.
        cache: directory of compiled scripts.
        work: existing, private, temporary directory.
        emulator: what runs the Node of another machine.
        processes: the most that run at the same time.

    Attributes:
        node: as above.
        scripts: what was compiled already, and the rest.
    """

    def __init__(
        self,
        node: NodeBinary,
        wrapper: bytes,
        cache: Path,
        work: Path,
        emulator: Emulator | None,
        processes: int,
    ) -> None:
        self._arguments = node, wrapper, work, emulator
        self.node = node
        directories = cache, work / "scripts"
        self.scripts = CompiledScripts(directories, node.sha256, compile_script() + wrapper)
        self._pool = ThreadPoolExecutor(_PROCESSES, "compile")
        self._processes = processes
        self._free = threading.Semaphore(processes)
        self._group: list[AskedScript] = []
        self._bytes = 0  # of the group
        self._waiting: deque[Future[None]] = deque()
        self._latest: Future[None] | None = None
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

    def allow(self, processes: int) -> None:
        """Let so many processes run at the same time, if it is more than before."""
        for _ in range(self._processes, processes):
            self._processes += 1
            self._free.release()

    def provide(self, script: AskedScript) -> None:
        """Compile a script, now or soon, unless it is compiled already.

        Raises:
            NodeError, FormatError, OSError: as `finish`, about an earlier script.
        """
        size = len(script.source)
        if self._bytes + size > BYTES_OF_GROUP:
            self._end_group()  # also before one that is known: groups depend on the order alone
        if script.key in self._keys:
            return
        self._keys.add(script.key)
        self._group.append(script)
        self._bytes += size
        is_full = len(self._group) == _SCRIPTS_OF_GROUP or self._bytes > BYTES_OF_GROUP
        if is_full or script.key[-2:] < _ENDING:
            self._end_group()

    def finish(self) -> dict[str, Problem]:
        """Wait for all scripts; return why V8 refuses those that do not compile, by their keys.

        Raises:
            NodeError: ``compiler-failed`` or ``compiler-stuck``.
            FormatError: ``v8-format-unknown``: the format of this Node's code caches.
            OSError: no directory of compiled scripts can be written.
        """
        self._end_group()
        while self._waiting:
            self._waiting.popleft().result()
        return self._problems

    def wait(self) -> None:
        """Wait for the scripts that were provided last; raise as `finish`.

        Another thread may provide scripts at the same time.
        """
        if (latest := self._latest) is not None:
            latest.result()

    def _end_group(self) -> None:
        """Have what is missing of the group compiled; wait for the first of many."""
        group, self._group, self._bytes = self._group, [], 0
        if not group:
            return
        kept = self.scripts.load_group([script.key for script in group])
        if all(script.key in kept for script in group):
            return
        self._latest = self._pool.submit(self._compile, group, kept)
        self._waiting.append(self._latest)
        if len(self._waiting) > _WAITING * self._processes:
            self._waiting.popleft().result()

    def _compile(self, group: Sequence[AskedScript], kept: Group) -> None:
        with self._free:
            self._compile_missing(group, kept)

    def _compile_missing(self, group: Sequence[AskedScript], kept: Group) -> None:
        try:
            compiler = self._idle.pop()
        except IndexError:
            compiler = self._start()
        missing = [script for script in group if script.key not in kept]
        scripts = dict(kept)
        for script, compiled in zip(missing, compiler.compile_all(missing), strict=True):
            made = compiled if isinstance(compiled, Problem) else _changed(compiled, script)
            if isinstance(made, Problem):
                self._problems[script.key] = made
            else:
                scripts[script.key] = made
        if len(scripts) > len(kept):
            self.scripts.store_group([script.key for script in group], scripts)
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
