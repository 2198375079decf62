"""Binaries that the user names: ``--node-binary TARGET=PATH``, and ``PKG_NODE_PATH``.

They are used where they are and never changed. The cache keeps what was read of them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from sealift.cache import digest_of
from sealift.errors import NodeError, UsageError
from sealift.findings import Finding, Severity
from sealift.model import NodeBinary
from sealift.nodes.node_cache import Cache
from sealift.nodes.validate import binary_facts, mismatch
from sealift.target import (
    Arch,
    NodeRange,
    NodeVersion,
    Platform,
    Target,
    arch_named,
    parse_target,
    platform_named,
)

VARIABLE = "PKG_NODE_PATH"


def own_binary(target: Target, binaries: Mapping[str, Path], cache: Cache) -> NodeBinary | None:
    """Give the binary that the user names for a target; None if there is none.

    Of several that fit, the one whose text says most about the target is taken. A text with a
    Node release other than the target's does not fit. ``PKG_NODE_PATH`` comes last.

    Raises:
        UsageError: a text is no target.
        NodeError: the binary is unusable, or not for that target.
    """
    fitting = [(said, text) for text in binaries if (said := _fits(text, target)) > 0]
    if fitting:
        text = max(fitting)[1]
        return load(binaries[text], target, f"the binary named for {text}", cache)
    if path := os.environ.get(VARIABLE):
        return load(Path(path), target, VARIABLE, cache)
    return None


def passed_over(binaries: Mapping[str, Path], targets: Sequence[Target]) -> tuple[Finding, ...]:
    """Tell of binaries that are named for a target's machine, but in another release than it asks.

    Those for other machines may be named for other builds.
    """
    return tuple(
        Finding(
            Severity.WARNING,
            "node-binary-unused",
            f"The binary named for {text} is not used for {target}, which asks for another"
            " release.",
            f"Ask for its release with -t, or name a binary for {target}.",
        )
        for target in targets
        if not any(_fits(text, target) for text in binaries)
        for text in binaries
        if _is_machine(parse_target(text, _machine(target)), target)
    )


def load(path: Path, target: Target, named_by: str, cache: Cache) -> NodeBinary:
    """Look at a binary of the user's and check that it is what the target asks.

    Args:
        path: the file.
        target: what it is to be.
        named_by: where the path comes from, for messages.
        cache: keeps its digest and facts.

    Raises:
        NodeError: it is missing, unreadable, no Node binary, or not for that target.
    """
    path = path.expanduser().absolute()
    what = f"{path} ({named_by})"
    binary = read_binary(path, what, target.platform.node_platform, target.arch, cache)
    facts = binary.facts
    if wrong := mismatch(facts, target.node, target.platform, target.arch):
        raise NodeError(
            "binary-mismatch",
            f"{what} is not for {target}: {wrong}.",
            f"Ask for what it is, -t node{facts.version}-{facts.system}-{facts.machine}, or name a "
            f"binary for {target}." + (f" Or unset {VARIABLE}." if named_by == VARIABLE else ""),
        )
    return binary


def read_binary(
    path: Path, what: str, platform: Platform, arch: Arch, cache: Cache, source: str = "file"
) -> NodeBinary:
    """Look at a Node binary outside the cache; whether it is for the machine is not checked.

    Args:
        path: the file, absolute.
        what: how to name it in messages.
        platform, arch: what it is to be used for.
        cache: keeps its digest and facts.
        source: ``NodeBinary.source``.

    Raises:
        NodeError: it is missing, unreadable, or no unmodified Node binary.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise NodeError(
                "binary-missing",
                f"{what} is not a file.",
                "Name the Node executable itself, such as bin/node or node.exe.",
            )
        known = cache.recall_file(path)
        if known is None:
            known = digest_of(path), binary_facts(path, what)
            cache.remember_file(path, *known, status)
    except OSError as error:
        raise NodeError(
            "binary-missing",
            f"{what} cannot be read: {error.strerror or error}.",
            "Name a Node binary that exists and is readable.",
        ) from error
    sha256, facts = known
    return NodeBinary(
        version=NodeVersion.parse(facts.version),
        platform=platform,
        arch=arch,
        path=path,
        size=status.st_size,
        sha256=sha256,
        source=source,
        origin=str(path),
        facts=facts,
    )


def _fits(text: str, target: Target) -> int:
    """Count how much a text says of the target; 0 if it speaks of another one."""
    # What the text leaves out is the target's own.
    named = parse_target(text, _machine(target))
    tokens = [token for token in text.lower().split("-") if token]
    if "host" in tokens:
        raise UsageError(
            "target-unknown",
            f"A binary cannot be named for '{text}'.",
            "Write the platform and architecture instead, such as linux-x64.",
        )
    if not _is_machine(named, target):
        return 0
    machine = sum(1 for token in tokens if platform_named(token) or arch_named(token))
    if machine == len(tokens):
        return 1 + machine
    return 8 + machine + len(named.node.parts) if _admits(named.node, target.node) else 0


def _machine(target: Target) -> tuple[Platform, Arch]:
    return target.platform, target.arch


def _is_machine(one: Target, other: Target) -> bool:
    return _machine(one) == _machine(other)


def _admits(named: NodeRange, asked: NodeRange) -> bool:
    """Tell whether a text for one range of releases may serve a target that asks another."""
    shared = min(len(named.parts), len(asked.parts))
    return named.parts[:shared] == asked.parts[:shared]
