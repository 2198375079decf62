"""How the runtime's own modules are stored in the blob.

Node copies its list of all assets whenever one is read, so a start takes longer the more there are.
So the modules that every start loads are one script, and all others are in one asset: the ``u32``
length of a JSON object, the object, ``{NAME: [OFFSET, LENGTH, CRC-32]}``, and the parts; offsets
count from the end of the object, behind which are spaces, so that each part is at a multiple of 8.
The runtime's ``main.js`` reads both.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence

Modules = Sequence[tuple[str, bytes]]

_BUNDLE = "at-start.js"
_OTHERS = "modules"
_CACHES = "caches"
# V8 copies a code cache that is elsewhere.
_ALIGNMENT = 8

# What a program of one file loads.
_AT_START = frozenset(
    {
        "assets.js",
        "builtin-modules.js",
        "bytecode/code-caches.js",
        "bytecode/commonjs.js",
        "bytecode/loader.js",
        "bytecode/wrapper.js",
        "modules/conditions.js",
        "modules/extension-handlers.js",
        "modules/formats.js",
        "modules/hooks.js",
        "modules/packaged-urls.js",
        "modules/program-hooks.js",
        "modules/require-resolution.js",
        "node-internals.js",
        "own-modules.js",
        "paths.js",
        "processes/natural-end.js",
        "processes/process-object.js",
        "resolutions.js",
        "snapshot.js",
        "start.js",
        "table.js",
    }
)


def join_scripts(modules: Modules) -> Modules:
    """Return what V8 compiles: the modules of each start as one script, and every other module."""
    functions = [
        f"{json.dumps(name)}: function (exports, require, module) {{ ".encode() + text + b"\n},\n"
        for name, text in modules
        if name in _AT_START
    ]
    bundle = b"module.exports = {\n" + b"".join(functions) + b"};\n"
    others = [(name, text) for name, text in modules if name not in _AT_START]
    return ((_BUNDLE, bundle), *others)


def store_scripts(scripts: Modules) -> Modules:
    """Return the assets of the scripts, by their keys below ``sealift/runtime/``."""
    others = [(name, text) for name, text in scripts if name != _BUNDLE]
    return ((_BUNDLE, dict(scripts)[_BUNDLE]), (_OTHERS, _joined(others)))


def store_caches(caches: Mapping[str, bytes]) -> Modules:
    """Return the assets of the code caches of scripts, by their keys below ``sealift/runtime/``."""
    if not caches:
        return ()
    others = [(name, cache) for name, cache in caches.items() if name != _BUNDLE]
    return ((f"{_BUNDLE}.cache", caches[_BUNDLE]), (_CACHES, _joined(others)))


def _joined(parts: Iterable[tuple[str, bytes]]) -> bytes:
    places: dict[str, tuple[int, int, int]] = {}
    content = bytearray()
    for name, part in parts:
        places[name] = len(content), len(part), zlib.crc32(part)
        content += part + bytes(-len(part) % _ALIGNMENT)
    header = json.dumps(places, separators=(",", ":")).encode()
    header += b" " * (-(4 + len(header)) % _ALIGNMENT)
    return len(header).to_bytes(4, "little") + header + content
