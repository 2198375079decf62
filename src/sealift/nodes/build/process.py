"""Run the commands of a build: their output goes to a log, and they end when sealift ends.

The command leads a process group of its own, so that one signal ends make and all compilers. It
writes to a pipe and not to the log: if sealift is killed, make fails soon at a closed pipe.
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
from sealift.nodes.build.failure_reason import failure_reason
from sealift.tools.children import kill_tree

_OBJECT = re.compile(rb"\s-o\s*(\S+\.o(?:bj)?)\s.*\s-c\b")
_NINJA = re.compile(rb"\[(\d+)/(\d+)\] ")
_MSBUILD = re.compile(rb"\s+[\w.-]+\.(cc|cpp|c)\r?$")
_KEPT_LINES = 400
_GRACE_SECONDS = 10.0
_INTERRUPTING = ("SIGINT", "SIGTERM", "SIGHUP")
_FOREIGN = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "GNUMAKEFLAGS", "NINJA_STATUS")


class CommandFailedError(Exception):
    """A command failed; the message is the reason. Never leaves this package."""


class InterruptedRunError(Exception):
    """A signal interrupted sealift. Never leaves this package.

    Attributes:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def run(
    command: Sequence[str],
    tree: Path,
    environment: Mapping[str, str],
    log: Path,
    held: int,
    observer: Observer,
) -> None:
    """Run a command in a directory; count objects when their compilation starts.

    Args:
        command: program and arguments.
        tree: the directory.
        environment: variables to set, besides those of this process.
        log: file to append to.
        held: file descriptor that the command keeps open until its last process has ended; or -1.
        observer: notified of each object.

    Raises:
        CommandFailedError: it failed, or cannot be started.
        InterruptedRunError: sealift was interrupted; the command has been ended.
    """
    last: list[str] = []
    # Unbuffered: if this process is killed, the last lines matter most.
    with log.open("ab", buffering=0) as out, _terminable():
        out.write(f"\n$ {' '.join(command)}\n".encode())
        process = _start(command, tree, environment, held)
        try:
            assert process.stdout is not None
            for line in process.stdout:
                out.write(line)
                if started := _started(line):
                    observer.advance(started)
                last.append(line.decode("utf-8", "replace").strip())
                del last[:-_KEPT_LINES]
            code = process.wait()
        except KeyboardInterrupt as error:
            number = error.args[0] if error.args else signal.SIGINT
            raise InterruptedRunError(number) from None
        finally:
            _end(process)
    if code != 0:
        raise CommandFailedError(failure_reason(last) or f"it ended with exit code {code}")


def count_objects(command: Sequence[str], tree: Path, environment: Mapping[str, str]) -> int | None:
    """Return how many objects a make command would compile, by a dry run; None if unknown.

    Objects that exist do not count. A dry run lists some of them nevertheless: to it, headers that
    the build generates have always changed.

    Args:
        command: make, with the directory ``out`` of the tree.
        tree: Node's source.
        environment: variables to set.
    """
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
    # Names are counted, not lines, as Node's make files also write each command to a file.
    names = {os.fsdecode(match[1]) for match in _OBJECT.finditer(done.stdout)}
    return sum(not (tree / "out" / name).exists() for name in names) or None


def _started(line: bytes) -> int:
    """Return how many objects a line starts: ninja prints counts, make the commands."""
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
    """Return this process's variables and more, without those of a make around it."""
    return {name: value for name, value in os.environ.items() if name not in _FOREIGN} | dict(more)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command and everything that it has started, unless it has ended."""
    if process.poll() is None:
        group = os.name != "nt"
        if group:
            _terminate_group(process)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE_SECONDS)
        kill_tree(process, group=group)
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _terminate_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)


@contextmanager
def _terminable() -> Iterator[None]:
    """Raise KeyboardInterrupt at a signal meanwhile; only the main thread can set that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, _: object) -> None:
        raise KeyboardInterrupt(number)

    numbers = (getattr(signal, name, None) for name in _INTERRUPTING)  # Windows has no SIGHUP
    before = {number: signal.signal(number, interrupt) for number in numbers if number is not None}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
