"""The reference of the Python interface, made from the docstrings of what `sealift` exports."""

from __future__ import annotations

import enum
import inspect
import re

from msgspec import Struct

import sealift

INTRODUCTION = """\
# Python interface

This page is generated from the docstrings: run `python3 dev.py generate`. Everything here is
imported from `sealift`:

```python
from pathlib import Path

import sealift

result = sealift.build(sealift.BuildOptions(entry=Path("."), targets=("host",)))
for executable in result.executables:
    print(executable.target, executable.path)
```

Records cannot be changed: `msgspec.structs.replace(options, sea=True)` returns a changed copy.
"""

_FIRST = ("build", "BuildOptions", "NodeOptions", "BuildResult", "Executable")


def api_page() -> str:
    """Return docs/python-interface.md."""
    names = [name for name in sealift.__all__ if not name.startswith("_")]
    ordered = [*_FIRST, *(name for name in names if name not in _FIRST)]
    return "\n".join((INTRODUCTION, *(_section(name) for name in ordered)))


def _section(name: str) -> str:
    item = getattr(sealift, name)
    if inspect.isfunction(item):
        head = f"{name}{inspect.signature(item)}".replace("'", "")
    elif issubclass(item, enum.Enum):
        head = f"class {name}: {', '.join(item.__members__)}"
    elif issubclass(item, Exception) or not issubclass(item, Struct):
        head = f"class {name}"
    else:
        head = f"class {name}({', '.join(item.__struct_fields__)})"
    text = inspect.cleandoc(item.__doc__ or "")
    return f"## `{name}`\n\n```text\n{head}\n```\n\n{_markdown(text)}\n"


def _markdown(text: str) -> str:
    """Return a docstring whose sections (``Args:``, ``Attributes:``) are lists."""
    lines: list[str] = []
    in_section = False
    for line in text.splitlines():
        if re.fullmatch(r"(Args|Attributes|Raises|Returns):", line):
            in_section = True
            lines.append(f"**{line[:-1]}**\n")
        elif in_section and (entry := re.fullmatch(r"    ([\w, ]+): (.*)", line)):
            lines.append(f"- `{entry[1]}`: {entry[2]}")
        elif in_section and line.startswith("        "):
            lines.append(f"  {line.strip()}")
        else:
            in_section = in_section and not line
            lines.append(line)
    return "\n".join(lines).replace("``", "`").rstrip() + "\n"
