"""A Node process that answers one question after the other, until it is closed.

Questions and answers have one layout, integers are little-endian::

    question: u8 kind, u32 length of the name, u32 length of the content; name, content
    answer:   u8 kind, u32 length; payload

The script that Node runs says what the kinds and the payload mean.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import struct
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from sealift.tools.children import kill_tree, listed, starts_group
from sealift.tools.time_limit import TimeLimit

_QUESTION = struct.Struct("<B2I")
_ANSWER = struct.Struct("<BI")
_CONNECT_SECONDS = 60.0


class EndedError(Exception):
    """The process has ended, or was killed; the message says how.

    Attributes:
        overdue: it was killed because it did not answer in time.
    """

    def __init__(self, how: str, *, overdue: bool = False) -> None:
        super().__init__(how)
        self.overdue = overdue


class NodeProcess:
    """A running Node.

    Args:
        command: Node, its options and the script.
        environment: all variables of the process.
        directory: its working directory; None for that of this process.
        errors: where its standard error goes.
        separate: questions and answers use a socket, so that the program may print: its standard
            output and error are ``printed``, to be read by the caller. The script gets the socket
            as two more arguments: a file descriptor and "", or a port and a token that it sends
            first. What the program starts is killed with it.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        *,
        directory: Path | None = None,
        errors: int | IO[bytes] = subprocess.DEVNULL,
        separate: bool = False,
    ) -> None:
        self._socket: socket.socket | None = None
        self._ending = contextlib.ExitStack()
        self._separate = separate
        self._group = separate and starts_group()
        self._is_overdue = False
        self._limit = TimeLimit(self._give_up)
        if not separate:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=directory,
                env=dict(environment),
            )
            assert self._process.stdin is not None and self._process.stdout is not None
            self._questions: IO[bytes] = self._process.stdin
            self._answers: IO[bytes] = self._process.stdout
        else:
            start = _start_with_port if os.name == "nt" else _start_with_socket
            self._process, self._socket = start(
                list(command), environment, directory, group=self._group
            )
            self._questions = self._socket.makefile("wb")
            self._answers = self._socket.makefile("rb")
        self._ending.enter_context(listed(self._process, group=self._group))

    @property
    def printed(self) -> IO[bytes]:
        """What a process with a socket of its own prints."""
        assert self._socket is not None and self._process.stdout is not None
        return self._process.stdout

    def ask(
        self, kind: int, name: bytes, content: bytes | Sequence[bytes], seconds: float
    ) -> tuple[int, bytes]:
        """Return the kind and the payload of the answer to a question.

        Args:
            kind, name, content: of the question; the content may be in parts.
            seconds: that the answer may take; then the process is killed.

        Raises:
            EndedError: the process has ended, or did not answer in time.
        """
        parts = (content,) if isinstance(content, bytes) else content
        length = sum(map(len, parts))
        with contextlib.ExitStack() as waiting:
            if self._socket is not None:
                self._socket.settimeout(seconds)
            else:
                waiting.enter_context(self._limit.step(seconds))
            try:
                self._questions.write(_QUESTION.pack(kind, len(name), length) + name)
                for part in parts:
                    self._questions.write(part)
                self._questions.flush()
                head = self._answers.read(_ANSWER.size)
                if len(head) == _ANSWER.size:
                    answered, length = _ANSWER.unpack(head)
                    payload = self._answers.read(length)
                    if len(payload) == length:
                        return answered, payload
            except TimeoutError:  # of the socket
                self._give_up()
            except OSError:  # the process has ended
                pass
        code = self._process.wait()
        how = f"signal {-code} ended it" if code < 0 else f"it ended with exit code {code}"
        raise EndedError(how, overdue=self._is_overdue)

    def kill(self) -> None:
        """Kill the process; a question that waits for its answer fails."""
        if self._separate:
            kill_tree(self._process, group=self._group)
        else:
            self._process.kill()

    def close(self, seconds: float = 0.0) -> None:
        """End the process.

        Args:
            seconds: that it may take to end by itself, once there are no more questions.
        """
        with contextlib.suppress(OSError):
            self._questions.close()
        if seconds and self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        if self._process.poll() is None:
            self.kill()
        self._process.wait()
        self._limit.close()
        self._ending.close()
        self._answers.close()
        if self._socket is not None:
            self._socket.close()

    def _give_up(self) -> None:
        self._is_overdue = True
        self.kill()


_Started = tuple[subprocess.Popen[bytes], socket.socket]


def _start_with_socket(
    command: list[str | Path],
    environment: Mapping[str, str],
    directory: Path | None,
    *,
    group: bool,
) -> _Started:
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = subprocess.Popen(
                [*command, str(theirs.fileno()), ""],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env=dict(environment),
                pass_fds=(theirs.fileno(),),
                start_new_session=group,
            )
        except OSError:
            ours.close()
            raise
    return process, ours


def _start_with_port(
    command: list[str | Path],
    environment: Mapping[str, str],
    directory: Path | None,
    *,
    group: bool,
) -> _Started:
    """Start a program that connects to a port of this host, as Windows inherits no sockets."""
    token = secrets.token_hex(16)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(_CONNECT_SECONDS)
        process = subprocess.Popen(
            [*command, str(server.getsockname()[1]), token],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=directory,
            env=dict(environment),
            start_new_session=group,
        )
        try:
            while True:
                connection, _ = server.accept()
                connection.settimeout(_CONNECT_SECONDS)
                # Any program of this host may connect.
                if secrets.compare_digest(_received(connection, len(token)), token.encode()):
                    connection.settimeout(None)
                    return process, connection
                connection.close()
        except OSError:
            process.kill()
            process.wait()
            raise


def _received(connection: socket.socket, length: int) -> bytes:
    with contextlib.suppress(OSError):
        return connection.recv(length, socket.MSG_WAITALL)
    return b""
