"""How certain the need for a file is."""

from __future__ import annotations

from enum import IntEnum


class Need(IntEnum):
    """How certain the need for a file is, the strongest first."""

    REQUIRED = 0
    CONDITIONAL = 1  # code loads it by name, but may never run: a branch, a function
    OPTIONAL = 2  # of a package that the program can run without: it may be broken
    INCLUDED = 3  # it belongs to something that is packaged, and may not be used
