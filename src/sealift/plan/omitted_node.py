"""The Node releases of targets that name none: the major of the host's Node, or the default.

Reasons: docs/decisions/default-node-major.md.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading

from msgspec import Struct

from sealift.findings import Finding, Severity
from sealift.plan.messages import NODE_OF_HOST, NODE_OF_HOST_UNUSED
from sealift.target import DEFAULT_MAJOR, SUPPORTED_MAJORS, NodeRange, NodeVersion

_SECONDS = 5.0
_LONGEST_LINE = 64  # bytes


class OmittedNode(Struct):
    """Decides once, and only if a target names no release.

    Attributes:
        oldest_major: of the host's Node that is taken over.
        findings: what was decided, and why; empty before the first call.
    """

    oldest_major: int
    findings: tuple[Finding, ...] = ()
    _range: NodeRange | None = None

    def __call__(self) -> NodeRange:
        """Return the releases of a target that names none."""
        if self._range is None:
            major, finding = _decide(self.oldest_major)
            self._range, self.findings = NodeRange((major,)), (finding,)
        return self._range


def _decide(oldest_major: int) -> tuple[int, Finding]:
    """Return the major, with a finding that says why it is that one."""
    path = shutil.which("node")
    if path is None:
        return DEFAULT_MAJOR, _unused("the host has no `node` on its PATH")
    line = _first_line([path, "--version"])
    try:
        version = NodeVersion.parse(line)
    except ValueError:
        return DEFAULT_MAJOR, _unused("the host's `node --version` names no release")
    usable = [major for major in SUPPORTED_MAJORS if major >= oldest_major]
    if version.major not in usable:
        majors = ", ".join(map(str, usable))
        reason = f"the host's `node` is {version} and only these majors are taken over: {majors}"
        return DEFAULT_MAJOR, _unused(reason)
    finding = NODE_OF_HOST.finding(Severity.NOTE, major=version.major, version=version)
    return version.major, finding


def _unused(reason: str) -> Finding:
    return NODE_OF_HOST_UNUSED.finding(Severity.NOTE, major=DEFAULT_MAJOR, reason=reason)


def _first_line(command: list[str]) -> str:
    """Return the first line that a program prints; "" if it fails, takes long, or prints more."""
    environment = {name: value for name, value in os.environ.items() if name != "NODE_OPTIONS"}
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
    except OSError:
        return ""
    lines: list[bytes] = []
    stream = process.stdout
    assert stream is not None
    # A thread, because a program that the first one started may keep the pipe open for ever.
    reader = threading.Thread(target=lambda: lines.append(stream.readline(_LONGEST_LINE)))
    reader.daemon = True
    reader.start()
    reader.join(_SECONDS)
    process.kill()
    process.wait()
    if not reader.is_alive():
        stream.close()
    return lines[0].decode("ascii", "replace").strip() if lines else ""
