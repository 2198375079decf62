"""The treemap page of ``sealift size --html``: one HTML file that loads nothing.

Rectangles have areas in proportion to bytes; the same figures stand below as nested lists, which
need neither a mouse nor sight.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from sealift.inspection import messages
from sealift.inspection.contents import Inspection
from sealift.tools.written_file import ReplacesFileError, write_file

_START = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="sealift size">
"""
_PAGE = re.compile(re.escape(_START.encode()))
"""How every page begins."""

_WIDTH, _HEIGHT = 1200.0, 700.0
_SMALLEST = 0.0005
"""Parts of the whole below which things are shown as one."""

_STYLE = """
body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem auto; max-width: 1200px; color: #222;
  background: #fff; padding: 0 1rem }
svg { width: 100%; height: auto; display: block }
text { font-size: 13px; fill: #111; pointer-events: none }
rect { stroke: #fff; stroke-width: 1.5 }
table { border-collapse: collapse; margin: .5rem 0 1.5rem }
td, th { padding: .15rem .8rem .15rem 0; text-align: left; vertical-align: top }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 }
  rect { stroke: #181818 } }
"""
_COLOURS = ("#8fb8de", "#f2c078", "#a7d3a6", "#e6a6a1", "#c3b1e1", "#9fd8d8", "#d9c6a5")


class Part(Struct, frozen=True):
    """A named amount of bytes, and what it consists of."""

    name: str
    size: int
    parts: tuple[Part, ...] = ()


class Box(Struct, frozen=True):
    """A rectangle of the drawing."""

    x: float
    y: float
    width: float
    height: float


def size_page(name: str, found: Inspection) -> str:
    """Return the page about an executable."""
    whole = parts_of(name, found)
    title = f"What {html.escape(name)} consists of"
    label = f"{title}; the tables below have the figures"
    drawing = "\n".join(_drawing(whole))
    lists = "\n".join(_tables(whole))
    return f"""{_START}<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{title}</h1>
<p>{found.platform}-{found.architecture}, Node {html.escape(found.node)},
{_bytes(found.size)}. Areas are in proportion to bytes.</p>
<svg viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" aria-label="{label}">
{drawing}
</svg>
{lists}
</body>
</html>
"""


def write_page(path: Path, page: str) -> None:
    """Write the page; it replaces an earlier one, or an empty file.

    Raises:
        UsageError: ``page-replaces-file``: another file is there.
        OutputError: ``unpack-failed``: it cannot be written.
    """
    try:
        write_file(path, page.encode(errors="backslashreplace"), _PAGE)
    except ReplacesFileError:
        raise messages.PAGE_REPLACES_FILE.error(path=path) from None
    except OSError as error:
        raise messages.UNPACK_FAILED.error(path=path, reason=error.strerror) from error


def parts_of(name: str, found: Inspection) -> Part:
    """Return what an executable consists of: Node, the runtime, packages and their files."""
    files: dict[int, list[Part]] = {}
    for file in found.files:
        if size := file.stored + file.bytecode:
            files.setdefault(file.package, []).append(Part(file.location, size))
    packages = [
        Part(
            f"{found.packages[number].name} {found.packages[number].version}".strip()
            if number >= 0
            else "other files",
            sum(part.size for part in parts),
            _largest_first(parts, found.size),
        )
        for number, parts in files.items()
    ]
    own = Part("sealift's runtime and tables", found.runtime_size)
    node = Part(f"Node {found.node}", found.node_size)
    return Part(name, found.size, _largest_first([node, own, *packages], found.size))


def _largest_first(parts: Sequence[Part], whole: int) -> tuple[Part, ...]:
    """Return parts by size; the smallest are one part."""
    ordered = sorted(parts, key=lambda part: (-part.size, part.name))
    shown = [part for part in ordered if part.size >= whole * _SMALLEST]
    rest = ordered[len(shown) :]
    if rest:
        shown.append(Part(f"{len(rest)} smaller ones", sum(part.size for part in rest)))
    return tuple(shown)


def _drawing(whole: Part) -> Iterator[str]:
    area = Box(0, 0, _WIDTH, _HEIGHT)
    for number, (part, box) in enumerate(boxes(whole.parts, area)):
        colour = _COLOURS[number % len(_COLOURS)]
        yield _rectangle(part, box, colour, whole.size)
        for inner, inner_box in boxes(part.parts, box) if part.parts else ():
            yield _rectangle(inner, inner_box, colour, whole.size)
        yield _label(part.name, box)


def boxes(parts: Sequence[Part], area: Box) -> Iterator[tuple[Part, Box]]:
    """Yield parts, largest first, with rectangles that fill an area in proportion to their sizes.

    The area is cut in two across its longer side, so that both halves have about the same size;
    and again, until each rectangle has one part.
    """
    if not parts:
        return
    if len(parts) == 1:
        yield parts[0], area
        return
    total = sum(part.size for part in parts)
    first, split = parts[0].size, 1
    while split < len(parts) - 1 and first + parts[split].size <= total / 2:
        first += parts[split].size
        split += 1
    share = first / total if total else 0.5
    if area.width >= area.height:
        width = area.width * share
        one = Box(area.x, area.y, width, area.height)
        two = Box(area.x + width, area.y, area.width - width, area.height)
    else:
        height = area.height * share
        one = Box(area.x, area.y, area.width, height)
        two = Box(area.x, area.y + height, area.width, area.height - height)
    yield from boxes(parts[:split], one)
    yield from boxes(parts[split:], two)


def _rectangle(part: Part, box: Box, colour: str, whole: int) -> str:
    title = f"{part.name}: {_bytes(part.size)} ({part.size / whole:.1%})"
    return (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}"'
        f' fill="{colour}"><title>{html.escape(title)}</title></rect>'
    )


def _label(name: str, box: Box) -> str:
    room = int((box.width - 10) / 7)
    if room < 4 or box.height < 20:
        return ""
    shown = name if len(name) <= room else f"{name[: room - 1]}…"
    return f'<text x="{box.x + 6:.1f}" y="{box.y + 17:.1f}">{html.escape(shown)}</text>'


def _tables(whole: Part) -> Iterator[str]:
    yield "<h2>Parts</h2>"
    yield _table(whole.parts, whole.size)
    for part in whole.parts:
        if part.parts:
            yield f"<h3>{html.escape(part.name)}</h3>"
            yield _table(part.parts, whole.size)


def _table(parts: Sequence[Part], whole: int) -> str:
    rows = "".join(
        f'<tr><td>{html.escape(part.name)}</td><td class="n">{_bytes(part.size)}</td>'
        f'<td class="n">{part.size / whole:.1%}</td></tr>'
        for part in parts
    )
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("part", "size", "of all"))
    return f"<table><tr>{heads}</tr>{rows}</table>"


def _bytes(size: int) -> str:
    return f"{size / 1e6:.2f} MB" if size >= 1e4 else f"{size} B"
