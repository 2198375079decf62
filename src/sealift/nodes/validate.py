"""What arrived must be what was asked: format, machine, release, and one fuse that is not set."""

from __future__ import annotations

from pathlib import Path

from sealift.errors import FormatError, NodeError
from sealift.formats.executable_identity import Identity
from sealift.formats.node_facts import NodeFacts, read_facts
from sealift.target import Arch, NodeRange, NodeVersion, Platform

_OTHER_BINARY = "Give another binary or another release of Node, 22 or newer and unmodified."


def binary_facts(path: Path, what: str) -> NodeFacts:
    """Read a Node binary's facts; refuse what no executable can be made of.

    Args:
        path: the file.
        what: how to name it in a message.

    Raises:
        NodeError: it is no Node binary, or no unmodified one.
    """
    try:
        facts = read_facts(path)
    except FormatError as error:
        raise NodeError(
            "binary-refused",
            f"{what} is not a Node binary that can be used: {_clause(error.message)}.",
            error.remedy or _OTHER_BINARY,
        ) from error
    if facts.fuse_set or facts.has_blob:
        raise NodeError(
            "binary-used",
            f"{what} already is a single executable: it carries an application.",
            "Give the plain Node binary that Node's own distribution holds.",
        )
    return facts


def mismatch(facts: NodeFacts, node: NodeRange, platform: Platform, arch: Arch) -> str:
    """Say what of a binary is not what was asked, such as ``it is for win-x64``; "" if nothing."""
    if not fits_machine(facts, platform, arch):
        return f"it is for {facts.system}-{facts.machine} ({facts.container})"
    if not node.matches(NodeVersion.parse(facts.version)):
        return f"it is Node {facts.version}"
    return ""


def fits_machine(file: NodeFacts | Identity, platform: Platform, arch: Arch) -> bool:
    """Tell whether a binary runs on a machine.

    armv7 runs what was made for armv6, and alpine what was linked statically.
    """
    machines = (arch.value, Arch.ARMV6.value) if arch == Arch.ARMV7 else (arch.value,)
    facts = platform.facts
    systems: list[str] = [platform.node_platform]
    if file.is_static and facts.libc == "musl":
        systems.append(Platform.LINUX)
    return file.container == facts.container and file.system in systems and file.machine in machines


def _clause(sentence: str) -> str:
    return sentence.rstrip(".")
