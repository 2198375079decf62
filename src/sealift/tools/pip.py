"""pip, the one of this Python, with the settings and credentials of its user.

pip has no command that lists a project's wheels: ``pip index versions`` also counts releases that
have only a source archive, and ``pip install --report`` describes one release and downloads its
metadata, or the wheel. And ``pip download`` begins again after an interruption. `wheels` and
`fetch` therefore run parts of pip (`sealift.tools.pip_process`): its finder, which reads the Simple
API (or a directory, or a page of links) of every configured index, and its network session. The
names that they use in pip are the same in releases from 23.2 to 26.3.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath

from sealift.tools.arriving_files import ArrivingFiles
from sealift.tools.pip_process import UNKNOWN
from sealift.tools.subprocesses import CommandError, run

_ENVIRONMENT = {
    # What is read of pip's output depends on these, whatever its configuration says.
    "PIP_QUIET": "0",
    "PIP_VERBOSE": "0",
    "PIP_NO_INPUT": "1",
    "PIP_NO_COLOR": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_USER": "0",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PYTHONIOENCODING": "utf-8",
}
_BINARY_ONLY = ("--no-deps", "--only-binary=:all:")
# Run as a file, so that it needs nothing of sealift that a Python may lack.
_PROGRAM = Path(__file__).resolve().with_name("pip_process.py")
_LARGEST = 1 << 30
_MISSING = ("No module named pip", "No module named 'pip'")


class PipError(Exception):
    """pip is missing or failed; the message contains no credentials.

    Attributes:
        reason: the message.
        remedy: what to do about it, or "" for the usual advice on networks.
    """

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


def wheels(project: str, platforms: Sequence[str], *, seconds: float) -> list[str]:
    """Return the file names of a project's wheels for some platforms; no yanked ones.

    Args:
        project: its name.
        platforms: platform tags, such as ``win_amd64``.
        seconds: time limit.

    Raises:
        PipError: no index answered, or none has such a wheel.
    """
    arguments = ("--retries", "2", *_BINARY_ONLY, *_tags(platforms), project)
    names = _answer("find", *arguments, seconds=seconds)
    if not isinstance(names, list):
        raise PipError("pip did not list the wheels")
    return [str(name) for name in names]


def fetch(
    requirement: str,
    path: Path,
    platforms: Sequence[str] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> str:
    """Complete the wheel that pip would download; its digest is compared with the index's.

    Args:
        requirement: its project, and perhaps its version.
        path: where it is written, alone in its directory, after what an earlier run has fetched.
        platforms: its platform tags; () for this host.
        progress: called with the number of bytes that are there since the last call.

    Returns:
        The name of the file in its index.

    Raises:
        PipError: it failed; what has arrived stays.
    """
    options = (*_BINARY_ONLY, "--no-cache-dir", *_tags(platforms))
    meanwhile = ArrivingFiles(path.parent, progress)
    name = _answer("fetch", *options, requirement, str(path), str(_LARGEST), meanwhile=meanwhile)
    if not isinstance(name, str) or PurePath(name).name != name:
        raise PipError(f"the index names the wheel of {requirement} in a way that is not usable")
    return name


def fetch_source(requirement: str, path: Path) -> None:
    """Complete the source archive of a project, and run nothing of it.

    ``pip download`` would run its build to learn what it depends on.

    Raises:
        PipError: as `fetch`.
    """
    options = ("--no-deps", "--no-binary=:all:", "--no-cache-dir")
    _answer("fetch", *options, requirement, str(path), str(_LARGEST))


def install(requirement: str, arriving: Path, work: Path) -> None:
    """Install one wheel for this host, without its dependencies, into ``work/entry``.

    Args:
        requirement: its project, and perhaps its version.
        arriving: as ``path`` of `fetch`, on the file system of ``work``; it is moved.
        work: an empty directory.

    Raises:
        PipError: as `fetch`.
    """
    wheel = work / fetch(requirement, arriving)  # pip reads the name
    arriving.rename(wheel)
    quick = ("--no-deps", "--no-index", "--no-compile", "--no-warn-script-location")
    _run("-m", "pip", "install", *quick, "--target", str(work / "entry"), str(wheel))


def _tags(platforms: Sequence[str]) -> list[str]:
    return [word for tag in platforms for word in ("--platform", tag)]


def _answer(
    *arguments: str, seconds: float | None = None, meanwhile: Callable[[], None] | None = None
) -> object:
    """Return what `sealift.tools.pip_process` prints."""
    output = _run(str(_PROGRAM), *arguments, seconds=seconds, meanwhile=meanwhile)
    try:
        return json.loads(output)
    except ValueError:
        raise PipError("pip did not say what it found") from None


def _run(
    *arguments: str,
    seconds: float | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> str:
    try:
        # -P: a file named pip.py in the working directory is not pip.
        command = [sys.executable, "-P", *arguments]
        return run(
            command,
            environment=_ENVIRONMENT,
            seconds=seconds,
            meanwhile=meanwhile,
        )
    except CommandError as error:
        reason = str(error)
        if any(text in reason for text in _MISSING):
            remedy = f"Install it with '{Path(sys.executable).name} -m ensurepip'."
            raise PipError("this Python has no pip", remedy) from error
        if UNKNOWN in reason:
            raise PipError(reason, "Install another release of pip.") from error
        raise PipError(f"pip: {reason}") from error
