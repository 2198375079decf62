"""Other processes scan scripts while this one traces the project.

The trace visits scripts one after the other, in an order that matters. What is found in a script
depends on its content alone, and takes longer than all else. So while the trace takes scripts from
the front of its queue, other processes scan those that were found last (`scan_process`).

Their results are added to the `ScanCache` under the digest of what they have read: they count for
the same content only, so it does not matter which process scans which script. Whatever happens to
a process costs only time: what it has not scanned is scanned here.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import msgspec

from sealift.host import cores
from sealift.project.needs import Need
from sealift.project.roles import LARGE_SCRIPT
from sealift.project.scan_cache import ScanCache
from sealift.project.scan_process import (
    ScannedScript,
    ScriptAhead,
    read_message,
    scan,
    write_message,
)
from sealift.project.tasks import TracedFile
from sealift.tools.children import listed

_PROGRAM = (
    "import sys; sys.path[:] = sys.argv[1:]; "
    "from sealift.project.scan_process import serve; serve()"
)
_PYTHONS = ("python", "pypy", "sealift")
"""How the name of a program begins that runs `_PROGRAM`: any other embeds Python."""

_PROCESSES = 3
_WAITING, _SCANNED = 64, 16
"""Scripts that wait for each process, and that were scanned here, before it starts: that takes
0.1 s of CPU."""
_BATCHES = 2
"""Messages that the process has: it works on one while the next one is on its way."""
_SCRIPTS_OF_BATCH = 32
_BYTES_OF_BATCH = 1500
"""Of paths. The message that waits fits into a pipe of any size: so writing it does not block."""
_LARGEST = 16 << 20
"""Bytes of one script; a larger one takes the process some seconds, and much memory."""
_SECONDS = 60.0
"""To wait for one script; scanning takes a few seconds at most."""


class ScanAhead:
    """The processes, if there are any, and the scripts that they may scan.

    To be closed. A thread talks with each process; the methods are for the thread that traces.

    Args:
        scans: gets the results.
    """

    def __init__(self, scans: ScanCache) -> None:
        self._scans = scans
        self._most = min(_PROCESSES, cores() - 1) if _runs_python() else 0
        self._is_over = self._most == 0
        self._offered: set[str] = set()
        self._waiting: deque[tuple[TracedFile, ScriptAhead]] = deque()
        self._asked: set[str] = set()
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._processes: list[subprocess.Popen[bytes]] = []

    def offer(self, file: TracedFile, *, module: bool | None, own_texts: bool | None) -> None:
        """Let a process scan a script that the trace is going to visit.

        ``module`` and ``own_texts`` are those of the questions that are likely to be asked.
        """
        path = os.fsencode(file.path)
        if self._is_over or file.path in self._offered or len(path) > _BYTES_OF_BATCH:
            return
        self._offered.add(file.path)
        largest = LARGE_SCRIPT if file.need is Need.INCLUDED else _LARGEST
        script = ScriptAhead(path, module, file.owner.is_app, own_texts, largest)
        with self._changed:
            self._waiting.append((file, script))
            self._changed.notify_all()
            if len(self._threads) < self._most and self._is_worthwhile():
                thread = threading.Thread(target=self._run, name="scan ahead", daemon=True)
                self._threads.append(thread)
                thread.start()

    def wait_for(self, path: str) -> None:
        """Wait for the results about a script that a process has; it is not sent after that.

        Meanwhile, scan others here.

        ``path``: of a file that is ``visited``.
        """
        until = 0.0
        while True:
            with self._changed:
                if path not in self._asked:
                    return
                until = until or time.monotonic() + _SECONDS
                script = self._next(first=True)
                if script is None:
                    if not self._changed.wait(until - time.monotonic()):
                        self._end()
                    continue
            self._learn(scan(script))

    def close(self) -> None:
        """End the processes."""
        with self._changed:
            self._end()
        for thread in self._threads:
            thread.join()

    def _is_worthwhile(self) -> bool:
        """Return True if one more process has enough to do: scripts that no build has scanned."""
        scans, enough = self._scans, _WAITING * (len(self._threads) + 1)
        if len(self._waiting) < enough or scans.missed < max(_SCANNED, scans.found):
            return False
        self._waiting = deque(one for one in self._waiting if not one[0].visited)
        return len(self._waiting) >= enough

    def _end(self) -> None:
        self._is_over = True
        self._waiting.clear()
        self._asked.clear()
        for process in self._processes:
            process.kill()
        self._changed.notify_all()

    # ------------------------------------------------------------------ the threads

    def _run(self) -> None:
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", _PROGRAM, *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            with self._changed:
                self._end()
            return
        with contextlib.suppress(OSError), process, listed(process):
            with self._changed:
                self._processes.append(process)
            assert process.stdin is not None and process.stdout is not None
            try:
                with contextlib.suppress(OSError, ValueError, msgspec.MsgspecError):
                    self._exchange(process.stdin, process.stdout)
            finally:
                with self._changed:
                    self._end()

    def _exchange(self, questions: IO[bytes], answers: IO[bytes]) -> None:
        """Have scripts scanned; return at the end, or when the process has ended."""
        decoder = msgspec.msgpack.Decoder(list[ScannedScript])
        sent: deque[Sequence[str]] = deque()
        while True:
            while len(sent) < _BATCHES and (batch := self._take(wait=not sent)):
                write_message(questions, msgspec.msgpack.encode(batch))
                sent.append([os.fsdecode(script.path) for script in batch])
            if not sent or not (message := read_message(answers)):
                return
            self._receive(sent.popleft(), decoder.decode(message))

    def _take(self, *, wait: bool) -> list[ScriptAhead]:
        """Return the next scripts for the process; none at the end, or if it does not ``wait``.

        The fewer scripts wait, the fewer are taken, as the trace may need them soon.
        """
        batch: list[ScriptAhead] = []
        with self._changed:
            while not batch and not self._is_over:
                most = min(_SCRIPTS_OF_BATCH, len(self._waiting) // 4 + 1)
                size = 0
                while len(batch) < most and size < _BYTES_OF_BATCH and (script := self._next()):
                    batch.append(script)
                    self._asked.add(os.fsdecode(script.path))
                    size += len(script.path)
                if not batch:
                    if not wait:
                        break
                    self._changed.wait()
        return batch

    def _next(self, *, first: bool = False) -> ScriptAhead | None:
        """Return the ``first`` or last script that waits for a scan; None if none does."""
        while self._waiting:
            file, script = self._waiting.popleft() if first else self._waiting.pop()
            if not file.visited:
                return script
        return None

    def _receive(self, paths: Sequence[str], scanned: Sequence[ScannedScript]) -> None:
        with self._changed:
            for path, one in zip(paths, scanned, strict=True):
                self._learn(one)
                self._asked.discard(path)
            self._changed.notify_all()

    def _learn(self, scanned: ScannedScript) -> None:
        if scanned.digest:
            self._scans.learn(scanned.digest, scanned.results)


def _runs_python() -> bool:
    """Return True if `sys.executable` runs programs as Python does."""
    return Path(sys.executable or "").name.lower().startswith(_PYTHONS)
