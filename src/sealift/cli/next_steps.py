"""What the reader of a command's output can do next, for its closing lines.

Only a terminal shows them: programs that read standard output are not told what to do.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from sealift.cli.streams import visible
from sealift.cli.tables import shortened
from sealift.errors import SealiftError
from sealift.result import BuildResult, Executable
from sealift.target import Platform

_SIGNING = {Platform.MACOS: "--sign-macos", Platform.WIN: "--sign-windows"}
"""The systems that warn about downloads without a publisher's signature."""


def print_next(*lines: str) -> None:
    """Print lines that say what to do next, if standard output is a terminal."""
    if sys.stdout.isatty():
        for line in lines:
            click.echo(visible(line))


def typed(*words: str | Path) -> str:
    """Return a command as the host's shell reads it: words with spaces are quoted."""
    texts = [str(word) for word in words]
    if os.name == "nt":
        from subprocess import list2cmdline

        return list2cmdline(texts)
    from shlex import join

    return join(texts)


def after_build(result: BuildResult) -> Iterator[str]:
    """Yield a line about an executable that runs here, and one about those that do not."""
    here = [one for one in result.executables if _runs_here(one)]
    others = [one for one in result.executables if one not in here]
    if here:
        path = shortened(here[0].path)
        yield f"Try it: {typed(path if os.sep in path else f'.{os.sep}{path}')}"
    if others:
        universal = [one.path for one in result.packages if one.kind == "universal"]
        yield " ".join(("For other machines:", *_for_other_machines(others, universal)))


def _for_other_machines(
    executables: Sequence[Executable], universal: Sequence[Path]
) -> Iterator[str]:
    """Yield sentences. These executables are verified, but the host cannot run them."""
    has_files = any(one.project.deploy_files for one in executables)
    how = "with what pkg.deployFiles lists" if has_files else "as it is"
    yield f"copy the file {how}, and try it there."
    platforms = {_platform(one) for one in executables if not one.is_signed}
    if unsigned := [platform for platform in _SIGNING if platform in platforms]:
        systems = " and ".join(platform.facts.os_name for platform in unsigned)
        verb = "warns" if len(unsigned) == 1 else "warn"
        options = ", ".join(_SIGNING[platform] for platform in unsigned)
        yield f"{systems} {verb} about downloads that are not signed ({options})."
    if signed := [
        one.path for one in executables if one.is_signed and _platform(one) is Platform.MACOS
    ]:
        command = typed("sealift", "notarize", *map(shortened, universal or signed))
        yield f"Have Apple check it: {command}"


def _runs_here(executable: Executable) -> bool:
    """Return True if the host can run it. Executables with musl inside need no C library."""
    from sealift.host import host_machine

    try:
        host, arch = host_machine()
    except SealiftError:  # no executable is for this machine
        return False
    platform = _platform(executable)
    is_same_machine = executable.node.arch is arch and platform.facts.os == host.facts.os
    return is_same_machine and platform.facts.libc in ("musl", host.facts.libc)


def _platform(executable: Executable) -> Platform:
    """Return the platform of its target; that of its Node is `alpine` for `linuxstatic`."""
    _, platform, _ = executable.target.rsplit("-", 2)
    return Platform(platform)
