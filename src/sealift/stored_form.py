"""How a build stores a project's files in its executables."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from sealift.model import CodeForm
from sealift.options import Compression


class SampleStart(Struct, frozen=True):
    """How to run the program on this host, to learn which functions a start calls."""

    entry: Path
    arguments: tuple[str, ...]


class StoredForm(Struct, frozen=True):
    """How files are stored.

    Attributes:
        code: in which form scripts ship.
        compression: of packaged files and of their bytecode.
        start: the run whose functions the code caches of source have; None for no run.
    """

    code: CodeForm
    compression: Compression
    start: SampleStart | None = None
