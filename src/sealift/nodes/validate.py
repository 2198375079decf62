"""Check that a binary is an unused Node binary, for a certain machine and release."""

from __future__ import annotations

from pathlib import Path

from sealift.errors import FormatError
from sealift.formats.executable_identity import Identity
from sealift.formats.node_facts import NodeFacts, read_facts
from sealift.nodes import messages
from sealift.target import Arch, NodeRange, NodeVersion, Platform

_OTHER_BINARY = "Use an unmodified Node binary of release 22 or newer."


def binary_facts(path: Path, what: str) -> NodeFacts:
    """Return a Node binary's facts, if executables can be made of it.

    Args:
        path: the file.
        what: its name in messages.

    Raises:
        NodeError: it is not an unmodified Node binary.
    """
    try:
        facts = read_facts(path)
    except FormatError as error:
        raise messages.BINARY_REFUSED.error(
            what=what, reason=error.message.rstrip("."), remedy=error.remedy or _OTHER_BINARY
        ) from error
    if facts.fuse_set or facts.has_blob:
        raise messages.BINARY_USED.error(what=what)
    return facts


def mismatch(facts: NodeFacts, node: NodeRange, platform: Platform, arch: Arch) -> str:
    """Return why a binary is not the requested one, such as ``it is for win-x64``; "" if it is."""
    if not fits_machine(facts, platform, arch):
        return f"it is for {facts.system}-{facts.machine} ({facts.container})"
    if not node.matches(NodeVersion.parse(facts.version)):
        return f"it is Node {facts.version}"
    return ""


def fits_machine(file: NodeFacts | Identity, platform: Platform, arch: Arch) -> bool:
    """Return True if a binary runs on a machine.

    armv7 runs binaries for armv6, and alpine runs statically linked ones.
    """
    machines = (arch.value, Arch.ARMV6.value) if arch == Arch.ARMV7 else (arch.value,)
    facts = platform.facts
    systems: list[str] = [platform.node_platform]
    if file.is_static and facts.libc == "musl":
        systems.append(Platform.LINUX)
    return file.container == facts.container and file.system in systems and file.machine in machines
