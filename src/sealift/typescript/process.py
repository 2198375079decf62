"""The Node process that strips types: it runs ``js/strip.js``, which describes the protocol."""

from __future__ import annotations

import contextlib
import json
import os
import struct
import subprocess
import threading
from importlib.resources import files
from pathlib import Path
from typing import IO

from sealift.model import NodeBinary
from sealift.project import TypeScriptError
from sealift.tools.subprocesses import minimal_environment
from sealift.typescript import messages

_QUESTION = struct.Struct("<B2I")
_ANSWER = struct.Struct("<BI")
# Only Node's internals give the places of syntax errors in modules.
_ARGUMENTS = ("--no-warnings", "--experimental-vm-modules", "--expose-internals")
_PATIENCE = 120.0
"""Seconds for one file."""


def script() -> bytes:
    """Return the text of the script that Node runs."""
    return (files(__package__) / "js" / "strip.js").read_bytes()


class StripperProcess:
    """A running Node.

    Args:
        node: a binary that runs on this host and has `module.stripTypeScriptTypes`.

    Raises:
        NodeError: ``stripper-failed``: it cannot be started.
    """

    def __init__(self, node: NodeBinary) -> None:
        self._node = node
        try:
            self._process = subprocess.Popen(
                [node.path, *_ARGUMENTS, "-e", script().decode()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=minimal_environment(node),
            )
        except OSError as error:
            raise self._failed("a file", error.strerror or error) from error

    def strip(self, source: bytes, path: str, *, transform: bool) -> bytes:
        """Return the JavaScript of one file, as UTF-8.

        Raises:
            TypeScriptError: Node refuses the file.
            NodeError: ``stripper-failed``: the process has died, or does not answer.
        """
        name = os.fsencode(Path(path).name)
        watch = threading.Timer(_PATIENCE, self._process.kill)
        watch.start()
        try:
            with contextlib.suppress(OSError):  # then there is no answer either
                self._input.write(_QUESTION.pack(transform, len(name), len(source)))
                self._input.write(name + source)
                self._input.flush()
            is_problem, text = self._answer(path)
        finally:
            watch.cancel()
        if not is_problem:
            return text
        problem = json.loads(text)
        raise TypeScriptError(
            problem["code"], problem["message"], problem["line"], problem["column"]
        )

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            self._input.close()
        self._process.kill()
        self._process.wait()
        self._output.close()

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _output(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def _answer(self, path: str) -> tuple[int, bytes]:
        head = self._output.read(_ANSWER.size)
        if len(head) == _ANSWER.size:
            is_problem, length = _ANSWER.unpack(head)
            text = self._output.read(length)
            if len(text) == length:
                return is_problem, text
        code = self._process.wait()
        how = f"signal {-code} ended it" if code < 0 else f"it ended with exit code {code}"
        raise self._failed(path, how)

    def _failed(self, path: str, reason: object) -> Exception:
        return messages.STRIPPER_FAILED.error(
            version=self._node.version, origin=self._node.origin, file=path, reason=reason
        )
