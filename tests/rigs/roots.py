"""Minimal Linux systems: an empty root, and one with only musl and BusyBox.

A program runs under ``chroot``, at the same path and in the same working directory as outside.
QEMU's user emulation, which is copied into the root, runs executables for arm64.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from rigs import debian
from rigs.cache import RigError, dev_cache, make_once
from rigs.machine import Completed, bare_environment, complete, copied

_QEMU = "qemu-aarch64-static"
_NOBODY = 65534
_NO_ROOTS = shutil.ignore_patterns(
    "root-*"
)  # one of them is the root that the files are copied into
_NAMES = {"x64": "x86_64", "arm64": "aarch64"}
_APPLETS = ("sh", "ash", "ls", "cat", "echo", "env", "id", "uname", "mkdir", "rm", "sleep", "true")

# Python enters the root, since the root has no program that could.
_ENTER = """\
import os, sys
root, directory, user, *command = sys.argv[1:]
os.chroot(root)
os.chdir(directory)
if int(user):
    os.setgroups([])
    os.setgid(int(user))
    os.setuid(int(user))
os.execve(command[0], command, os.environ)
"""


class Root:
    """A machine whose file system holds the program and little else."""

    def __init__(
        self,
        platform: str,
        arch: str,
        *,
        proc: bool = True,
        tmp: bool = True,
        nobody: bool = False,
        page: int = 0,
    ) -> None:
        """Describe the machine.

        Args:
            platform: ``linuxstatic`` for an empty root, ``alpine`` for one with musl and BusyBox.
            arch: ``x64`` or ``arm64``.
            proc: whether ``/proc`` is mounted.
            tmp: whether ``/tmp`` exists.
            nobody: whether the program runs as the user ``nobody``.
            page: page size in bytes of an emulated machine; 0 for QEMU's default.
        """
        self.platform, self.arch = platform, arch
        self._proc, self._tmp, self._nobody, self._page = proc, tmp, nobody, page

    def set_up(self) -> None:
        """Fetch what the root is made of."""
        if self.platform == "alpine":
            _musl_and_busybox(self.arch)

    def missing(self) -> str:
        """Return the name of what is missing, or ""."""
        if sys.platform != "linux" or platform.machine() != "x86_64":
            return "a linux-x64 machine"
        if os.geteuid() and self._nobody:
            return "root, to run a program as another user"
        if os.geteuid() and not _user_namespaces():
            return "root or user namespaces, to enter a root of its own"
        if self.arch == "arm64" and not shutil.which(_QEMU):
            return _QEMU
        if self._page and not _has_page_sizes():
            return f"{_QEMU} with a choice of page sizes"
        if self.platform == "alpine":
            try:
                _musl_and_busybox(self.arch)
            except RigError as error:
                return str(error)
        return ""

    def run(
        self,
        executable: Path,
        *args: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 240,
    ) -> Completed:
        """Run a hard link to it; copy ``cwd`` into the root, and back afterwards."""
        executable = executable.resolve()
        with tempfile.TemporaryDirectory(dir=executable.parent, prefix="root-") as name:
            root = Path(name)
            root.chmod(0o755)
            self._furnish(root)
            command = [str(executable), *args]
            if self.arch == "arm64":
                shutil.copy(shutil.which(_QEMU) or _QEMU, root / _QEMU)
                pages = ["-p", str(self._page)] if self._page else []
                command[:0] = [f"/{_QEMU}", *pages]
            inside = root / executable.relative_to("/")
            inside.parent.mkdir(parents=True, exist_ok=True)
            os.link(executable, inside)
            directory = root if cwd is None else root / cwd.resolve().relative_to("/")
            user = _NOBODY if self._nobody else 0
            where = "/" if cwd is None else str(cwd.resolve())
            proc = root / "proc"
            enter = [sys.executable, "-c", _ENTER, str(root), where, str(user)]
            if os.geteuid():
                enter[:0] = _unshare(proc if self._proc else None)
            if self._proc:
                proc.mkdir()
            mounted = self._proc and not os.geteuid()
            with (
                copied(cwd, directory, _NO_ROOTS),
                _mounted(proc) if mounted else contextlib.nullcontext(),
            ):
                environment = bare_environment({"HOME": "/tmp", **(env or {})})
                return complete([*enter, *command], cwd=None, env=environment, timeout=timeout)

    def _furnish(self, root: Path) -> None:
        if self.platform == "alpine":
            shutil.copytree(_musl_and_busybox(self.arch), root, symlinks=True, dirs_exist_ok=True)
        if self._tmp:
            (root / "tmp").mkdir(exist_ok=True)
            (root / "tmp").chmod(0o1777)


def _musl_and_busybox(arch: str) -> Path:
    """Return the directory of a minimal Alpine system."""

    def make(root: Path) -> None:
        for folder in ("lib", "bin", "etc", "tmp"):
            (root / folder).mkdir()
        loader = debian.package("musl", arch) / f"usr/lib/{_NAMES[arch]}-linux-musl/libc.so"
        shutil.copy(loader, root / "lib" / f"ld-musl-{_NAMES[arch]}.so.1")
        shutil.copy(debian.package("busybox-static", arch) / "usr/bin/busybox", root / "bin")
        for applet in _APPLETS:
            (root / "bin" / applet).symlink_to("busybox")
        (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
        (root / "etc/os-release").write_text("ID=alpine\n")

    return make_once(dev_cache() / "rigs" / f"alpine-{arch}", make)


@contextlib.contextmanager
def _mounted(proc: Path) -> Iterator[None]:
    subprocess.run(["mount", "-t", "proc", "proc", proc], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", proc], check=True)


def _unshare(proc: Path | None) -> list[str]:
    """Return the start of a command that runs as root in its own namespaces."""
    mount = ["--mount", "--pid", "--fork", f"--mount-proc={proc}"] if proc else []
    return ["unshare", "--map-root-user", *mount]


def _user_namespaces() -> bool:
    with tempfile.TemporaryDirectory() as proc:
        command = [*_unshare(Path(proc)), "true"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _has_page_sizes() -> bool:
    done = subprocess.run([_QEMU, "-h"], capture_output=True, text=True, check=False)
    return "QEMU_PAGESIZE" in done.stdout
