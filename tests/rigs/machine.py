"""The interface of a machine that runs built executables, and how a program is run."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Completed:
    """What a program printed, and its exit code: negative for a signal."""

    stdout: str
    stderr: str
    code: int


class Machine(Protocol):
    """A machine of one platform and architecture, real or emulated."""

    platform: str
    arch: str

    def set_up(self) -> None:
        """Install what the machine needs, once; raise RigError if that is impossible here."""

    def missing(self) -> str:
        """Return the name of what this machine lacks here, or "" if it is ready."""

    def run(
        self,
        executable: Path,
        *args: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 120,
    ) -> Completed:
        """Run to the end with a bare environment plus ``env`` and without standard input.

        Files in ``cwd`` are the program's; what it writes there is in ``cwd`` afterwards.
        """


def host_target() -> tuple[str, str]:
    """Return the platform and architecture of the host, in the words of targets."""
    systems = {"linux": "linux", "darwin": "macos", "win32": "win"}
    processors = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
    return systems[sys.platform], processors[platform.machine().lower()]


def bare_environment(env: Mapping[str, str] | None) -> dict[str, str]:
    """Return the least that programs expect: nothing of the developer's leaks into a test."""
    base = {"PATH": os.environ.get("PATH", os.defpath), "HOME": tempfile.gettempdir()}
    base |= {"LANG": "C.UTF-8", "TZ": "UTC"}
    return base | dict(env or {})


@contextlib.contextmanager
def copied(
    cwd: Path | None,
    inside: Path,
    ignore: Callable[[str, list[str]], Iterable[str]] | None = None,
) -> Iterator[None]:
    """Copy ``cwd`` to ``inside`` for a program that sees nothing else, and back afterwards.

    What the program has removed is removed. Without ``cwd``, ``inside`` is empty.
    """
    if cwd is None:
        inside.mkdir(parents=True, exist_ok=True)
        yield
        return
    shutil.copytree(cwd, inside, symlinks=True, dirs_exist_ok=True, ignore=ignore)
    before = _names(inside)
    yield
    for name in before - _names(inside):
        gone = cwd / name
        if gone.is_dir() and not gone.is_symlink():
            shutil.rmtree(gone, ignore_errors=True)
        else:
            gone.unlink(missing_ok=True)
    shutil.copytree(inside, cwd, symlinks=True, dirs_exist_ok=True)


def _names(directory: Path) -> set[Path]:
    return {path.relative_to(directory) for path in directory.rglob("*")}


def complete(
    command: Sequence[str | Path], *, cwd: Path | None, env: Mapping[str, str], timeout: float
) -> Completed:
    """Run ``command`` with its output in files (Wine needs files, and no reader can block)."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        code = subprocess.run(
            command,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            timeout=timeout,
            check=False,
        ).returncode
        texts = []
        for file in (stdout, stderr):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "replace").replace("\r\n", "\n"))
    return Completed(texts[0], texts[1], code)
