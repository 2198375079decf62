"""Every message of sealift, found in the ``messages.py`` of each package."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from sealift.errors import ErrorMessage, SealiftError
from sealift.findings import FindingMessage

SOURCE = Path(__file__).parents[2] / "src"

AnyMessage = ErrorMessage[SealiftError] | FindingMessage


@dataclass(frozen=True, slots=True)
class Message:
    """One message and where it stands.

    Attributes:
        module: such as ``sealift.nodes.messages``.
        name: of the constant.
    """

    module: str
    name: str
    value: AnyMessage

    @property
    def package(self) -> str:
        """The package whose messages these are; ``sealift`` for the modules outside packages."""
        return self.module.rpartition(".")[0]

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


def module_name(path: Path) -> str:
    """Return the name of a module below ``src``."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def catalogues() -> Iterator[ModuleType]:
    """Import each ``messages.py``, sorted by path."""
    for path in sorted(SOURCE.rglob("*messages.py")):
        yield importlib.import_module(module_name(path))


def all_messages() -> list[Message]:
    """Return the messages of all catalogues, in their order; each where it is defined first."""
    found: list[Message] = []
    seen: set[int] = set()
    for module in catalogues():
        for name, value in vars(module).items():
            if isinstance(value, (ErrorMessage, FindingMessage)) and id(value) not in seen:
                seen.add(id(value))
                found.append(Message(module.__name__, name, value))
    return found
