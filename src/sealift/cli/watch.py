"""``sealift build --watch``: build again when a file changes that the build has read."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn

from sealift.cli.console import print_error
from sealift.cli.messages import PROGRAM_NOT_STARTED
from sealift.cli.streams import say, visible
from sealift.errors import SealiftError
from sealift.result import BuildResult, Executable
from sealift.tools.children import listed

_State = tuple[int, int, int] | None

_PAUSE = 0.2
"""Seconds between two looks at the files."""
_SHARE = 20
"""Looking takes at most one of so many parts of the time."""
_SETTLED = 0.1
"""Seconds after a change in which editors and version control write more files."""
_GRACE = 5.0
"""Seconds that the program has to end when it is restarted."""
_WRITING = os.O_WRONLY | os.O_RDWR
_DIRECTORY = -1
_TEMPORARY = re.compile(r"sealift-\d+-[0-9a-f]{8,}")
_COMPARED = "sealift.compared"
"""The event for what is as an earlier build has read it (`sealift.project`)."""
_EVENTS = ("open", "os.scandir", "os.rename", _COMPARED)
_LIBRARIES = ("stdlib", "purelib", "platlib")


def watch(
    build: Callable[[], BuildResult],
    ignored: Iterable[Path],
    *,
    run: bool,
    arguments: Sequence[str],
) -> NoReturn:
    """Build, and build again after each change, until a signal ends the process.

    Args:
        build: builds one executable, and reports what it found.
        ignored: directories whose files do not count: the cache.
        run: start the executable, and start it again when it has changed.
        arguments: of the program.
    """
    files = _FilesRead(ignored)
    with _Program(arguments) as program:
        while True:
            if run and os.name == "nt":  # a program that runs cannot be replaced there
                program.stop()
            files.begin()
            complete = False
            try:
                result = build()
                complete = True
                if run:
                    program.start(result.executables[0])
            except SealiftError as error:
                print_error(error)
            files.end(complete=complete)
            say("Watching for changes; Ctrl-C ends it.")
            while (changed := files.changed()) is None:
                time.sleep(max(_PAUSE, _SHARE * files.seconds))
                program.report_end()
            time.sleep(_SETTLED)
            say(f"{visible(_shown(changed))} has changed.")


class _FilesRead:
    """The files and directories that this process reads, each as it was when it was read."""

    def __init__(self, ignored: Iterable[Path]) -> None:
        python = sysconfig.get_paths()
        own = (Path(__file__).parents[1], *(python[name] for name in _LIBRARIES), *ignored)
        self._ignored = (
            "/proc/",
            "/dev/",
            "/sys/",
            *(f"{_absolute(path)}{os.sep}" for path in own),
        )
        self._states: dict[str, _State] = {}
        self._written: set[str] = set()
        self._reading = False
        self.seconds = 0.0
        # Python calls it before it opens a file, lists a directory or renames something. Projects
        # are listed by os.scandir; sealift looks for its own leftovers by os.listdir.
        sys.addaudithook(self._note)

    def begin(self) -> None:
        """Forget everything, and note what is read from now on."""
        self._states, self._written = {}, set()
        self._reading = True

    def end(self, *, complete: bool) -> None:
        """Stop noting what is read.

        A build that is not complete may lack a file that does not exist yet. So then the
        directories of the project's own files count too.
        """
        self._reading = False
        for path in self._written:
            self._states.pop(path, None)
        if not complete:
            own = (path for path, state in self._states.items() if state is not None)
            for folder in {str(Path(path).parent) for path in own if "node_modules" not in path}:
                self._states.setdefault(folder, None)
        for path, state in self._states.items():
            if (now := _state_of(path)) is not None and now[1] == _DIRECTORY and now != state:
                self._states[path] = now  # outputs and temporary files have changed it

    def changed(self) -> str | None:
        """Return a path that has changed since it was read; None if none has."""
        start = time.monotonic()
        changed = (path for path, state in self._states.items() if _state_of(path) != state)
        found = next(changed, None)
        self.seconds = time.monotonic() - start
        return found

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._reading or event not in _EVENTS:
            return
        with contextlib.suppress(TypeError, ValueError):  # a descriptor, or a path with a NUL
            name = _absolute(arguments[1] if event == "os.rename" else arguments[0])
            if name.startswith(self._ignored) or _TEMPORARY.search(name):
                return
            if event == "os.rename" or (event == "open" and (arguments[2] or 0) & _WRITING):
                self._written.add(name)
            elif name not in self._states:
                state = _state_of(name)
                is_directory = state is not None and state[1] == _DIRECTORY
                is_listing = event == "os.scandir"  # opening a directory reads no names
                if event == _COMPARED or is_directory == is_listing:
                    self._states[name] = state


class _Program:
    """The executable while it runs; a context manager that ends it."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = arguments
        self._digest = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._listed = ExitStack()

    def __enter__(self) -> _Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, executable: Executable) -> None:
        """Start the executable in the place of an earlier one, unless they are the same.

        Raises:
            UsageError: ``program-not-started``: this host cannot run it.
        """
        if self._process is not None and executable.sha256 == self._digest:
            return
        self.stop()
        try:
            process = subprocess.Popen([executable.path.absolute(), *self._arguments])
        except OSError as error:
            raise PROGRAM_NOT_STARTED.error(
                path=executable.path, reason=error.strerror or error
            ) from error
        self._process, self._digest = self._listed.enter_context(listed(process)), executable.sha256

    def stop(self) -> None:
        """End the program, if it runs: first by a signal that it can handle."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._forget()

    def report_end(self) -> None:
        """Print that the program has ended, once."""
        if self._process is not None and (code := self._process.poll()) is not None:
            say(f"The program has ended with exit code {code}.")
            self._listed.close()
            self._process = None

    def _forget(self) -> None:
        self._listed.close()
        self._process, self._digest = None, ""


def _state_of(path: str) -> _State:
    """Return what differs after every change to a file, or to the names in a directory."""
    try:
        status = os.stat(path)  # noqa: PTH116 (for every file)
    except OSError:
        return None
    size = _DIRECTORY if stat.S_ISDIR(status.st_mode) else status.st_size
    return status.st_mtime_ns, size, status.st_ino


def _absolute(path: Any) -> str:
    """Return a path without symbolic links being followed; raise TypeError for a descriptor."""
    return os.path.abspath(os.fsdecode(path))  # noqa: PTH100 (for every file)


def _shown(path: str) -> str:
    with contextlib.suppress(ValueError):
        return str(Path(path).relative_to(Path.cwd()))
    return path
