"""The Node process that runs a project's configuration: ``js/host.js`` describes the protocol."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from sealift.errors import SealiftError
from sealift.hooks import messages
from sealift.hooks.output import BoundedOutput
from sealift.model import NodeBinary
from sealift.project import ConfigFunction
from sealift.tools.node_process import EndedError, NodeProcess
from sealift.tools.subprocesses import minimal_environment

_LOAD, _CALL, _TRANSFORM, _MODULES, _COMPILES = 1, 2, 3, 4, 5
_PROBLEM, _UNCHANGED = 1, 2
_SCRIPT = "host.js"
_UNWANTED = ("ExperimentalWarning", "MODULE_TYPELESS_PACKAGE_JSON")
_FIRST_THAT_STRIPS_TYPES = 24
_LIBRARIES = "LD_LIBRARY_PATH"
LOGGER = "\0logger"
"""Stands for pkg's logger among the arguments of a call."""

_GRACE = 10.0
"""Seconds that functions have for what they do without being waited for, as in pkg."""


class Limits(Struct, frozen=True):
    """What the project's own code may take.

    Attributes:
        config_seconds: to run the configuration.
        transform_seconds: to transform one file.
        hook_seconds: for each command or function of preBuild and postBuild.
        config_output: bytes that the configuration may print while it runs.
        hook_output: bytes that one command, or one call of a function, may print.
    """

    config_seconds: float = 60.0
    transform_seconds: float = 300.0
    hook_seconds: float = 3600.0
    config_output: int = 1 << 20
    hook_output: int = 64 << 20


class Problem(Struct, frozen=True):
    """What a function or a configuration has thrown; ``place`` is ``file:line`` or ""."""

    message: str
    place: str


class ThrownError(Exception):
    """The project's code has thrown, or returned what it must not."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class StoppedError(Exception):
    """The process has ended, took too long or printed too much; the message says which."""


class ConfigProcess:
    """A running Node that has nothing loaded yet.

    Args:
        node: a binary that runs on this host.
        directory: existing, private directory for the script that Node runs.
        printed: gets each line that the project's code prints.
        limits: what the project's code may take.
        place: of the configuration, for messages.

    Raises:
        NodeError: ``hook-node-failed``: it cannot be started.
    """

    def __init__(
        self,
        node: NodeBinary,
        directory: Path,
        printed: Callable[[str], None],
        limits: Limits,
        place: str,
    ) -> None:
        self._limits = limits
        script = directory / _SCRIPT
        flags = [f"--disable-warning={name}" for name in _UNWANTED]
        if node.version.major < _FIRST_THAT_STRIPS_TYPES:
            flags.append("--experimental-strip-types")
        environment = dict(os.environ)
        if libraries := minimal_environment(node).get(_LIBRARIES):
            environment[_LIBRARIES] = libraries
        try:
            script.write_bytes((Path(__file__).with_name("js") / _SCRIPT).read_bytes())
            self._process = NodeProcess([node.path, *flags, script], environment, separate=True)
        except OSError as error:
            raise _not_started(node, place, error) from error
        self._output = BoundedOutput(self._process.printed, printed, self._process.kill)

    def load(self, path: str) -> bytes:
        """Return JSON of what a configuration exports.

        Raises:
            ThrownError, StoppedError: it has none.
        """
        seconds, size = self._limits.config_seconds, self._limits.config_output
        return self._ask(_LOAD, path.encode(errors="surrogateescape"), b"", seconds, size)[1]

    def call(self, function: ConfigFunction, arguments: Sequence[object]) -> None:
        """Call a function and wait for its promise.

        Args:
            function: of this configuration.
            arguments: JSON values, or `LOGGER`.

        Raises:
            ThrownError, StoppedError: it failed.
        """
        question = {"function": function.number, "arguments": list(arguments)}
        seconds, size = self._limits.hook_seconds, self._limits.hook_output
        self._ask(_CALL, json.dumps(question).encode(), b"", seconds, size)

    def transform(self, function: ConfigFunction, path: str, content: bytes) -> bytes | None:
        """Return what a function makes of a file; None if it leaves it unchanged.

        Raises:
            ThrownError, StoppedError: it failed.
        """
        question = json.dumps({"function": function.number, "path": path}).encode()
        seconds, size = self._limits.transform_seconds, self._limits.hook_output
        kind, result = self._ask(_TRANSFORM, question, content, seconds, size)
        return None if kind == _UNCHANGED else result

    def compiles(self, script: bytes) -> bool:
        """Return whether V8 compiles a script as CommonJS.

        Raises:
            StoppedError: the process has ended.
        """
        seconds, size = self._limits.transform_seconds, self._limits.hook_output
        return self._ask(_COMPILES, b"", script, seconds, size)[0] != _UNCHANGED

    def modules(self) -> str:
        """Return a digest of the modules that are loaded now.

        Raises:
            StoppedError: the process has ended.
        """
        limits = self._limits
        return self._ask(_MODULES, b"", b"", limits.config_seconds, limits.config_output)[
            1
        ].decode()

    def close(self, *, at_once: bool) -> None:
        """End the process: ``at_once``, or when its functions have nothing more to do."""
        self._process.close(0.0 if at_once else _GRACE)
        self._output.join()

    def _ask(
        self, kind: int, name: bytes, content: bytes, seconds: float, size: int
    ) -> tuple[int, bytes]:
        self._output.allow(size)
        try:
            answered, payload = self._process.ask(kind, name, content, seconds)
        except EndedError as end:
            if self._output.exceeded:
                raise StoppedError(f"it printed more than {size >> 20} MiB") from end
            if end.overdue:
                raise StoppedError(f"it took more than {seconds:g} seconds") from end
            raise StoppedError(str(end)) from end
        if answered == _PROBLEM:
            found = json.loads(payload)
            message = found["message"].strip().removesuffix(".") or "an error without a message"
            place = f"{shown_path(found['file'])}:{found['line']}" if found["file"] else ""
            raise ThrownError(Problem(message, place))
        return answered, payload


def shown_path(path: str) -> str:
    """Return a path as a user would type it."""
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


def _not_started(node: NodeBinary, place: str, error: OSError) -> SealiftError:
    return messages.NODE_FAILED.error(
        version=node.version, origin=node.origin, place=place, reason=error.strerror or error
    )
