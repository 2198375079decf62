"""Apply the user's patches to Node's source, each after a trial run."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sealift.errors import NodeError
from sealift.nodes.build.messages import PATCH_MISSING, PATCH_REFUSED

_CHANGE = re.compile(rb"^(@@ |diff --git )", re.MULTILINE)
_FAILED = re.compile(r"Hunk #\d+ FAILED at \d+|can't find file to patch|No file to patch", re.I)
_REJECTED = re.compile(r"error: (?:patch failed: )?(\S+:\d+.*|.*(?:No such file|does not).*)")
_FILE = re.compile(r"^(?:checking|patching) file '?([^'\n]+)'?$")
_REFUSED_AT = re.compile(r"Hunk #(\d+) FAILED at (\d+)")


def digest_of(patches: Sequence[Path]) -> str:
    """Return one digest of the contents of all patches, in their order; "" for none.

    Raises:
        NodeError: a patch cannot be read.
    """
    digest = hashlib.sha256()
    for patch in patches:
        try:
            digest.update(hashlib.sha256(patch.read_bytes()).digest())
        except OSError as error:
            raise PATCH_MISSING.error(patch=patch, reason=error.strerror) from error
    return digest.hexdigest() if patches else ""


def tool() -> tuple[str, ...]:
    """Return the command that applies patches; empty if none is installed."""
    if patch := shutil.which("patch"):
        return patch, "-p1", "--batch", "--forward", "--fuzz=0"
    if git := shutil.which("git"):
        return git, "apply", "-p1"
    return ()


def apply(patches: Sequence[Path], tree: Path) -> None:
    """Apply patches to a source tree, each of them after a trial run.

    If one fails, earlier ones are applied already; the caller discards the tree.

    Raises:
        NodeError: a patch does not apply; the message names the hunk.
    """
    for patch in patches:
        if not _CHANGE.search(patch.read_bytes()):
            raise _refused(patch, "it contains no change")
        for trial in (True, False):
            done = _run(patch.absolute(), tree, trial=trial)
            if done.returncode != 0:
                raise _refused(patch, _reason(done.stdout))


def _refused(patch: Path, reason: str) -> NodeError:
    return PATCH_REFUSED.error(patch=patch, reason=reason)


def _run(patch: Path, tree: Path, *, trial: bool) -> subprocess.CompletedProcess[str]:
    command = list(tool())
    if command[1] == "apply":
        # Without a repository, as git would otherwise apply paths relative to one around the tree.
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


def _reason(output: str) -> str:
    """Return the first hunk that was refused, from the output of patch or git."""
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
    return last[-1].rstrip(".") if last else "its output gives no reason"
