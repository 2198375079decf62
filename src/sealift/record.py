"""Records: how the classes that hold data are defined.

They are structs of msgspec. A `dataclasses.dataclass` takes 0.4 ms to define, because its methods
are compiled from text, and a build imports 150 of them; a struct takes a twentieth of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import replace  # mypy checks its arguments, those for structs too
else:
    from msgspec.structs import replace

__all__ = ["replace"]
