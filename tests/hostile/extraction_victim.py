"""A program with an addon, the user who starts it, and another user who can plant files."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rigs.capability import lacking
from rigs.machine import Completed, complete

USER, OTHER = 54322, 54321  # users without entries in /etc/passwd

GOOD = """
void *napi_register_module_v1(void *env, void *exports) { return exports; }
"""
EVIL = """
#include <fcntl.h>
void *napi_register_module_v1(void *env, void *exports) { return exports; }
__attribute__((constructor)) static void run(void) { open("%s", O_CREAT | O_WRONLY, 0600); }
"""

SWAP = """
import ctypes, os, random, sys, time
libc = ctypes.CDLL(None, use_errno=True)
first, second, stop, count = (*map(os.fsencode, sys.argv[1:4]), int(sys.argv[4]))
chance, swaps = random.Random(1), 0
while not os.path.exists(stop) and swaps < 50 * count:
    swaps += libc.renameat2(-100, first, -100, second, 2) == 0
    time.sleep(chance.choice((0, 0.00002, 0.0005, 0.003)))
print(swaps)
"""


@dataclass(frozen=True, slots=True)
class Victim:
    """One executable, and where its user extracts.

    Attributes:
        executable: whose program prints `loaded`.
        root: a directory of root's, which all users can read.
        user: who starts it.
    """

    executable: Path
    root: Path
    user: int = USER

    @property
    def home(self) -> Path:
        """The user's home."""
        return self.root / "home"

    @property
    def cache(self) -> Path:
        """Where addons are extracted, if nothing is in the way."""
        return self.home / ".cache/sealift"

    @property
    def temporary(self) -> Path:
        """The directory for temporary files."""
        return self.root / "temporary"

    def environment(self, given: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the variables that the program has."""
        own = {"HOME": str(self.home), "TMPDIR": str(self.temporary), "PATH": os.environ["PATH"]}
        return own | dict(given or {})

    def command(self, script: str = 'exec "$@"') -> list[str]:
        """Return the command that starts the program as its user, from a shell's script."""
        return as_user(self.user, ["sh", "-c", script, "sh", str(self.executable)])

    def start(self, env: Mapping[str, str] | None = None, script: str = 'exec "$@"') -> Completed:
        """Start it and wait; raise if it hangs."""
        environment = self.environment(env)
        return complete(self.command(script), cwd=Path("/"), env=environment, timeout=30)

    def files(self) -> list[Path]:
        """Return all that is extracted, and what else is in the places for it."""
        return sorted(
            Path(parent, name)
            for place in (self.cache, self.temporary)
            for parent, _, names in os.walk(place)
            for name in names
        )


def as_user(user: int, command: Iterable[str]) -> list[str]:
    """Return the command that runs another one as a user."""
    if user == os.geteuid():
        return list(command)
    if os.geteuid() or not shutil.which("setpriv"):
        lacking("root and setpriv, to run as another user")
    who = str(user)
    return ["setpriv", "--reuid", who, "--regid", who, "--clear-groups", *command]


def compile_addon(source: str, output: Path) -> Path:
    """Compile an addon for the host."""
    compiler = shutil.which("cc") or shutil.which("g++") or lacking("a compiler for C")
    text = output.with_suffix(".c")
    text.write_text(source)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", output, text], check=True)
    output.chmod(0o755)
    return output


def swapping(first: Path, second: Path, stop: Path, count: int) -> subprocess.Popen[str]:
    """Start what exchanges two directories until a file exists; it prints how often it did."""
    if not hasattr(ctypes.CDLL(None), "renameat2"):
        lacking("renameat2 of the C library")
    python = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    command = [str(python), "-I", "-S", "-c", SWAP, str(first), str(second), str(stop), str(count)]
    return subprocess.Popen(
        as_user(OTHER, command), cwd="/", stdout=subprocess.PIPE, text=True, env={}
    )
