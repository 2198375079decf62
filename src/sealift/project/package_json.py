"""package.json files: read once, with the fields that Node and sealift look at.

Source: Node's ``src/node_modules.cc`` (the fields and their types) and
``lib/internal/modules/package_json_reader.js`` (the nearest package.json of a file).
"""

from __future__ import annotations

import os
from typing import Any

from msgspec import Struct, field

from sealift.project.bounded_json import MAX_SIZE, JsonError, parse_json
from sealift.project.filesystem import FileSystem
from sealift.tools.input_files import NotRegularError

MANIFEST_NAME = "package.json"


class Package(Struct, frozen=True):
    """One package.json.

    Attributes:
        directory: host path of its directory, as the caller named it.
        type: ``module``, ``commonjs`` or "" (anything else counts as "").
        exports, imports: as in the file; None if absent or null.
        data: the whole object.
        problem: why it cannot be used, with line and column; "" if it can be used.
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
        """Host path of the file itself."""
        return os.path.join(self.directory, MANIFEST_NAME)

    @property
    def label(self) -> str:
        """``name@version``; ``name`` without a version; "" without a name."""
        return f"{self.name}@{self.version}" if self.name and self.version else self.name

    def names(self, key: str) -> tuple[str, ...]:
        """Return the package names in ``dependencies`` and the like; () if it is no object."""
        value = self.data.get(key)
        return tuple(value) if isinstance(value, dict) else ()

    def optional_peers(self) -> frozenset[str]:
        """Return the peer dependencies that the package declares to be optional."""
        meta = self.data.get("peerDependenciesMeta")
        if not isinstance(meta, dict):
            return frozenset()
        return frozenset(
            name
            for name, about in meta.items()
            if isinstance(about, dict) and about.get("optional")
        )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def load_package(directory: str, filesystem: FileSystem | None = None) -> Package | None:
    """Return the package.json of ``directory``; None without a file of that name.

    ``filesystem``: the view that reads it, if there is one already.
    """
    filesystem = filesystem or FileSystem()
    path = os.path.join(directory, MANIFEST_NAME)
    try:
        raw = filesystem.read(path, MAX_SIZE)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (NotRegularError, OSError) as error:
        if filesystem.is_directory(path):
            return None
        reason = error.strerror if isinstance(error, OSError) else "it is not a regular file"
        return Package(directory, problem=f"it cannot be read: {reason}")
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
    """The package.json files of a build, each read once, by a view of the host."""

    __slots__ = ("_filesystem", "_nearest", "_read")

    def __init__(self, filesystem: FileSystem | None = None) -> None:
        self._filesystem = filesystem or FileSystem()
        self._read: dict[str, Package | None] = {}
        self._nearest: dict[str, Package | None] = {}

    def at(self, directory: str) -> Package | None:
        """Return the package.json in exactly this directory."""
        if directory not in self._read:
            self._read[directory] = load_package(directory, self._filesystem)
        return self._read[directory]

    def nearest(self, directory: str) -> Package | None:
        """Return the package.json that applies to files in ``directory``: Node's package scope.

        The search goes up and ends below a directory called ``node_modules``.
        """
        passed = []
        found = None
        while directory not in self._nearest:
            passed.append(directory)
            parent, name = os.path.split(directory)
            if name == "node_modules":
                break
            found = self.at(directory)
            if found is not None or parent == directory:
                break
            directory = parent
        else:
            found = self._nearest[directory]
        self._nearest.update(dict.fromkeys(passed, found))
        return found
