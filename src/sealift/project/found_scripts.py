"""What is reported of scripts while a project is still being read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct


class FoundScript(Struct, frozen=True):
    """A script of the project; more may become known about it later.

    Attributes:
        path: of its content on the host.
        size: of that, in bytes.
        is_module: it is an ES module.
        public: the source of its package may ship.
    """

    path: Path
    size: int
    is_module: bool
    public: bool


OnFound = Callable[[FoundScript], None]
