"""Runs programs of the corpus within limits, and leaves no process of theirs behind."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.outcomes import Normalise, Outcome, written_files
from corpus.projects import Project
from rigs.machine import Completed

RUN_SECONDS = 120
_START_SECONDS = 40
_STOP_SECONDS = 5
_MARK = "CORPUS_RUN"
# What `localhost` means differs: without /etc/hosts, executables with musl take the second one.
_LOOPBACK = ("127.0.0.1", "::1")

# A program with its arguments, working directory, environment and time limit.
Program = Callable[..., Completed]

_QUIET = {"NO_UPDATE_NOTIFIER": "1", "DO_NOT_TRACK": "1", "NODE_NO_WARNINGS": "", "CI": "1"}
# Programs print the same signs on Windows as elsewhere only in a terminal that shows them.
_SIGNS = {"WT_SESSION": "1"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where programs run: a working directory and a home, both emptied before each call."""

    root: Path

    @property
    def cwd(self) -> Path:
        """The working directory."""
        return self.root / "cwd"

    @property
    def home(self) -> Path:
        """The home directory."""
        return self.root / "home"

    def fill(self, work: Mapping[str, str]) -> None:
        """Make the directories anew, with files in the working directory."""
        for directory in (self.cwd, self.home):
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir(parents=True)
        for name, text in work.items():
            path = self.cwd / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


def run_project(
    project: Project, program: Program, place: Place, normalise: Normalise, seconds: float
) -> list[Outcome]:
    """Run each call of a project in fresh directories and return the outcomes."""
    found = []
    for arguments in project.runs:
        place.fill(project.work)
        mark = f"{_MARK}={uuid.uuid4().hex}"
        env = {**_QUIET, **_SIGNS, "HOME": str(place.home), **project.settings}
        env |= dict([mark.split("=")])
        call = _Call(program, arguments, place.cwd, env, seconds)
        try:
            if project.is_server:
                code, texts = _serve(call, project.requests, mark)
            else:
                done = call.run()
                code, texts = done.code, {"stdout": done.stdout, "stderr": done.stderr}
        finally:
            _end(mark, signal.SIGKILL)
        if not project.is_server:
            texts |= written_files(place.cwd, project.volatile)
        found.append(Outcome(code, {name: normalise(text) for name, text in texts.items()}))
    return found


@dataclass(frozen=True, slots=True)
class _Call:
    program: Program
    arguments: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    seconds: float

    def run(self) -> Completed:
        try:
            return self.program(*self.arguments, cwd=self.cwd, env=self.env, timeout=self.seconds)
        except subprocess.TimeoutExpired:
            return Completed("", f"ran longer than {self.seconds:.0f} s", -signal.SIGKILL)


def _serve(call: _Call, requests: Sequence[str], mark: str) -> tuple[int, dict[str, str]]:
    """Start a server, ask it, stop it; return 0 and the responses, or how it ended."""
    port = _free_port()
    ended: list[Completed] = []
    filled = _Call(
        call.program,
        [argument.replace("{port}", str(port)) for argument in call.arguments],
        call.cwd,
        {**call.env, "PORT": str(port)},
        call.seconds,
    )
    thread = threading.Thread(target=lambda: ended.append(filled.run()))
    thread.start()
    texts = {}
    try:
        address = _listens(port, thread, min(_START_SECONDS, call.seconds))
        if address:
            for request in requests:
                text = _response(address, port, request)
                texts[request] = text.replace(f":{port}", ":<port>")
        elif not ended:
            texts["stderr"] = "does not listen"
    finally:
        _end(mark, signal.SIGTERM)
        thread.join(_STOP_SECONDS)
        _end(mark, signal.SIGKILL)
        thread.join()
    if not texts:
        return ended[0].code or 1, {"stderr": ended[0].stderr or ended[0].stdout}
    return (1 if "stderr" in texts else 0), texts


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _listens(port: int, thread: threading.Thread, seconds: float) -> str:
    """Return the address that a server listens on, or "" if it ends or takes too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and thread.is_alive():
        for address in _LOOPBACK:
            with contextlib.suppress(OSError), socket.create_connection((address, port), 1):
                return address
        time.sleep(0.1)
    return ""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _response(address: str, port: int, request: str) -> str:
    """Return the status, the type and the body of a response."""
    method, path, *rest = request.split(" ", 2)
    body = rest[0].encode() if rest else None
    host = f"[{address}]" if ":" in address else address
    asked = urllib.request.Request(f"http://{host}:{port}{path}", data=body, method=method)
    asked.add_header("Host", f"localhost:{port}")
    asked.add_header("Accept", "text/html, application/json, */*")
    if body is not None:
        asked.add_header("Content-Type", "application/json")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    try:
        with opener.open(asked, timeout=30) as answer:
            status, headers, content = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        status, headers, content = error.code, error.headers, error.read()
    except (OSError, http.client.HTTPException) as error:
        return f"no response: {error}"
    text = content.decode("utf-8", "replace")
    return f"{status} {headers.get('Location', '')} {headers.get('Content-Type')}\n{text}"


def _end(mark: str, number: signal.Signals) -> None:
    """Send a signal to every process that has inherited ``mark`` in its environment."""
    for process in _marked(mark.encode()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)


def _marked(mark: bytes) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if mark in (entry / "environ").read_bytes():
                    yield int(entry.name)
