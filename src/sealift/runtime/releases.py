"""Check which Node releases the runtime supports, and what it cannot do in some of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sealift.findings import Finding, Severity
from sealift.formats.sea_blob import BlobLayout
from sealift.model import NodeBinary, Project, ResolutionKind, Role
from sealift.options import YOUNG_GENERATION, YOUNG_GENERATIONS, Compression
from sealift.runtime import messages
from sealift.target import SUPPORTED_RELEASES, NodeRange, NodeVersion, Target, is_supported
from sealift.target_build import ChosenRelease

# The blob of these releases can hold Node options (execArgv).
_WITH_OPTIONS = (
    (NodeVersion(22, 20, 0), NodeVersion(23, 0, 0)),
    (NodeVersion(24, 8, 0), NodeVersion(999, 0, 0)),
)
# `node:zlib` of these releases has Zstandard.
_WITH_ZSTD = (
    (NodeVersion(22, 15, 0), NodeVersion(23, 0, 0)),
    (NodeVersion(23, 8, 0), NodeVersion(999, 0, 0)),
)
# V8 of these releases does not count the size of the young generation among the flags on which code
# caches depend: another size has it refuse neither sealift's nor those of Node's own modules.
_WITH_YOUNG_GENERATION = (
    (NodeVersion(24, 19, 0), NodeVersion(25, 0, 0)),
    (NodeVersion(26, 1, 0), NodeVersion(27, 0, 0)),
)
_MARGIN = 1.1  # starts differ a little
_MODULES_IN_20 = NodeVersion(20, 19, 0)  # a synchronous loader, which begins with ES modules
_END_OF_LIFE = 20


def require_targets(targets: Sequence[Target]) -> None:
    """Raise NodeError if a target's range holds no release that the runtime supports.

    This needs no network; `check_release` checks the exact release later.
    """
    if target := _first_outside(targets, SUPPORTED_RELEASES):
        raise messages.RELEASE_TOO_OLD.error(
            where=target,
            missing="module.registerHooks (in Node 20: process.getBuiltinModule)",
        )


def check_release(
    release: ChosenRelease, target: Target, exec_argv: Sequence[str], hardened: bool = False
) -> tuple[Finding, ...]:
    """Return what the user should know about a target's exact release.

    Args:
        exec_argv: Node options that are to be baked in.
        hardened: whether NODE_OPTIONS must not act.

    Raises:
        NodeError: it is too old to find packaged files, or does not support embedded options.
    """
    version, where = release.version, _named(release.version, target)
    if hardened and not _takes_options(release):
        raise messages.HARDENING_UNAVAILABLE.error(where=where)
    if exec_argv and not _takes_options(release):
        raise messages.OPTIONS_UNAVAILABLE.error(where=where, options=" ".join(exec_argv))
    of_20 = version.major == _END_OF_LIFE
    if not is_supported(version):
        missing = "process.getBuiltinModule" if of_20 else "module.registerHooks"
        raise messages.RELEASE_TOO_OLD.error(where=where, missing=missing)
    if not of_20:
        return ()
    return (messages.NODE_END_OF_LIFE.finding(Severity.WARNING, major=version.major),)


def check_bytecode(release: ChosenRelease, target: Target, file: str) -> None:
    """Raise NodeError if a target's exact release cannot run bytecode.

    Args:
        file: location of a script whose source may not ship.
    """
    version = release.version
    if version.major != _END_OF_LIFE and not _takes_options(release):
        raise messages.BYTECODE_UNAVAILABLE.error(where=_named(version, target), file=file)


def start_options(node: NodeBinary, needed: int | None = None) -> tuple[str, ...]:
    """Return the Node options that every executable of a binary embeds, for faster starts.

    32-bit machines, which have little memory, get none.

    Args:
        needed: bytes of a young generation in which a run of the program has fitted.
    """
    takes = node.facts.exec_argv_extension and BlobLayout.of(node.facts).bits == 64
    if not takes or not _is_in(node.version, _WITH_YOUNG_GENERATION):
        return ()
    standard, usual, *_, largest = YOUNG_GENERATIONS
    size = usual
    if needed is not None:
        fitting = (one for one in YOUNG_GENERATIONS if needed * _MARGIN <= one << 20)
        size = next(fitting, largest)
    return () if size == standard else (f"{YOUNG_GENERATION}{size}",)


def check_compression(version: NodeVersion, target: Target, compression: Compression) -> None:
    """Raise NodeError if a release cannot decompress packaged files."""
    if compression == Compression.ZSTD and not _is_in(version, _WITH_ZSTD):
        raise messages.ZSTD_UNAVAILABLE.error(where=_named(version, target))


def check_modules(version: NodeVersion, target: Target, project: Project) -> None:
    """Raise NodeError if a release cannot load a project's ES modules in the way its scripts do.

    ``require`` of Node 20 loads ES modules without hooks, so these cannot import packaged files.
    """
    if version.major == _END_OF_LIFE:
        _refuse_modules(version, _named(version, target), project)


def _takes_options(release: ChosenRelease) -> bool:
    """Return True if a release supports embedded options, by its binary if that is known."""
    if release.binary is not None:
        return release.binary.facts.exec_argv_extension
    return _is_in(release.version, _WITH_OPTIONS)


def _is_in(version: NodeVersion, spans: Sequence[tuple[NodeVersion, NodeVersion]]) -> bool:
    return any(first <= version < end for first, end in spans)


def _named(version: NodeVersion, target: Target) -> str:
    return f"Node {version} for {target.platform}-{target.arch}"


def _first_outside(
    targets: Sequence[Target], spans: Sequence[tuple[NodeVersion, NodeVersion]]
) -> Target | None:
    """Return the first target whose range has no release in any of some spans."""
    return next((target for target in targets if not _overlaps(target.node, spans)), None)


def _overlaps(node: NodeRange, spans: Sequence[tuple[NodeVersion, NodeVersion]]) -> bool:
    """Return True if a range has a release in one of some spans."""
    first = NodeVersion(*(*node.parts, 0, 0, 0)[:3])
    last = NodeVersion(*(*node.parts, *([sys.maxsize] * 3))[:3])
    return any(first < end and begin <= last for begin, end in spans)


def _refuse_modules(version: NodeVersion, where: str, project: Project) -> None:
    modules = {file.location: file for file in project.files if file.role == Role.MODULE}
    if version < _MODULES_IN_20:
        # `require` of an ES module fails there with Node's own error, packaged or not.
        if project.entry in modules:
            raise messages.MODULE_ENTRY_UNAVAILABLE.error(
                where=where, entry=project.entry, first=_MODULES_IN_20
            )
        return
    importing = {
        location
        for location, file in modules.items()
        if any(
            resolution.kind == ResolutionKind.IMPORT and resolution.target
            for resolution in file.resolutions
        )
    }
    for file in project.files:
        for resolution in file.resolutions:
            if resolution.kind == ResolutionKind.REQUIRE and resolution.target in importing:
                raise messages.REQUIRE_OF_MODULE_UNAVAILABLE.error(
                    where=where, file=file.location, specifier=resolution.specifier
                )
