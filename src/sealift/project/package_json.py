"""package.json files: read once, with only what Node and sealift look at.

Source: Node's ``src/node_modules.cc`` (which fields count, and of which type) and
``lib/internal/modules/package_json_reader.js`` (the nearest one for a file).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

import msgspec

MANIFEST_NAME = "package.json"


@dataclass(frozen=True, slots=True)
class Package:
    """One package.json.

    Attributes:
        directory: host path of the directory it stands in, as it was asked for.
        type: ``module``, ``commonjs`` or "" (anything else counts as "").
        exports, imports: as they stand in the file; None if absent (or null).
        data: the whole object.
        problem: why it could not be read ("" if it could): one sentence, with line and column.
        line: 1-based line of the problem, or 0.
    """

    directory: str
    name: str = ""
    version: str = ""
    main: str = ""
    type: str = ""
    exports: Any = None
    imports: Any = None
    data: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    line: int = 0

    @property
    def path(self) -> str:
        """Host path of the package.json itself."""
        return os.path.join(self.directory, MANIFEST_NAME)

    @property
    def label(self) -> str:
        """``name@version``, ``name`` or ""."""
        return f"{self.name}@{self.version}" if self.name and self.version else self.name

    def names(self, key: str) -> tuple[str, ...]:
        """The package names in ``dependencies`` and its like; () if it is not an object."""
        value = self.data.get(key)
        return tuple(value) if isinstance(value, dict) else ()

    def optional_peers(self) -> frozenset[str]:
        """Peer dependencies that may be missing by the package's own word."""
        meta = self.data.get("peerDependenciesMeta")
        if not isinstance(meta, dict):
            return frozenset()
        return frozenset(
            name
            for name, about in meta.items()
            if isinstance(about, dict) and about.get("optional")
        )


class JsonError(ValueError):
    """A file is not JSON; ``line`` and ``column`` are 1-based."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


def parse_json(raw: bytes) -> Any:
    """Parse JSON, a byte order mark allowed; `JsonError` says where it is wrong."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    # msgspec is fast but does not say where; the standard library does.
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        raise JsonError("it is not UTF-8", line, column) from error
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise JsonError(error.msg, error.lineno, error.colno) from error
    except (ValueError, RecursionError) as error:
        raise JsonError(str(error) or "it is nested too deeply", 1, 1) from error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def load_package(directory: str) -> Package | None:
    """Read ``directory``'s package.json; None if there is none (or it is no regular file)."""
    path = os.path.join(directory, MANIFEST_NAME)
    try:
        if not os.path.isfile(path):  # a FIFO would block
            return None
        with open(path, "rb") as stream:
            raw = stream.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return Package(directory, problem=f"it cannot be read: {error.strerror}")
    except ValueError:
        return None
    try:
        data = parse_json(raw)
    except JsonError as error:
        where = f"line {error.line}, column {error.column}"
        return Package(directory, problem=f"{error} at {where}", line=error.line)
    if not isinstance(data, dict):
        return Package(directory, problem="it does not hold an object", line=1)
    kind = data.get("type")
    return Package(
        directory,
        name=_text(data.get("name")),
        version=_text(data.get("version")),
        main=_text(data.get("main")),
        type=kind if kind in ("module", "commonjs") else "",
        exports=data.get("exports"),
        imports=data.get("imports"),
        data=data,
    )


class Packages:
    """The package.json files of a build, each read at most once."""

    __slots__ = ("_nearest", "_read")

    def __init__(self) -> None:
        self._read: dict[str, Package | None] = {}
        self._nearest: dict[str, Package | None] = {}

    def at(self, directory: str) -> Package | None:
        """The package.json of exactly this directory."""
        if directory not in self._read:
            self._read[directory] = load_package(directory)
        return self._read[directory]

    def nearest(self, directory: str) -> Package | None:
        """The package.json that says what a file in ``directory`` is: Node's package scope.

        The search goes up and ends below a directory called ``node_modules``.
        """
        if directory in self._nearest:
            return self._nearest[directory]
        parent, name = os.path.split(directory)
        if name == "node_modules":
            found = None
        else:
            found = self.at(directory)
            if found is None and parent != directory:
                found = self.nearest(parent)
        self._nearest[directory] = found
        return found
