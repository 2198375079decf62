"""Which Node releases the runtime works in, and what it cannot do in some of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sealift.errors import NodeError
from sealift.model import Finding, NodeBinary, Project, ResolutionKind, Role, Severity
from sealift.target import SUPPORTED_RELEASES, NodeRange, NodeVersion, Target, is_supported

# module.registerHooks, which finds packaged modules, came with these; in Node 20 other ways do
# (process.getBuiltinModule).
_OLDEST_OF_20, _OLDEST_OF_22 = SUPPORTED_RELEASES[0][0], SUPPORTED_RELEASES[1][0]
# The blob has a place for options (execArgv).
_WITH_OPTIONS = (
    (NodeVersion(22, 20, 0), NodeVersion(23, 0, 0)),
    (NodeVersion(24, 8, 0), NodeVersion(999, 0, 0)),
)
# Bytecode: Node 20 runs that of CommonJS, newer releases with such an option that of all scripts.
_WITH_BYTECODE = (SUPPORTED_RELEASES[0], *_WITH_OPTIONS)
_MODULES_IN_20 = NodeVersion(20, 19, 0)  # a synchronous loader, which begins with ES modules
_END_OF_LIFE = 20
_NEWER = (
    f"Ask for another release: {_OLDEST_OF_22} and newer of Node 22, Node 24 and newer, or"
    f" {_OLDEST_OF_20} and newer of Node 20. If no source has one for that machine, name a binary"
    " (--node-binary) or have it built (--build)."
)
_WITH_PLACE = (
    "ask for another release: 22.20.0 and newer of Node 22, 24.8.0 and newer of Node 24, or Node 26"
)


def requires_commonjs_only(major: int) -> bool:
    """Tell whether ``require`` shall prefer CommonJS where a package has both for it.

    The loader of Node 20 that loads ES modules for ``require`` has no hooks, so these cannot import
    packaged files.
    """
    return major == _END_OF_LIFE


def require_targets(targets: Sequence[Target]) -> None:
    """See that the runtime works in some release that each target may mean, as told by its range.

    So what cannot work is refused before anything is fetched or compiled. What a binary can do is
    asked of itself (`require_release`).

    Raises:
        NodeError: there is no such release.
    """
    if target := _first_outside(targets, SUPPORTED_RELEASES):
        raise NodeError(
            "node-too-old",
            f"{target} is too old: it has no module.registerHooks (nor, of Node 20,"
            " process.getBuiltinModule), by which packaged files are found.",
            _NEWER,
        )


def require_bytecode(targets: Sequence[Target]) -> None:
    """See that some release that each target may mean can run bytecode, as `require_targets` does.

    Raises:
        NodeError: there is no such release.
    """
    if target := _first_outside(targets, _WITH_BYTECODE):
        raise NodeError(
            "bytecode-unavailable",
            f"{target} cannot run packaged bytecode: it has no place for the options that takes.",
            f"Pass --sea to ship plain source; or {_WITH_PLACE}.",
        )


def require_options(targets: Sequence[Target], exec_argv: Sequence[str]) -> None:
    """See that some release that each target may mean takes baked options, if there are any.

    Raises:
        NodeError: there is no such release.
    """
    if exec_argv and (target := _first_outside(targets, _WITH_OPTIONS)):
        raise _no_options(str(target), exec_argv)


def _no_options(where: str, exec_argv: Sequence[str]) -> NodeError:
    return NodeError(
        "options-unavailable",
        f"{where} takes no baked options ({' '.join(exec_argv)}).",
        "Leave --options (pkg.options) out and set NODE_OPTIONS where the program runs; or"
        f" {_WITH_PLACE}.",
    )


def _first_outside(
    targets: Sequence[Target], spans: Sequence[tuple[NodeVersion, NodeVersion]]
) -> Target | None:
    """Give the first target whose range has no release in any of some spans."""
    return next((target for target in targets if not _overlaps(target.node, spans)), None)


def _overlaps(node: NodeRange, spans: Sequence[tuple[NodeVersion, NodeVersion]]) -> bool:
    """Tell whether a range has a release in one of some spans."""
    first = NodeVersion(*(*node.parts, 0, 0, 0)[:3])
    last = NodeVersion(*(*node.parts, *([sys.maxsize] * 3))[:3])
    return any(first < end and begin <= last for begin, end in spans)


def require_release(
    binary: NodeBinary, project: Project, exec_argv: Sequence[str]
) -> tuple[Finding, ...]:
    """See that a project can run in a Node binary; tell what is to be known of its release.

    Args:
        exec_argv: Node options that are to be baked in.

    Raises:
        NodeError: it cannot.
    """
    version = binary.version
    where = f"Node {version} for {binary.platform}-{binary.arch}"
    if exec_argv and not binary.facts.exec_argv_extension:
        raise _no_options(where, exec_argv)
    of_20 = version.major == _END_OF_LIFE
    if not is_supported(version):
        lacks = "process.getBuiltinModule" if of_20 else "module.registerHooks"
        raise NodeError(
            "node-too-old", f"{where} has no {lacks}, by which packaged files are found.", _NEWER
        )
    if not of_20:
        return ()
    _refuse_modules(version, where, project)
    return (
        Finding(
            Severity.WARNING,
            "node-end-of-life",
            f"Node {version.major} is at its end of life: nobody mends its security any more.",
            "Ask for a newer one when the program allows it.",
        ),
    )


def _refuse_modules(version: NodeVersion, where: str, project: Project) -> None:
    modules = {file.location: file for file in project.files if file.role == Role.MODULE}
    if version < _MODULES_IN_20:
        # `require` of an ES module fails with Node's own error there, as it does without us.
        if project.entry in modules:
            raise NodeError(
                "modules-unavailable",
                f"{where} cannot start with a packaged ES module, as {project.entry} is.",
                f"Ask for Node {_MODULES_IN_20} or newer, or import it from a script (.cjs).",
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
                raise NodeError(
                    "modules-unavailable",
                    f"{where} cannot `require` an ES module that imports packaged files, as"
                    f" {file.location} does with '{resolution.specifier}'.",
                    "Use import() there, or ask for Node 22 or newer.",
                )
