"""Compiles large scripts while the project is still being read.

A script of some megabytes takes V8 as long as the trace takes to scan it, and a second core has
nothing else to do. What is compiled depends on a script's text and on whether its source ships, so
it may be compiled in vain, but never wrongly: `sealift.bytecode.compile_scripts` takes what it asks
for by these. Small scripts wait, as the groups that they are kept in are known at the end only.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from sealift.errors import SealiftError
from sealift.host import cores, host_machine
from sealift.model import SilentObserver
from sealift.options import NodeOptions
from sealift.project import FoundScript
from sealift.record import replace
from sealift.stored_form import StoredForm
from sealift.target_build import TargetBuild
from sealift.tools.input_files import NotRegularError, open_regular

if TYPE_CHECKING:
    from sealift.bytecode import CompilerPool
    from sealift.model import NodeBinary

_LARGE = 1 << 17
"""Bytes; what is larger is kept by itself (`sealift.bytecode.compiler_pool`)."""
_LARGEST = 64 << 20
"""Bytes of a script that is not held in memory beside what reading needs."""


class CompileAhead:
    """A context manager; the compiler ends with it.

    Args:
        builds: the targets; nothing is compiled ahead unless the binary of the first is there.
        stored: how files are stored.
        options: where Node comes from; nothing is downloaded.
        work: the build's private, temporary directory.
    """

    def __init__(
        self, builds: Sequence[TargetBuild], stored: StoredForm, options: NodeOptions, work: Path
    ) -> None:
        self._builds = builds
        self._stored = stored
        self._options = options
        self._work = work
        self._seen: set[Path] = set()
        self._thread = ThreadPoolExecutor(1, "compile ahead")
        self._lock = threading.Lock()
        self._pool: CompilerPool | None = None
        # What a start records is known after reading; with one core there is nothing to win.
        self._is_over = stored.start is not None or cores() < 2

    def __enter__(self) -> CompileAhead:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._is_over = True
        self._thread.shutdown(cancel_futures=True)
        if self._pool is not None:
            self._pool.__exit__(kind, error, trace)

    def found(self, script: FoundScript) -> None:
        """Compile a script soon, if it is large and was not compiled before."""
        is_of_form = self._stored.code.ships_bytecode or not script.is_module
        if self._is_over or not is_of_form or not _LARGE < script.size <= _LARGEST:
            return
        if script.path not in self._seen:
            self._seen.add(script.path)
            self._thread.submit(self._compile, script)

    def pool(self, node: NodeBinary) -> CompilerPool | None:
        """Return the pool that compiles with ``node``, if there is one; nothing else is added."""
        with self._lock:
            self._is_over = True
            is_right = self._pool is not None and self._pool.node.sha256 == node.sha256
            return self._pool if is_right else None

    # ------------------------------------------------------------------ the thread

    def _compile(self, script: FoundScript) -> None:
        """Compile a script; what fails here fails again when it is packed, or does not matter."""
        try:
            with self._lock:
                if self._is_over:
                    return
                if (pool := self._pool or self._open()) is None:
                    self._is_over = True
                    return
                self._pool = pool
                self._provide(pool, script)
            pool.wait()  # scripts that wait would be held in memory
        except (SealiftError, OSError, NotRegularError):
            self._is_over = True

    def _open(self) -> CompilerPool | None:
        """Return a pool of the Node that compiles for the first target."""
        # Imported here: builds without large scripts that are new do not compile ahead.
        from sealift import runtime
        from sealift.bytecode import CompilerPool, embeds_path, runs_bytecode
        from sealift.cache import Store, cache_root, places
        from sealift.nodes import obtain_compiler

        binaries = [one.release.binary for one in self._builds if one.release.binary is not None]
        if not binaries or embeds_path(binaries[0]):
            return None
        if self._stored.code.ships_bytecode and not runs_bytecode(binaries[0]):
            return None
        options = replace(self._options, offline=True, compile=False)
        observer = SilentObserver()
        node = obtain_compiler(binaries[0], host_machine(), binaries, options, observer)
        work = self._work / "ahead"
        work.mkdir()
        cache = Store(cache_root(options.cache)).directory(places.BYTECODE)
        # One process, as reading uses the other cores.
        return CompilerPool(node, runtime.bytecode_wrapper(), cache, work, None, 1)

    def _provide(self, pool: CompilerPool, script: FoundScript) -> None:
        from sealift.bytecode import asked_script

        public = script.public or not self._stored.code.ships_bytecode
        with open_regular(script.path) as stream:
            source = stream.readall()
        if len(source) == script.size:
            name = str(script.path)
            pool.provide(asked_script(source, name, is_module=script.is_module, public=public))
