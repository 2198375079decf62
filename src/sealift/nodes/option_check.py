"""Ask Node whether it takes the options that executables embed."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from sealift.errors import NodeError
from sealift.host import host_machine
from sealift.model import NodeBinary, SilentObserver
from sealift.nodes import messages
from sealift.nodes.fetch import obtain_all
from sealift.nodes.providers import stock_only
from sealift.options import NodeOptions
from sealift.record import replace
from sealift.target import NodeRange, NodeVersion, Target
from sealift.target_build import TargetBuild
from sealift.tools.subprocesses import minimal_environment

_SECONDS = 30.0
_LONGEST = 300  # characters of an answer of Node that a message shows


def check_options(
    builds: Sequence[TargetBuild], arguments: Sequence[str], options: NodeOptions
) -> None:
    """Refuse options for Node with which an executable would end at once.

    Each release among the targets is asked, if the host can run a binary of it that the run or the
    cache has: with ``--version`` first, Node reads all options, prints its version and ends.

    Args:
        builds: with Node binaries.
        arguments: what the executables embed.
        options: where the cache is.

    Raises:
        NodeError: ``options-refused``.
    """
    if not arguments:
        return
    for version in dict.fromkeys(build.node.version for build in builds):
        node = _runnable(version, [build.node for build in builds], options)
        reason = None if node is None else _refusal(node, arguments)
        if reason:
            raise messages.OPTIONS_REFUSED.error(
                options=" ".join(arguments), version=version, reason=reason
            )


def _runnable(
    version: NodeVersion, at_hand: Sequence[NodeBinary], options: NodeOptions
) -> NodeBinary | None:
    """Return a binary of a release that the host can run; None if it would have to be fetched."""
    system, arch = host_machine()
    machine = system.node_platform, arch
    for one in at_hand:
        if one.version == version and (one.platform, one.arch) == machine:
            return one
    cached = replace(stock_only(options), offline=True)
    try:
        target = Target(NodeRange.exactly(version), *machine)
        return obtain_all((target,), cached, SilentObserver())[0]
    except NodeError:
        return None


def _refusal(node: NodeBinary, arguments: Sequence[str]) -> str:
    """Return what Node says against the options; "" if it takes them or cannot be asked."""
    try:
        done = subprocess.run(
            [node.path, "--version", *arguments],
            env=minimal_environment(node),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ""
    if done.returncode == 0:
        return ""
    said = next((line for line in done.stderr.splitlines() if line.strip()), "it ends at once")
    for prefix in (f"{node.path}: ", "Error: "):
        said = said.removeprefix(prefix)
    return said[:_LONGEST].rstrip(".")
