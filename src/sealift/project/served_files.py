"""The scripts of the project that are data: sent to browsers, or read as text.

Every visitor gets the source of what is sent to browsers, so it ships; and no Node loads it, so it
is not compiled. So it is with scripts that only hold data (``globalThis.__MANIFEST = {...}``).
"""

from __future__ import annotations

import os

from sealift.model import Reason, ReasonKind
from sealift.project.inclusions import include_directory
from sealift.project.needs import Need
from sealift.project.project_extent import contains
from sealift.project.roles import is_script, role_of_data
from sealift.project.trace import Trace
from sealift.tools.input_files import NotRegularError

_SERVED = frozenset({"public", "static", "www", "wwwroot", "htdocs", "public_html"})
"""Directories of these names are served, by the conventions of frameworks."""

_CLIENTS = frozenset({"client", "browser", "assets"})
_OUTPUTS = frozenset({"dist", "build", "out", "output", ".output", ".next", ".svelte-kit"})
"""Directories of build outputs. In them, `_CLIENTS` and directories with a page are served too."""

_MAX_SCRIPT = 4 << 20


def include_served_siblings(trace: Trace) -> None:
    """Package the directories beside a server's output that its code serves.

    Frameworks write ``.output/server`` and ``.output/public``, or ``dist/server`` and
    ``dist/client``. The server has lists of files whose names begin with ``../public/``.
    """
    root = trace.root
    if os.path.basename(root) != "server":
        return
    outer = os.path.dirname(root)
    wanted = {
        name: f"../{name}/".encode()
        for name in sorted(_SERVED | _CLIENTS)
        if trace.filesystem.is_directory(os.path.join(outer, name))
    }
    for file in list(trace.files.values()):
        if not wanted:
            return
        if not (file.owner.is_app and file.script and file.size <= _MAX_SCRIPT):
            continue
        try:
            source = trace.filesystem.read(file.path, _MAX_SCRIPT)
        except (OSError, NotRegularError):
            continue
        for name in [name for name, text in wanted.items() if text in source]:
            del wanted[name]
            line = source[: source.index(f"../{name}/".encode())].count(b"\n") + 1
            directory = os.path.join(outer, name)
            reason = Reason(ReasonKind.DIRECTORY_REFERENCE, file.path, line, f"../{name}")
            trace.served.add(directory)
            trace.boundary.extend(directory)
            include_directory(trace, directory, reason, trace.app)


def mark_served(trace: Trace) -> None:
    """Make such scripts data, after the trace."""
    own = [
        file
        for file in trace.files.values()
        if file.owner.is_app or file.holds_data or trace.served
    ]
    loaded = {
        directory
        for file in own
        if file.script and file.need is not Need.INCLUDED
        for directory in _directories_above(file.path, trace.root)
    }
    known: dict[str, bool] = {}
    for file in own:
        if not file.script and not is_script(file.path, as_module=False):
            continue
        if not (
            _is_named(trace, file.path)
            or (file.holds_data and file.need is Need.INCLUDED)
            or (file.owner.is_app and _is_by_convention(trace, file.path, loaded, known))
        ):
            continue
        file.data = True
        if file.need is Need.INCLUDED:
            file.script, file.role, file.javascript = False, role_of_data(file.path), None


def _is_named(trace: Trace, path: str) -> bool:
    """Return True for a file in a directory that a static handler gets."""
    return bool(trace.served) and any(contains(served, path) for served in trace.served)


def _is_by_convention(trace: Trace, path: str, loaded: set[str], known: dict[str, bool]) -> bool:
    """Return True for a file in a directory that is served, and from which nothing is loaded."""
    directory = os.path.dirname(path)
    if directory not in known:
        known[directory] = any(
            above not in loaded and _is_web_root(trace, above)
            for above in _directories_above(path, trace.root)
        )
    return known[directory]


def _is_web_root(trace: Trace, directory: str) -> bool:
    name = os.path.basename(directory)
    if name in _SERVED:
        return True
    below = os.path.relpath(directory, trace.root).split(os.sep)
    if _OUTPUTS.isdisjoint((*below, os.path.basename(trace.root))):
        return False
    return name in _CLIENTS or trace.filesystem.is_file(os.path.join(directory, "index.html"))


def _directories_above(path: str, root: str) -> list[str]:
    """Return the directories around a file, below the project's own directory."""
    found = []
    directory = os.path.dirname(path)
    while directory != root and contains(root, directory):
        found.append(directory)
        directory = os.path.dirname(directory)
    return found
