"""Outputs of frameworks that have traced their own files: nothing else belongs to the program.

What such an output lacks was left out on purpose. Three kinds are known:

- ``server.js.nft.json`` beside the entry point ``server.js``: the list of @vercel/nft;
- Next.js' ``standalone`` directory (``output: 'standalone'``);
- Nitro's ``.output`` directory, with ``nitro.json`` (Nuxt, SolidStart, TanStack Start, Analog).
"""

from __future__ import annotations

import os

from msgspec import Struct

from sealift.project import messages
from sealift.project.bounded_json import MAX_SIZE, JsonError, parse_json
from sealift.project.filesystem import FileSystem
from sealift.project.package_json import MANIFEST_NAME
from sealift.project.project_extent import contains
from sealift.tools.input_files import NotRegularError

_LIST = ".nft.json"
_NEXT = b"__NEXT_PRIVATE_STANDALONE_CONFIG"
_MOST_ENTRY = 4 << 20


class TracedOutput(Struct, frozen=True):
    """The files of one output.

    Attributes:
        evidence: the list, or the file that shows that the output is traced.
        top: the directory that contains the output.
        files: the real paths that the list names; empty if everything below ``top`` belongs to it.
    """

    evidence: str
    top: str
    files: frozenset[str] = frozenset()

    def has(self, path: str) -> bool:
        """Return True if the output has the file at the real path ``path``.

        Node consults package.json files whether they are listed or not.
        """
        if not self.files:
            return contains(self.top, path)
        return path in self.files or os.path.basename(path) == MANIFEST_NAME


def find_traced_output(entry: str, root: str, filesystem: FileSystem) -> TracedOutput | None:
    """Return the traced output that the entry point belongs to, if it is in one.

    Raise ProjectError if its list cannot be read.
    """
    if filesystem.is_file(entry + _LIST):
        return _listed(entry, filesystem)
    directory = os.path.dirname(entry)
    nitro = os.path.join(os.path.dirname(directory), "nitro.json")
    if os.path.basename(directory) == "server" and filesystem.is_file(nitro):
        return TracedOutput(nitro, os.path.dirname(directory))
    if os.path.basename(entry) == "server.js" and _NEXT in _beginning(filesystem, entry):
        return TracedOutput(entry, _standalone_top(directory, root, filesystem))
    return None


def _listed(entry: str, filesystem: FileSystem) -> TracedOutput:
    evidence = entry + _LIST
    try:
        data = parse_json(filesystem.read(evidence, MAX_SIZE))
        names = data["files"]
        directory = os.path.dirname(entry)
        paths = [os.path.normpath(os.path.join(directory, name)) for name in names]
        # The list names packages by their links too.
        files = frozenset((entry, *(filesystem.real_path(path).real for path in paths)))
    except (OSError, NotRegularError, JsonError, KeyError, TypeError, ValueError) as error:
        path = os.path.relpath(evidence)
        raise messages.TRACED_LIST_UNUSABLE.error(path=path, problem=error) from error
    return TracedOutput(evidence, os.path.commonpath(files), files)


def _standalone_top(directory: str, root: str, filesystem: FileSystem) -> str:
    """Return the output's directory: in a monorepo the entry point is deeper in it."""
    here = directory
    while os.path.dirname(here) != here:
        if os.path.basename(here) == "standalone":
            return here
        here = os.path.dirname(here)
    # It was copied elsewhere, as in an image.
    here = directory
    while not filesystem.is_directory(os.path.join(here, "node_modules")):
        parent = os.path.dirname(here)
        if parent == here:
            return root
        here = parent
    return here


def _beginning(filesystem: FileSystem, path: str) -> bytes:
    try:
        return filesystem.read(path, _MOST_ENTRY)
    except (OSError, NotRegularError):
        return b""
