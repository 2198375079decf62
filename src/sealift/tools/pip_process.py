"""What runs inside pip, in a process of its own: with its settings, its network and credentials.

``answer(["find", *options, PROJECT])`` returns the file names of a project's wheels, and
``answer(["fetch", *options, REQUIREMENT, PATH, LARGEST])`` completes a file of a project and
returns its name; both in JSON. ``options`` are those of ``pip download``. `sealift.tools.pip`
starts it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from pip._internal.models.link import Link
    from pip._internal.network.session import PipSession

UNKNOWN = "this release of pip is not known to sealift"
_MOST_CONTINUED = 20  # times that one file is continued; a server can end each connection early
_CHUNK = 1 << 16
_PARTIAL_CONTENT = 206
_OF_PARTS = (_PARTIAL_CONTENT, 416)  # 416: there is no such part
_CONTENT_RANGE = re.compile(r"bytes (\d{1,19})-", re.ASCII)


def answer(arguments: Sequence[str]) -> str:
    """Return the answer of a command; leave the process if it fails, as pip does."""
    try:
        from pip._internal.cli.cmdoptions import make_target_python
        from pip._internal.commands.download import DownloadCommand
        from pip._internal.exceptions import CommandError
    except ImportError as error:
        sys.exit(f"{UNKNOWN} ({error})")

    class Command(DownloadCommand):
        def run(self, options: Any, args: list[str]) -> int:
            try:
                session = self.get_default_session(options)
                finder = self._build_package_finder(
                    options=options, session=session, target_python=make_target_python(options)
                )
                asked = _COMMANDS[arguments[0]](finder, session, args)
            except (AttributeError, TypeError) as error:
                raise CommandError(f"{UNKNOWN} ({error})") from error
            try:
                results.append(asked())
            except _FailureError as error:
                raise CommandError(str(error)) from error
            return 0

    results: list[list[str] | str] = []
    command = Command("download", "Find or fetch files of a project.")
    if status := command.main(list(arguments[1:])):
        sys.exit(status)
    return json.dumps(results[0])


class _FailureError(Exception):
    """What pip shall say."""


def _find(finder: Any, _: PipSession, args: Sequence[str]) -> Callable[[], list[str]]:
    """Ask for the names of all wheels that the options allow; no yanked ones."""
    links = [candidate.link for candidate in finder.find_all_candidates(args[0])]
    names = sorted({link.filename for link in links if not link.is_yanked})

    def result() -> list[str]:
        if not names:
            raise _FailureError(f"No matching distribution found for {args[0]}")
        return names

    return result


def _fetch(finder: Any, session: PipSession, args: Sequence[str]) -> Callable[[], str]:
    """Ask for the file that pip would download for a requirement: to be completed and named."""
    from pip._vendor.packaging.requirements import Requirement

    requirement, path, largest = Requirement(args[0]), Path(args[1]), int(args[2])
    best = finder.find_best_candidate(requirement.name, requirement.specifier).best_candidate
    wanted = _File(session, best.link, largest) if best is not None else None

    def result() -> str:
        if wanted is None:
            raise _FailureError(f"No matching distribution found for {requirement}")
        _complete(wanted, path)
        return wanted.name

    return result


_COMMANDS: dict[str, Callable[[Any, Any, Sequence[str]], Callable[[], list[str] | str]]] = {
    "find": _find,
    "fetch": _fetch,
}
"""What uses pip's own names, and returns what does not."""


class _File:
    """A file of an index."""

    def __init__(self, session: PipSession, link: Link, largest: int) -> None:
        self.name = link.filename
        self._session = session
        self._url = link.url_without_fragment
        self._algorithm, self._digest = link.hash_name, link.hash
        self._largest = largest

    @property
    def has_digest(self) -> bool:
        return bool(self._algorithm and self._digest)

    def is_whole(self, path: Path) -> bool:
        """Return True if a file has the digest; or if none is known."""
        if not (self._algorithm and self._digest):
            return True
        with path.open("rb") as file:
            actual = hashlib.file_digest(file, self._algorithm).hexdigest()
        return actual == self._digest.lower()

    def append(self, file: BinaryIO, begin: int) -> str:
        """Write what follows the first bytes; return what went wrong, or "".

        The file is empty afterwards if what was there is of another one.
        """
        from pip._vendor.requests.exceptions import RequestException
        from pip._vendor.urllib3.exceptions import HTTPError

        headers = {"Accept-Encoding": "identity"}
        if begin:
            headers["Range"] = f"bytes={begin}-"
        try:
            answer = self._session.get(self._url, headers=headers, stream=True)
            is_other = answer.status_code in _OF_PARTS and not _is_rest(answer, begin)
            if begin and is_other:
                file.truncate(0)
                return "the server has no bytes after those"
            answer.raise_for_status()
            if begin and answer.status_code != _PARTIAL_CONTENT:
                file.truncate(0)
                begin = 0
            return self._write(answer, file, begin)
        except (RequestException, HTTPError) as error:
            return str(error)

    def _write(self, answer: Any, file: BinaryIO, size: int) -> str:
        length = str(answer.headers.get("Content-Length", ""))  # a number for files of the disk
        expected = size + int(length) if length.isdecimal() else 0
        while chunk := answer.raw.read(_CHUNK):
            size += len(chunk)
            if size > self._largest:
                file.truncate(0)
                raise _FailureError(f"{self.name} has more than {self._largest} bytes")
            file.write(chunk)
        return "" if size >= expected else "the connection ended early"


def _complete(wanted: _File, path: Path) -> None:
    """Fetch a file, or what is missing of it: the digest tells if it was of the same file."""
    from filelock import FileLock

    # A sealift that was killed can leave a process like this one behind, which still writes.
    # Unbuffered, so that what has arrived is there however this process ends.
    with FileLock(path.with_name("lock")), path.open("ab", buffering=0) as file:
        if not wanted.has_digest:
            file.truncate(0)
        try:
            while not (path.stat().st_size and wanted.is_whole(path)):
                was_begun = path.stat().st_size > 0
                _append_all(wanted, path, file)
                if wanted.is_whole(path):
                    break
                file.truncate(0)
                if not was_begun:
                    raise _FailureError(f"{wanted.name} has another digest than its index names")
        except OSError as error:
            with contextlib.suppress(OSError):
                file.truncate(0)  # it may be what fills the disk
            raise _FailureError(f"{path} cannot be written: {error.strerror}") from error


def _append_all(wanted: _File, path: Path, file: BinaryIO) -> None:
    for _ in range(_MOST_CONTINUED):
        begin = path.stat().st_size
        failure = wanted.append(file, begin)
        if not failure:
            return
        if path.stat().st_size == begin:
            break
    raise _FailureError(f"{wanted.name} did not arrive whole: {failure}")


def _is_rest(answer: Any, begin: int) -> bool:
    match = _CONTENT_RANGE.match(answer.headers.get("Content-Range", ""))
    return answer.status_code == _PARTIAL_CONTENT and match is not None and int(match[1]) == begin


if __name__ == "__main__":
    # Appended: what is installed beside sealift must not hide a module of Python's.
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    sys.stdout.write(answer(sys.argv[1:]))
