"""A second process scans scripts while this one traces the project.

The trace visits scripts one after the other, in an order that matters. What is found in a script
depends on its content alone, and takes longer than all else. So while the trace takes scripts from
the front of its queue, another process scans those that were found last (`scan_process`).

Its results are added to the `ScanCache` under the digest of what it has read: they count for the
same content only, so it does not matter which process scans which script. Whatever happens to the
process costs only time: what it has not scanned is scanned here.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import msgspec

from sealift.host import cores
from sealift.project.needs import Need
from sealift.project.roles import LARGE_SCRIPT
from sealift.project.scan_cache import ScanCache
from sealift.project.scan_process import ScannedScript, ScriptAhead, read_message, write_message
from sealift.project.tasks import TracedFile
from sealift.tools.children import listed

_PROGRAM = (
    "import sys; sys.path[:] = sys.argv[1:]; "
    "from sealift.project.scan_process import serve; serve()"
)
_PYTHONS = ("python", "pypy", "sealift")
"""How the name of a program begins that runs `_PROGRAM`: any other embeds Python."""

_WAITING, _SCANNED = 64, 16
"""Scripts that wait, and that were scanned here, before a process starts: it takes 0.1 s of CPU."""
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
    """The process, if there is one, and the scripts that it may scan.

    To be closed. One thread of it talks with the process; all methods are for the caller's.

    Args:
        scans: gets the results.
    """

    def __init__(self, scans: ScanCache) -> None:
        self._scans = scans
        self._is_over = cores() < 2 or not _runs_python()
        self._offered: set[str] = set()
        self._waiting: list[tuple[TracedFile, ScriptAhead]] = []
        self._asked: set[str] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def offer(self, file: TracedFile, *, module: bool | None, own_texts: bool | None) -> None:
        """Let the process scan a script that the trace is going to visit.

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
            if self._thread is not None:
                self._changed.notify()
            elif self._is_worthwhile():
                self._thread = threading.Thread(target=self._run, name="scan ahead", daemon=True)
                self._thread.start()

    def wait_for(self, path: str) -> None:
        """Wait for the results about a script that the process has; it is not sent after that.

        ``path``: of a file that is ``visited``.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: path not in self._asked, _SECONDS):
                self._end()

    def close(self) -> None:
        """End the process."""
        with self._changed:
            self._end()
        if self._thread is not None:
            self._thread.join()

    def _is_worthwhile(self) -> bool:
        """Return True if there are many scripts to scan, and earlier builds did not scan them."""
        scans = self._scans
        if len(self._waiting) < _WAITING or scans.missed < max(_SCANNED, scans.found):
            return False
        self._waiting = [one for one in self._waiting if not one[0].visited]
        return len(self._waiting) >= _WAITING

    def _end(self) -> None:
        self._is_over = True
        self._waiting.clear()
        self._asked.clear()
        if self._process is not None:
            self._process.kill()
        self._changed.notify_all()

    # ------------------------------------------------------------------ the thread

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
                self._process = process
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
                while self._waiting and len(batch) < most and size < _BYTES_OF_BATCH:
                    file, script = self._waiting.pop()
                    if not file.visited:
                        batch.append(script)
                        self._asked.add(file.path)
                        size += len(script.path)
                if not batch:
                    if not wait:
                        break
                    self._changed.wait()
        return batch

    def _receive(self, paths: Sequence[str], scanned: Sequence[ScannedScript]) -> None:
        with self._changed:
            for path, one in zip(paths, scanned, strict=True):
                if one.digest:
                    self._scans.learn(one.digest, one.results)
                self._asked.discard(path)
            self._changed.notify_all()


def _runs_python() -> bool:
    """Return True if `sys.executable` runs programs as Python does."""
    return Path(sys.executable or "").name.lower().startswith(_PYTHONS)
