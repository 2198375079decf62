"""Binaries that the user names: ``--node-binary TARGET=PATH``, and ``PKG_NODE_PATH``.

They are used where they are and never changed. The cache keeps their digests and facts.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from sealift.cache import digest_of
from sealift.findings import Finding, Severity
from sealift.model import NodeBinary
from sealift.nodes import messages
from sealift.nodes.node_cache import NodeCache
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


def own_binary(target: Target, binaries: Mapping[str, Path], cache: NodeCache) -> NodeBinary | None:
    """Return the binary that the user names for a target; None if there is none.

    If several fit, the one whose text says most about the target is used. A text with another
    Node release than the target's does not fit. ``PKG_NODE_PATH`` comes last.

    Raises:
        UsageError: a text is not a target.
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
    """Return findings about binaries for a target's machine that are of another release.

    Binaries for other machines may be named for other builds.
    """
    return tuple(
        messages.NODE_BINARY_UNUSED.finding(Severity.WARNING, named=text, target=target)
        for target in targets
        if not any(_fits(text, target) for text in binaries)
        for text in binaries
        if _is_machine(parse_target(text, _machine(target)), target)
    )


def load(path: Path, target: Target, named_by: str, cache: NodeCache) -> NodeBinary:
    """Return the binary at a path, after a check that it is for a target.

    Args:
        path: the file.
        target: that it should be for.
        named_by: where the path comes from, for messages.
        cache: keeps its digest and facts.

    Raises:
        NodeError: it is missing, unreadable, not a Node binary, or not for that target.
    """
    path = path.expanduser().absolute()
    what = f"{path} ({named_by})"
    binary = read_binary(path, what, target.platform.node_platform, target.arch, cache)
    facts = binary.facts
    if wrong := mismatch(facts, target.node, target.platform, target.arch):
        by_variable = named_by == VARIABLE
        message = (
            messages.VARIABLE_BINARY_MISMATCH if by_variable else messages.NAMED_BINARY_MISMATCH
        )
        raise message.error(
            what=what,
            target=target,
            reason=wrong,
            version=facts.version,
            system=facts.system,
            machine=facts.machine,
            variable=VARIABLE,
        )
    return binary


def read_binary(
    path: Path, what: str, platform: Platform, arch: Arch, cache: NodeCache, source: str = "file"
) -> NodeBinary:
    """Return a Node binary outside the cache; the machine that it is for is not checked.

    Args:
        path: the file, absolute.
        what: its name in messages.
        platform, arch: what it is to be used for.
        cache: keeps its digest and facts.
        source: ``NodeBinary.source``.

    Raises:
        NodeError: it is missing, unreadable, or not an unmodified Node binary.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise messages.NAMED_BINARY_NOT_A_FILE.error(what=what)
        known = cache.recall_file(path)
        if known is None:
            known = digest_of(path), binary_facts(path, what)
            cache.remember_file(path, *known, status)
    except OSError as error:
        raise messages.NAMED_BINARY_UNREADABLE.error(
            what=what, reason=error.strerror or error
        ) from error
    sha256, facts = known
    return NodeBinary(
        version=NodeVersion.parse(facts.version),
        platform=platform,
        arch=arch,
        path=path,
        size=status.st_size,
        sha256=sha256,
        provider=source,
        origin=str(path),
        facts=facts,
    )


def _fits(text: str, target: Target) -> int:
    """Return how much a text says about the target; 0 if it is for another one."""
    # What the text omits is taken from the target.
    named = parse_target(text, _machine(target))
    tokens = [token for token in text.lower().split("-") if token]
    if "host" in tokens:
        raise messages.BINARY_NAMED_FOR_HOST.error(text=text)
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
    """Return True if a binary for one range of releases may serve a target with another range."""
    shared = min(len(named.parts), len(asked.parts))
    return named.parts[:shared] == asked.parts[:shared]
