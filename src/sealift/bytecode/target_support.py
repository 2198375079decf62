"""Which Node releases run bytecode, in which form, and for which of them one Node can compile."""

from __future__ import annotations

from sealift.model import NodeBinary, Role

_TAKES_PATH = 12  # V8's first major version that takes the path when it loads a code cache


def embeds_path(node: NodeBinary) -> bool:
    """Return True if the code caches of ``node`` contain the script's path, as in Node 20.

    Later releases take the path, and what `import()` does, from the script that they load a cache
    for. In a cache with a path `import()` has to be replaced as well (``bytecode/wrapper.js``).
    """
    return int(node.facts.v8_version.partition(".")[0] or _TAKES_PATH) < _TAKES_PATH


def runs_bytecode(node: NodeBinary) -> bool:
    """Return True if a release runs bytecode: Node 20 that of CommonJS, others with an option."""
    return runs_modules(node) or embeds_path(node)


def runs_modules(node: NodeBinary) -> bool:
    """Return True if a release runs ES modules as bytecode.

    They need an option, which can be embedded in the executable since 22.20 and 24.8.
    """
    return node.facts.exec_argv_extension


def compiled_roles(node: NodeBinary) -> tuple[Role, ...]:
    """Return the roles of files that a release runs as bytecode."""
    return (Role.COMMONJS, Role.MODULE) if runs_modules(node) else (Role.COMMONJS,)


def compilation_key(node: NodeBinary) -> tuple[str, bool]:
    """Return a key that is equal for two binaries if one compilation serves both.

    It contains V8's version and, where code caches contain paths, whether these are Windows'.
    """
    return node.facts.v8_version, embeds_path(node) and node.platform.facts.os == "win"
