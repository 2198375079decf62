"""pip, the one of this Python, with the settings and credentials of its user.

pip has no command that lists a project's wheels: ``pip index versions`` also counts releases that
have only a source archive, and ``pip install --report`` describes one release and downloads its
metadata, or the wheel. `wheels` therefore runs pip's own finder, the part behind ``pip download``
that reads the Simple API (or a directory, or a page of links) of every configured index. The names
that it uses in pip are the same in releases from 23.2 to 26.3.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from sealift.tools.arriving_files import ArrivingFiles
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
_FINDER = """
import json, sys
try:
    from pip._internal.cli.cmdoptions import make_target_python
    from pip._internal.commands.download import DownloadCommand
    from pip._internal.exceptions import CommandError
except ImportError as error:
    sys.exit(f"{UNKNOWN} ({error})")

class Find(DownloadCommand):
    def run(self, options, args):
        try:
            finder = self._build_package_finder(
                options=options,
                session=self.get_default_session(options),
                target_python=make_target_python(options),
            )
            find, name = finder.find_all_candidates, args[0]
        except (AttributeError, TypeError) as error:
            raise CommandError(f"{UNKNOWN} ({error})")
        links = [candidate.link for candidate in find(name)]
        names = sorted({link.filename for link in links if not link.is_yanked})
        if not names:
            raise CommandError(f"No matching distribution found for {name}")
        sys.stdout.write(json.dumps(names))
        return 0

sys.exit(Find("download", "List the wheels of a project.").main(sys.argv[1:]))
"""
_SOURCE = """
import sys
try:
    from pip._internal.cli.cmdoptions import make_target_python
    from pip._internal.commands.download import DownloadCommand
    from pip._internal.exceptions import CommandError
except ImportError as error:
    sys.exit(f"{UNKNOWN} ({error})")

class Fetch(DownloadCommand):
    def run(self, options, args):
        name, wanted, path = args
        try:
            session = self.get_default_session(options)
            finder = self._build_package_finder(
                options=options,
                session=session,
                target_python=make_target_python(options),
            )
            links = [candidate.link for candidate in finder.find_all_candidates(name)]
            urls = [link.url_without_fragment for link in links if link.filename == wanted]
        except (AttributeError, TypeError) as error:
            raise CommandError(f"{UNKNOWN} ({error})")
        if not urls:
            raise CommandError(f"No matching distribution found for {wanted}")
        answer = session.get(urls[0], headers={"Accept-Encoding": "identity"}, stream=True)
        answer.raise_for_status()
        size = 0
        with open(path, "xb") as file:
            for chunk in iter(lambda: answer.raw.read(65536), b""):
                size += len(chunk)
                if size > LARGEST:
                    raise CommandError(f"{wanted} has more than {LARGEST} bytes")
                file.write(chunk)
        return 0

sys.exit(Fetch("download", "Fetch the source of a project.").main(sys.argv[1:]))
"""
_LARGEST = 64 << 20
_UNKNOWN = "this release of pip is not known to sealift"
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
    program = f"UNKNOWN = {_UNKNOWN!r}\n{_FINDER}"
    arguments = ("--retries", "2", *_BINARY_ONLY, *_tags(platforms), project)
    output = _run("-c", program, *arguments, seconds=seconds)
    try:
        names = json.loads(output)
    except ValueError:
        raise PipError("pip did not list the wheels") from None
    return [str(name) for name in names]


def download(
    requirement: str,
    directory: Path,
    platforms: Sequence[str],
    progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Download one wheel to a directory; pip compares its digest with the index's.

    Args:
        requirement: its name and version.
        directory: where to write it.
        platforms: its platform tags.
        progress: called with the number of bytes that have arrived since the last call.

    Raises:
        PipError: it failed.
    """
    arguments = (*_BINARY_ONLY, "--no-cache-dir", *_tags(platforms))
    directory.mkdir(exist_ok=True)
    # pip writes the wheel to a temporary directory, where its bytes can be counted, and copies it.
    with TemporaryDirectory(dir=directory) as temporary:
        _run(
            *("-m", "pip", "download", *arguments, "--dest", str(directory), requirement),
            environment=dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temporary),
            meanwhile=ArrivingFiles(Path(temporary), progress),
        )


def download_source(project: str, name: str, path: Path) -> None:
    """Download the source archive ``name`` of a project to ``path``, and run nothing of it.

    ``pip download`` would run its build to learn what it depends on. The caller compares the
    digest.

    Raises:
        PipError: it failed.
    """
    program = f"UNKNOWN, LARGEST = {_UNKNOWN!r}, {_LARGEST}\n{_SOURCE}"
    arguments = ("--retries", "2", "--no-deps", "--no-binary=:all:")
    _run("-c", program, *arguments, project, name, str(path))


def install(requirement: str, directory: Path) -> None:
    """Install one wheel for this host, without its dependencies, into a directory of its own.

    Raises:
        PipError: it failed.
    """
    quick = ("--no-cache-dir", "--no-compile", "--no-warn-script-location")
    _run("-m", "pip", "install", *_BINARY_ONLY, *quick, "--target", str(directory), requirement)


def _tags(platforms: Sequence[str]) -> list[str]:
    return [word for tag in platforms for word in ("--platform", tag)]


def _run(
    *arguments: str,
    seconds: float | None = None,
    environment: Mapping[str, str] | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> str:
    try:
        # -P: a file named pip.py in the working directory is not pip.
        command = [sys.executable, "-P", *arguments]
        return run(
            command,
            environment={**_ENVIRONMENT, **(environment or {})},
            seconds=seconds,
            meanwhile=meanwhile,
        )
    except CommandError as error:
        reason = str(error)
        if any(text in reason for text in _MISSING):
            remedy = f"Install it with '{Path(sys.executable).name} -m ensurepip'."
            raise PipError("this Python has no pip", remedy) from error
        if _UNKNOWN in reason:
            raise PipError(reason, "Install another release of pip.") from error
        raise PipError(f"pip: {reason}") from error
