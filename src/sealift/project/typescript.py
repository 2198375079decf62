"""What the trace needs to read TypeScript: its JavaScript, as Node itself would make it.

Source: Node's documentation, "Modules: TypeScript". The build passes a `TypeStripper`, because this
stage starts no Node.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from sealift.project.roles import TYPESCRIPT_EXTENSIONS, extension_of


class JavaScript(Struct, frozen=True):
    """The JavaScript of one TypeScript file.

    Attributes:
        path: of a private file that holds the text until the build ends.
        text: UTF-8. Without ``transform``, every line and column is that of the TypeScript.
    """

    path: Path
    text: bytes


class TypeScriptError(Exception):
    """Node refuses a file of TypeScript or JavaScript; the message is Node's own, without a period.

    Attributes:
        code: Node's, such as ``ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX``; ``SyntaxError`` if V8 refuses
            the JavaScript, or ``decorator`` if a decorator is the reason.
        line, column: 1-based; 0 if unknown.
    """

    def __init__(self, code: str, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.line = line
        self.column = column


class TypeStripper(Protocol):
    """Turns TypeScript into JavaScript, and knows what V8 refuses."""

    def strip(self, source: bytes, path: str, *, transform: bool) -> JavaScript:
        """Return the JavaScript of a TypeScript file.

        Args:
            source: the file's content.
            path: of the file.
            transform: also compile enums, namespaces and parameter properties, as
                ``--experimental-transform-types`` does; the text then ends with a source map.

        Raises:
            TypeScriptError: Node refuses the file.
            NodeError: no Node that strips types is available on this host, or it fails.
        """

    def check(self, source: bytes, path: str) -> None:
        """Raise TypeScriptError if V8 refuses JavaScript, both as CommonJS and as an ES module.

        Raise NodeError if no Node is available on this host.
        """

    def identity(self) -> str:
        """Return what the results depend on besides the sources, as a digest.

        Raise NodeError if no Node is available on this host.
        """


def is_typescript(path: str) -> bool:
    """Return True if Node strips types from a file of this name."""
    return extension_of(path) in TYPESCRIPT_EXTENSIONS


def is_installed(path: str) -> bool:
    """Return True if a file is below ``node_modules``, where Node strips no types."""
    return "node_modules" in path.split(os.sep)
