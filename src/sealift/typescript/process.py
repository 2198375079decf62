"""The Node process that strips types: it runs ``js/strip.js``, which describes the protocol."""

from __future__ import annotations

import json
import os
from pathlib import Path

from sealift.model import NodeBinary
from sealift.project import TypeScriptError
from sealift.tools.node_process import EndedError, NodeProcess
from sealift.tools.subprocesses import minimal_environment
from sealift.typescript import messages

# Only Node's internals give the places of syntax errors in modules.
_ARGUMENTS = ("--no-warnings", "--experimental-vm-modules", "--expose-internals")
_STRIP, _TRANSFORM, _CHECK = range(3)
_PATIENCE = 120.0
"""Seconds for one file."""


def script() -> bytes:
    """Return the text of the script that Node runs."""
    return (Path(__file__).with_name("js") / "strip.js").read_bytes()


class StripperProcess:
    """A running Node.

    Args:
        node: a binary that runs on this host and has `module.stripTypeScriptTypes`.

    Raises:
        NodeError: ``stripper-failed``: it cannot be started.
    """

    def __init__(self, node: NodeBinary) -> None:
        self._node = node
        command = [str(node.path), *_ARGUMENTS, "-e", script().decode()]
        try:
            self._process = NodeProcess(command, minimal_environment(node))
        except OSError as error:
            raise self._failed("a file", error.strerror or error) from error

    def strip(self, source: bytes, path: str, *, transform: bool) -> bytes:
        """Return the JavaScript of one file, as UTF-8.

        Raises:
            TypeScriptError: Node refuses the file.
            NodeError: ``stripper-failed``: the process has died, or does not answer.
        """
        return self._ask(_TRANSFORM if transform else _STRIP, source, path)

    def check(self, source: bytes, path: str) -> None:
        """Raise TypeScriptError if V8 refuses JavaScript; NodeError as `strip` does."""
        self._ask(_CHECK, source, path)

    def _ask(self, kind: int, source: bytes, path: str) -> bytes:
        name = os.fsencode(Path(path).name)
        try:
            is_problem, text = self._process.ask(kind, name, source, _PATIENCE)
        except EndedError as end:
            raise self._failed(path, end) from end
        if not is_problem:
            return text
        problem = json.loads(text)
        raise TypeScriptError(
            problem["code"], problem["message"], problem["line"], problem["column"]
        )

    def close(self) -> None:
        """End the process."""
        self._process.close()

    def _failed(self, path: str, reason: object) -> Exception:
        return messages.STRIPPER_FAILED.error(
            version=self._node.version, origin=self._node.origin, file=path, reason=reason
        )
