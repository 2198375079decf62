"""What a trace has still to do: files, listed dependencies and whole packages to package."""

from __future__ import annotations

from collections import deque
from pathlib import Path

from msgspec import Struct, field

from sealift.findings import Excerpt
from sealift.model import Reason, ResolutionKind, Role
from sealift.project.needs import Need
from sealift.project.package_json import Package
from sealift.project.package_owners import Owner


class TracedFile(Struct):
    """One file to package, as far as it is known.

    Attributes:
        path: real path on the host.
        reason, need: the strongest so far.
        script: it holds JavaScript.
        owner: the package that it belongs to.
        role, size, mtime_ns, mode: known once the file is visited.
        javascript: for TypeScript that is stripped, the file that holds its JavaScript.
        data: the settings name it as data, or it is served, whatever else it may be.
        read: why a file refers to it by its path, as to data; None if none does.
        texts: where it uses the text of functions whose source may not ship.
        configured: the settings name it itself, not a pattern that it matches.
        holds_data: it is a script that only holds data.
        names_map: it is a script that seems to name its source map.
        resolutions: real paths by specifier; "" if a specifier does not resolve.
        visited: its references have been traced.
    """

    path: str
    reason: Reason
    need: Need
    script: bool
    owner: Owner
    role: Role = Role.ASSET
    size: int = 0
    mtime_ns: int = 0
    mode: int = 0
    javascript: Path | None = None
    data: bool = False
    read: Reason | None = None
    texts: tuple[Excerpt, ...] = ()
    configured: bool = False
    holds_data: bool = False
    names_map: bool = False
    resolutions: dict[tuple[ResolutionKind, str], str] = field(default_factory=dict)
    visited: bool = False


class ListedDependency(Struct, frozen=True):
    """A dependency in the package.json ``package`` of ``owner``."""

    name: str
    owner: Owner
    package: Package
    required: bool


class Inclusion(Struct, frozen=True):
    """A package that is to be included completely."""

    owner: Owner
    reason: Reason


Task = TracedFile | ListedDependency | Inclusion


class Tasks:
    """What is to be done, in the order in which it is to be done.

    Attributes:
        files: by need, the files to visit.
        dependencies, inclusions: what comes before the files of included packages.
        scripts: those among the files, in the order in which they were found.
    """

    def __init__(self) -> None:
        self.files: tuple[deque[TracedFile], ...] = tuple(deque() for _ in Need)
        self.dependencies: deque[ListedDependency] = deque()
        self.inclusions: deque[Inclusion] = deque()
        self.scripts: list[TracedFile] = []

    def add(self, file: TracedFile) -> None:
        """Add a file to visit."""
        self.files[file.need].append(file)
        if file.script:
            self.scripts.append(file)

    def next(self) -> Task | None:
        """Return what is to be done next; None at the end of the trace."""
        required, conditional, optional, included = self.files
        while True:
            queue = required or conditional or optional
            if not queue and not self.dependencies and not self.inclusions:
                queue = included
            if queue:
                file = queue.popleft()
                if not file.visited:
                    file.visited = True
                    return file
            elif self.dependencies:
                return self.dependencies.popleft()
            elif self.inclusions:
                return self.inclusions.popleft()
            else:
                return None
