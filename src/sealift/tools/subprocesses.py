"""Run other programs, and quote their error messages without credentials."""

from __future__ import annotations

import math
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from sealift.model import NodeBinary
from sealift.tools.children import listed

_SECRETS = (
    # user:password@ or token@ in a URL, also where the password itself contains a slash.
    (re.compile(r"://[^\s/]*@"), "://"),
    (re.compile(r"://[^\s/:]+:(?!\d+/)[^\s@]*@"), "://"),
    (
        re.compile(
            r"((?:auth|token|password|secret|signature|credential|api[-_]?key)\w*[\"']?\s*[=:]\s*)"
            r"[\"']?(?:(?:basic|bearer)\s+)?[^\s&,;]+",
            re.IGNORECASE,
        ),
        r"\1****",
    ),
)
_NOISE = re.compile(
    r"WARNING: You are using pip|\[notice\]|npm (warn|notice|WARN)"
    r"|npm (error|ERR!) (A complete log|syscall|errno|\s*at |\s+\w+: |\})|.*it is neither a file"
)
_ERROR = re.compile(r"(npm (error|ERR!)( code)?|ERROR:|error:)\s*")
_RETRYING = re.compile(r"Retrying \(.*?\) after connection broken by ['\"](.*)['\"]: ")
_OBJECT_ADDRESS = re.compile(r"<[\w.]+ object at 0x[0-9a-f]+>(: )?")
_TRACEBACK = "Traceback (most recent call last):"
_MOST_LINES = 2
_SECONDS_BETWEEN_CALLS = 0.5
_LONGEST_REASON = 300

# Variables that a process needs to start and to write temporary files.
_KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")


class CommandError(Exception):
    """A program failed; the message contains no credentials, so it may be shown."""


def redact(text: str) -> str:
    """Return the output of another program without credentials."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def error_reason(text: str) -> str:
    """Return the reason of a failure in one line, out of a package manager's standard error.

    A broken connection is the only reason; otherwise lines marked as errors come first. Of a
    traceback of Python, its exception is the reason.
    """
    before, traceback, frames = text.rpartition(_TRACEBACK)
    if traceback:
        raised = [line for line in frames.splitlines() if line[:1].strip()]
        text = "\n".join((*raised, before.partition(_TRACEBACK)[0]))
    broken, errors, others = [], [], []
    for line in redact(text).splitlines():
        line = _OBJECT_ADDRESS.sub("", line).strip()
        if not line or _NOISE.match(line):
            continue
        if retrying := _RETRYING.search(line):
            broken.append(retrying[1])
        elif error := _ERROR.match(line):
            errors.append(line[error.end() :])
        else:
            others.append(line)
    lines = [line for line in dict.fromkeys(broken or [*errors, *others]) if line]
    reason = "; ".join(lines[:_MOST_LINES])
    return reason if len(reason) <= _LONGEST_REASON else reason[: _LONGEST_REASON - 1] + "…"


def minimal_environment(node: NodeBinary, also: Iterable[str] = ()) -> dict[str, str]:
    """Return the environment for a Node that the build runs.

    Most variables are left out, as NODE_OPTIONS and the like would change what it does. ``also``
    names variables to keep.
    """
    environment = {name: os.environ[name] for name in (*_KEPT, *also) if name in os.environ}
    folders = dict.fromkeys(str(library.path.parent) for library in node.libraries)
    if folders:  # on a musl host, these libraries are not where the binary looks for them
        environment["LD_LIBRARY_PATH"] = os.pathsep.join(folders)
    return environment


def run(
    command: Sequence[str],
    *,
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
    seconds: float | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> str:
    """Run a program without a shell and without standard input; return its standard output.

    Args:
        command: program and arguments.
        directory: its working directory; None for the current one.
        environment: variables to add to the current ones.
        seconds: time limit; None for no limit.
        meanwhile: called now and then while it runs.

    Raises:
        CommandError: it cannot be started, failed, or reached the time limit.
    """
    output = run_binary(
        command,
        directory=directory,
        environment=environment,
        seconds=seconds,
        meanwhile=meanwhile,
    )
    return output.decode("utf-8", "replace")


def run_binary(
    command: Sequence[str],
    *,
    given: bytes | None = None,
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
    seconds: float | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> bytes:
    """Run a program as `run` does, with ``given`` as its standard input; return its output.

    Raises:
        CommandError: as `run`.
    """
    try:
        process = subprocess.Popen(
            list(command),
            cwd=directory,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with process, listed(process):
            try:
                output, errors = _communicate(process, given, seconds, meanwhile)
            except BaseException:
                process.kill()
                raise
    except subprocess.TimeoutExpired:
        raise CommandError(f"no answer within {seconds:.0f} seconds") from None
    except OSError as error:
        raise CommandError(f"{Path(command[0]).name} cannot be run: {error.strerror}") from error
    if process.returncode != 0:
        reason = error_reason(errors.decode("utf-8", "replace"))
        raise CommandError(
            reason or f"{Path(command[0]).name} ended with code {process.returncode}"
        )
    return output


def _communicate(
    process: subprocess.Popen[bytes],
    given: bytes | None,
    seconds: float | None,
    meanwhile: Callable[[], None] | None,
) -> tuple[bytes, bytes]:
    """Return what a process writes, as ``Popen.communicate``; call ``meanwhile`` while it runs."""
    if meanwhile is None:
        return process.communicate(given, timeout=seconds)
    end = None if seconds is None else time.monotonic() + seconds
    while True:
        left = math.inf if end is None else end - time.monotonic()
        try:
            return process.communicate(given, timeout=min(left, _SECONDS_BETWEEN_CALLS))
        except subprocess.TimeoutExpired:
            if left <= _SECONDS_BETWEEN_CALLS:
                raise subprocess.TimeoutExpired(process.args, seconds or 0) from None
        meanwhile()
