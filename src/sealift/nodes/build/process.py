"""Running the commands of a build: all they say goes to a log, and they end when we do.

The command leads a process group of its own, so that one signal ends make and all compilers. It
writes to a pipe of ours and not to the log itself: if we are killed, make cannot go on for long.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sealift.model import Observer
from sealift.nodes.build.failure_reason import complaint

_OBJECT = re.compile(rb"\s-o\s*(\S+\.o(?:bj)?)\s.*\s-c\b")
_NINJA = re.compile(rb"\[(\d+)/(\d+)\] ")
_MSBUILD = re.compile(rb"\s+[\w.-]+\.(cc|cpp|c)\r?$")
_KEPT_LINES = 400
_GRACE_SECONDS = 10.0
_FOREIGN = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "GNUMAKEFLAGS", "NINJA_STATUS")


class CommandFailedError(Exception):
    """A command failed; the message is what it complained of. Never leaves this package."""


class InterruptedRunError(Exception):
    """We were told to stop (SIGINT, SIGTERM). Never leaves this package."""


def run(
    command: Sequence[str],
    tree: Path,
    environment: Mapping[str, str],
    log: Path,
    held: int,
    observer: Observer,
) -> None:
    """Run a command in a directory; count compiled objects as they are begun.

    Args:
        command: program and arguments.
        tree: the directory.
        environment: variables to set besides our own.
        log: file to append to.
        held: file descriptor that the command keeps open until its last process has ended; or -1.
        observer: told of each object.

    Raises:
        CommandFailedError: it did not end well, or cannot be started.
        InterruptedRunError: we were interrupted; the command has been ended.
    """
    last: list[str] = []
    # Without a buffer: what was said last matters most if we are killed.
    with log.open("ab", buffering=0) as out, _terminable():
        out.write(f"\n$ {' '.join(command)}\n".encode())
        process = _start(command, tree, environment, held)
        try:
            assert process.stdout is not None
            for line in process.stdout:
                out.write(line)
                if done := _begun(line):
                    observer.advance(done)
                last.append(line.decode("utf-8", "replace").strip())
                del last[:-_KEPT_LINES]
            code = process.wait()
        except KeyboardInterrupt:
            raise InterruptedRunError from None
        finally:
            _end(process)
    if code != 0:
        raise CommandFailedError(complaint(last) or f"it ended with code {code}")


def count_objects(command: Sequence[str], tree: Path, environment: Mapping[str, str]) -> int | None:
    """Count the objects that a make command would compile, by a dry run; None if it cannot tell."""
    try:
        done = subprocess.run(
            [*command, "-n"],
            cwd=tree,
            env=_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return None
    # By name, as Node's make files would also write each command to a file, to see it change.
    return len({match[1] for match in _OBJECT.finditer(done.stdout)}) or None


def _begun(line: bytes) -> int:
    """Count what a line says has been begun: ninja counts itself, make shows the commands."""
    if _NINJA.match(line):
        return 1
    return 1 if (_OBJECT.search(line) and b" -c" in line) or _MSBUILD.match(line) else 0


def _start(
    command: Sequence[str], tree: Path, environment: Mapping[str, str], held: int
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(command),
            cwd=tree,
            env=_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=os.name != "nt",
            pass_fds=(held,) if held >= 0 else (),
        )
    except OSError as error:
        reason = error.strerror or str(error)
        raise CommandFailedError(f"{command[0]} cannot be run: {reason}") from error


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    """Give our variables and some more, without those of a make that we may run in."""
    return {name: value for name, value in os.environ.items() if name not in _FOREIGN} | dict(more)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command with all that it has started, if it has not ended."""
    if process.poll() is None:
        if os.name == "nt":
            with contextlib.suppress(OSError):
                subprocess.run(
                    ["taskkill", "/F", "/T", "/PID", str(process.pid)],  # noqa: S607
                    capture_output=True,
                    check=False,
                )
        else:
            _signal(process, signal.SIGTERM)
            try:
                process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


@contextmanager
def _terminable() -> Iterator[None]:
    """Take SIGTERM for an interruption meanwhile, where that can be said (in the main thread)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
