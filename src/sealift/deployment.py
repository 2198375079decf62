"""Files beside an executable: what cannot work inside it, and documents about it."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct


class DeployFile(Struct, frozen=True):
    """A file or directory that pkg.deployFiles of the project or of a package names.

    Attributes:
        source: real path on the host; with everything in it if it is a directory.
        destination: relative to the directory of the executable, with ``/``; it stays below it.
        package: that names it, ``name@version``.
        is_trusted: the project's settings or sealift's dictionary name it, and not an installed
            package.
    """

    source: Path
    destination: str
    package: str
    is_trusted: bool


class Document(Struct, frozen=True):
    """A document about one executable.

    Attributes:
        suffix: added to the name of the executable, such as ``.cdx.json``.
        data: its content.
    """

    suffix: str
    data: bytes
