"""Patches of Node's source that the user names: tried first, then applied, all or none."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sealift.errors import NodeError

_CHANGE = re.compile(rb"^(@@ |diff --git )", re.MULTILINE)
_FAILED = re.compile(r"Hunk #\d+ FAILED at \d+|can't find file to patch|No file to patch", re.I)
_REJECTED = re.compile(r"error: (?:patch failed: )?(\S+:\d+.*|.*(?:No such file|does not).*)")
_FILE = re.compile(r"^(?:checking|patching) file '?([^'\n]+)'?$")
_REFUSED_AT = re.compile(r"Hunk #(\d+) FAILED at (\d+)")


def digest_of(patches: Sequence[Path]) -> str:
    """Give one digest of all patches' contents, in their order; "" for none.

    Raises:
        NodeError: one cannot be read.
    """
    digest = hashlib.sha256()
    for patch in patches:
        try:
            digest.update(hashlib.sha256(patch.read_bytes()).digest())
        except OSError as error:
            raise NodeError(
                "patch-missing",
                f"The patch {patch} cannot be read: {error.strerror}.",
                "Name an existing file with --node-patch.",
            ) from error
    return digest.hexdigest() if patches else ""


def tool() -> tuple[str, ...]:
    """Give the program that applies patches, or nothing if there is none."""
    if patch := shutil.which("patch"):
        return patch, "-p1", "--batch", "--forward", "--fuzz=0"
    if git := shutil.which("git"):
        return git, "apply", "-p1"
    return ()


def apply(patches: Sequence[Path], tree: Path) -> None:
    """Apply patches to a source tree, each of them after a trial.

    The caller does away with a tree that this has failed on: earlier patches are applied then.

    Raises:
        NodeError: one does not apply; the message names the hunk.
    """
    for patch in patches:
        if not _CHANGE.search(patch.read_bytes()):
            raise _refused(patch, "there is no change in it")
        for trial in (True, False):
            done = _run(patch.absolute(), tree, trial=trial)
            if done.returncode != 0:
                raise _refused(patch, _complaint(done.stdout))


def _refused(patch: Path, reason: str) -> NodeError:
    return NodeError(
        "patch-refused",
        f"The patch {patch} does not apply: {reason}.",
        "Make it for this release of Node (paths as `git diff` writes them, -p1), or leave it out.",
    )


def _run(patch: Path, tree: Path, *, trial: bool) -> subprocess.CompletedProcess[str]:
    command = list(tool())
    if command[1] == "apply":
        # Outside of a repository, or git would take a tree within one for a part of it.
        environment = {"GIT_DIR": str(tree / "no-repository"), "LC_ALL": "C"}
        command += ["--check"] if trial else []
        command += [str(patch)]
    else:
        environment = {"LC_ALL": "C"}
        command += ["--dry-run"] if trial else []
        command += ["-i", str(patch)]
    return subprocess.run(
        command,
        cwd=tree,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _complaint(output: str) -> str:
    """Name the first hunk that was refused, out of what patch or git says."""
    file = ""
    for line in output.splitlines():
        if named := _FILE.match(line.strip()):
            file = named[1]
        elif hunk := _REFUSED_AT.search(line):
            return f"hunk {hunk[1]} of {file or 'a file'}, at line {hunk[2]}"
        elif refused := _REJECTED.search(line):
            return refused[1].rstrip(".")
        elif _FAILED.search(line):
            return line.strip().rstrip(".")
    last = [line.strip() for line in output.splitlines() if line.strip()]
    return last[-1].rstrip(".") if last else "it says nothing about why"
