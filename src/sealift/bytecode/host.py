"""The compiler: a Node for the host, running ``js/compile.js``, whose head has the protocol."""

from __future__ import annotations

import contextlib
import json
import os
import struct
import subprocess
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

# Fixed seeds: a cache holds the hashes of its strings. Internals: the places of syntax errors in
# modules and Node's lexer of CommonJS names are nowhere else.
_ARGUMENTS = (
    "--hash-seed=1",
    "--random-seed=1",
    "--experimental-vm-modules",
    "--expose-internals",
    "--no-warnings",
)
_HEAD = struct.Struct("<BI")
_LENGTHS = struct.Struct("<2I")
_CACHE, _SYNTAX_ERROR = 0, 1
# Of the environment, only what a process needs to start and to write temporary files: NODE_OPTIONS
# and the like would change the flags.
_KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")
_SHOWN = 400


def compile_script() -> bytes:
    """Give the text of ``js/compile.js``."""
    return (files(__package__) / "js" / "compile.js").read_bytes()


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """What V8 has against a source; ``line`` and ``column`` are 1-based, 0 if it does not say."""

    message: str
    line: int
    column: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a source became.

    Attributes:
        cache: V8's code cache.
        lines: where its lines end, as ``packLines`` of ``bytecode-wrapper.js`` gives it.
        names: of a CommonJS module, JSON of the names that Node lets others import, or empty.
    """

    cache: bytes
    lines: bytes
    names: bytes


class Compiler:
    """A running Node that compiles one source after the other; a context manager."""

    def __init__(
        self,
        node: NodeBinary,
        wrapper: bytes,
        directory: Path,
        emulator: Emulator | None = None,
    ) -> None:
        """Start ``node``.

        Args:
            node: a binary that this machine can run.
            wrapper: text of the runtime's ``bytecode-wrapper.js``.
            directory: an existing, private directory, to put scripts in.
            emulator: what runs it, if this machine cannot by itself.

        Raises:
            NodeError: ``compiler-failed``: it cannot be run.
        """
        self._node = node
        script = directory / "compile.js"
        script.write_bytes(compile_script())
        (directory / "bytecode-wrapper.js").write_bytes(wrapper)
        self._complaints = directory / "compile.log"
        emulator = emulator or Emulator("", ())
        kept = (*_KEPT, *emulator.kept)
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        try:
            with self._complaints.open("wb") as log:
                self._process = subprocess.Popen(
                    # By its name: an emulator may give directories other ones.
                    [*emulator.command, node.path, *_ARGUMENTS, script.name],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    cwd=directory,
                    env=environment | dict(emulator.environment),
                )
        except OSError as error:
            raise self._failed(f"it cannot be started: {error.strerror or error}") from error

    def compile(self, kind: int, source: bytes) -> Compiled | SyntaxProblem:
        """Compile a source, or tell why V8 refuses it.

        Raises:
            NodeError: ``compiler-failed``: Node has crashed.
        """
        with contextlib.suppress(BrokenPipeError):  # then there is no answer either
            self._input.write(_HEAD.pack(kind, len(source)))
            self._input.write(source)
            self._input.flush()
        status, payload = self._answer()
        if status == _SYNTAX_ERROR:
            return SyntaxProblem(**json.loads(payload))
        lines = _LENGTHS.size + _LENGTHS.unpack_from(payload)[0]
        names = lines + _LENGTHS.unpack_from(payload)[1]
        return Compiled(payload[_LENGTHS.size : lines], payload[lines:names], payload[names:])

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            self._input.close()
        self._output.close()
        self._process.kill()
        self._process.wait()

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

    def _answer(self) -> tuple[int, bytes]:
        head = self._output.read(_HEAD.size)
        if len(head) == _HEAD.size:
            status, length = _HEAD.unpack(head)
            payload = self._output.read(length)
            if len(payload) == length:
                return status, payload
        code = self._process.wait()
        said = self._complaints.read_bytes()[-_SHOWN:].decode(errors="replace").strip()
        raise self._failed(f"it ended with exit code {code}" + (f": {said}" if said else ""))

    def _failed(self, reason: str) -> NodeError:
        return NodeError(
            "compiler-failed",
            f"Node {self._node.version} ({self._node.origin}) cannot compile on this machine: "
            f"{reason}.",
            "Name one that can run here with --node-binary TARGET=PATH, or pass --sea to ship "
            "JavaScript as plain source.",
        )
