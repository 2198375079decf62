"""Files that must be beside an executable, because they cannot work inside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DeployFile:
    """A file or directory that pkg.deployFiles of the project or of a package names.

    Attributes:
        source: real path on the host; with everything in it if it is a directory.
        destination: relative to the directory of the executable, with ``/``; it stays below it.
        package: that names it, ``name@version``.
    """

    source: Path
    destination: str
    package: str
