"""Running the package managers, and quoting what they say without what is secret in it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_SECRETS = (
    # user:password@ or token@ in a URL, also where the password itself holds a slash.
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
    r"WARNING: pip index is currently|WARNING: You are using pip|\[notice\]|npm (warn|notice|WARN)"
    r"|npm (error|ERR!) (A complete log|syscall|errno|\s*at |\s+\w+: |\})|.*it is neither a file"
)
_ERROR = re.compile(r"(npm (error|ERR!)( code)?|ERROR:|error:)\s*")
_RETRYING = re.compile(r"Retrying \(.*?\) after connection broken by ['\"](.*)['\"]: ")
_OBJECT_ADDRESS = re.compile(r"<[\w.]+ object at 0x[0-9a-f]+>(: )?")
_MOST_LINES = 2
_LONGEST_REASON = 300


class CommandError(Exception):
    """A command failed; the message is fit to be shown."""


def redact(text: str) -> str:
    """Take credentials out of what another program wrote."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def complaint(text: str) -> str:
    """Boil a package manager's standard error down to one line that is fit to be shown.

    A broken connection says it all; else errors come before anything else.
    """
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
    said = [line for line in dict.fromkeys(broken or [*errors, *others]) if line]
    reason = "; ".join(said[:_MOST_LINES])
    return reason if len(reason) <= _LONGEST_REASON else reason[: _LONGEST_REASON - 1] + "…"


def run(
    command: Sequence[str],
    *,
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
    seconds: float | None = None,
) -> str:
    """Run a command without a shell and without standard input; give its standard output.

    Args:
        command: program and arguments.
        directory: where to run it; by default where we are.
        environment: variables to add to our own.
        seconds: how long it may take; by default as long as it wants.

    Raises:
        CommandError: it cannot be started, failed, or took too long.
    """
    try:
        done = subprocess.run(
            list(command),
            cwd=directory,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise CommandError(f"no answer within {seconds:.0f} seconds") from None
    except OSError as error:
        raise CommandError(f"{Path(command[0]).name} cannot be run: {error.strerror}") from error
    if done.returncode != 0:
        said = complaint(done.stderr.decode("utf-8", "replace"))
        raise CommandError(said or f"{Path(command[0]).name} ended with code {done.returncode}")
    return done.stdout.decode("utf-8", "replace")
