"""Run the program once on this host, to learn which functions a start calls.

V8 compiles a function when it is first called. So the code caches that it creates at the end of a
start have the functions that every such start needs, while those of scripts that were only compiled
have almost none. ``js/record-start.js`` creates them.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from sealift.bytecode import messages
from sealift.bytecode.cache_files import CacheFiles
from sealift.bytecode.script_sources import read_source
from sealift.errors import ProjectError
from sealift.model import NodeBinary, Observer, Project
from sealift.stored_form import SampleStart
from sealift.tools.children import failure, listed, starts_group, wait_or_kill
from sealift.tools.input_files import RealFiles
from sealift.tools.subprocesses import minimal_environment

_FORMAT = 3
_SCRIPT = "record-start.js"
_SUFFIX = ".cache"
_YOUNG_GENERATION = "young-generation"
_BOM = b"\xef\xbb\xbf"
_PATIENCE = 60.0
"""Seconds; the script itself ends programs that go on for ten."""

# As for the process that compiles, whose caches these replace (compiler_process.py, wrapper.js).
_ARGUMENTS = ("--hash-seed=1", "--random-seed=1", "--no-flush-bytecode", "--no-validate-asm")

# They would change V8's flags, or what it compiles.
_LEFT_OUT = frozenset({"NODE_OPTIONS", "NODE_V8_COVERAGE"})


class RecordedStart(Struct, frozen=True):
    """V8's code caches of the CommonJS modules that a start ran.

    Attributes:
        caches: by the hex SHA-256 of the source, without a byte order mark. V8 accepts a cache for
            any source of the same length, so nothing else may say whose it is.
        young_generation: bytes of it that were used when the program ended by itself; None if V8
            had to collect garbage before, or the program did not end.
    """

    caches: dict[str, bytes]
    young_generation: int | None = None

    def cache(self, source: bytes) -> bytes | None:
        """Return the code cache of a script; None if the start has not run it."""
        digest = hashlib.sha256(source.removeprefix(_BOM)).hexdigest()
        return self.caches.get(digest) if self.caches else None


def record_start(
    start: SampleStart,
    project: Project,
    node: NodeBinary,
    wrapper: bytes,
    cache: Path,
    work: Path,
    observer: Observer,
    options: Sequence[str] = (),
) -> RecordedStart:
    """Run a program as ``node ENTRY ARGUMENTS`` would, or return what an earlier run recorded.

    It runs in the working directory with the variables of this process. What it prints is not
    shown.

    Args:
        start: how to run it.
        project: its packaged files; if they and ``start`` are as before, it does not run again.
        node: runs on this host, and compiles the scripts.
        wrapper: text of the runtime's ``bytecode/wrapper.js``.
        cache: directory of recorded starts.
        work: existing, private, temporary directory.
        observer: notified of the run.
        options: for Node, with which the program has a large young generation; none if V8's code
            caches would depend on it.

    Raises:
        ProjectError: ``start-failed``; or a file cannot be read.
    """
    script = (Path(__file__).with_name("js") / _SCRIPT).read_bytes()
    files = CacheFiles(cache, b"SLRS", _FORMAT, RecordedStart)
    key = _key(start, project, node, script + wrapper)
    recorded = files.load(key)
    if recorded is None:
        observer.stage("running the program")
        with tempfile.TemporaryDirectory(dir=work) as name:
            directory = Path(name)
            (directory / _SCRIPT).write_bytes(script)
            (directory / "wrapper.js").write_bytes(wrapper)
            _run(start, node, directory, options)
            caches = {path.stem: path.read_bytes() for path in directory.glob(f"*{_SUFFIX}")}
            used = directory / _YOUNG_GENERATION
            recorded = RecordedStart(
                caches, int(used.read_bytes()) if options and used.exists() else None
            )
        files.try_store(key, recorded)
    return recorded


def _key(start: SampleStart, project: Project, node: NodeBinary, recorder: bytes) -> str:
    digest = hashlib.sha256()
    for part in (node.sha256.encode(), recorder, os.fsencode(start.entry), *_encoded(start)):
        digest.update(hashlib.sha256(part).digest())
    with RealFiles() as real:
        for file in project.scripts:
            digest.update(hashlib.sha256(file.location.encode(errors="replace")).digest())
            digest.update(hashlib.sha256(read_source(file, real)).digest())
    return digest.hexdigest()


def _encoded(start: SampleStart) -> list[bytes]:
    return [os.fsencode(argument) for argument in start.arguments]


def _run(start: SampleStart, node: NodeBinary, directory: Path, options: Sequence[str]) -> None:
    """Run the program; its caches are in ``directory`` then."""
    command = [
        os.fspath(node.path),
        *_ARGUMENTS,
        *options,
        "--require",
        os.fspath(directory / _SCRIPT),
        os.fspath(start.entry),
        *start.arguments,
    ]
    group = starts_group()
    try:
        process = subprocess.Popen(
            command,
            env=_environment(node),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=group,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise _failed(start, f"it cannot be started: {reason}") from error
    with listed(process, group=group):
        try:
            code = wait_or_kill(process, _PATIENCE, group=group)
        except subprocess.TimeoutExpired:
            raise _failed(start, f"it took more than {_PATIENCE:g} seconds") from None
    if code:
        raise _failed(start, failure(code))


def _environment(node: NodeBinary) -> Mapping[str, str]:
    own = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
    return own | minimal_environment(node)


def _failed(start: SampleStart, reason: str) -> ProjectError:
    command = " ".join(("node", start.entry.name, *start.arguments))
    return messages.START_FAILED.error(command=command, reason=reason)
