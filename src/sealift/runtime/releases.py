"""Which Node releases the runtime works in, and what it cannot do in some of them."""

from __future__ import annotations

from collections.abc import Sequence

from sealift.errors import NodeError
from sealift.model import Finding, LinkKind, NodeBinary, Project, Role, Severity
from sealift.target import NodeVersion, Target

# module.registerHooks, which finds packaged modules, came with these; in Node 20 other ways do.
_OLDEST_OF_22 = NodeVersion(22, 15, 0)
_OLDEST_OF_23 = NodeVersion(23, 5, 0)
_OLDEST_OF_20 = NodeVersion(20, 16, 0)  # process.getBuiltinModule
_MODULES_IN_20 = NodeVersion(20, 19, 0)  # a synchronous loader of ES modules
_END_OF_LIFE = 20


def requires_commonjs_only(target: Target) -> bool:
    """Tell whether ``require`` shall prefer CommonJS where a package has both for it.

    The loader of Node 20 that loads ES modules for ``require`` has no hooks, so these cannot import
    packaged files.
    """
    return target.node.parts[:1] == (_END_OF_LIFE,)


def require_release(
    binary: NodeBinary, project: Project, exec_argv: Sequence[str], *, as_bytecode: bool
) -> tuple[Finding, ...]:
    """See that a project can run in a Node binary; tell what is to be known of its release.

    Args:
        exec_argv: Node options that are to be baked in.
        as_bytecode: its scripts are to ship as bytecode.

    Raises:
        NodeError: it cannot.
    """
    version = binary.version
    where = f"Node {version} for {binary.platform}-{binary.arch}"
    if version.major != _END_OF_LIFE:
        if version < _OLDEST_OF_22 or (version.major == 23 and version < _OLDEST_OF_23):
            raise NodeError(
                "node-too-old",
                f"{where} has no module.registerHooks, by which packaged files are found.",
                f"Ask for Node {_OLDEST_OF_22} or newer, such as -t node24; or, for CommonJS, for"
                f" Node {_OLDEST_OF_20} or newer of Node 20.",
            )
        return ()
    if version < _OLDEST_OF_20:
        raise NodeError(
            "node-too-old",
            f"{where} has no process.getBuiltinModule, by which packaged files are found.",
            f"Ask for Node {_OLDEST_OF_20} or newer, such as -t node24.",
        )
    if as_bytecode:
        raise NodeError(
            "bytecode-unavailable",
            f"{where} cannot run packaged bytecode: it has no place for the options that takes.",
            "Pass --sea to ship plain source, or ask for Node 22 or newer, such as -t node24.",
        )
    if exec_argv:
        raise NodeError(
            "options-unavailable",
            f"{where} takes no baked options ({' '.join(exec_argv)}); Node 22 and newer do.",
            "Leave --options (pkg.options) out and set NODE_OPTIONS where the program runs, or ask"
            " for Node 22 or newer, such as -t node24.",
        )
    _refuse_modules(version, where, project)
    return (
        Finding(
            Severity.WARNING,
            "node-end-of-life",
            f"Node {version.major} is at its end of life: nobody mends its security any more.",
            "Ask for a newer one when the program allows it, such as -t node24.",
        ),
    )


def _refuse_modules(version: NodeVersion, where: str, project: Project) -> None:
    modules = {file.location: file for file in project.files if file.role == Role.MODULE}
    if version < _MODULES_IN_20 and modules:
        raise NodeError(
            "modules-unavailable",
            f"{where} cannot load packaged ES modules, and the project has some, such as"
            f" {min(modules)}.",
            f"Ask for Node {_MODULES_IN_20} or newer, such as -t node24, or compile the project"
            " to CommonJS.",
        )
    importing = {
        location
        for location, file in modules.items()
        if any(link.kind == LinkKind.IMPORT and link.target for link in file.links)
    }
    for file in project.files:
        for link in file.links:
            if link.kind == LinkKind.REQUIRE and link.target in importing:
                raise NodeError(
                    "modules-unavailable",
                    f"{where} cannot `require` an ES module that imports packaged files, as"
                    f" {file.location} does with '{link.specifier}'.",
                    "Use import() there, or ask for Node 22 or newer, such as -t node24.",
                )
