"""What commands print: lines, tables, paths, sizes and JSON."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from sealift.cli.streams import visible, write_output

_PATHS = ("file", "largest files")
_SHORTEST_PATH = 24  # columns, below which a path says nothing


def print_json(found: object) -> None:
    """Print a record of plain fields as JSON."""
    import msgspec

    write_output(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")


def print_lines(lines: Iterable[str]) -> None:
    """Print lines, with control characters made visible."""
    for line in lines:
        click.echo(visible(line))


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns as wide as their longest cell; numbers are on the right.

    On a terminal, paths in the first column are cut at their beginning, so that no row wraps.
    """
    if not rows:
        return
    shown = [heads, *([visible(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in shown) for column in range(len(heads))]
    if heads[0] in _PATHS and sys.stdout.isatty():
        room = shutil.get_terminal_size().columns - sum(widths[1:]) - 2 * (len(widths) - 1)
        widths[0] = min(widths[0], max(room, _SHORTEST_PATH))
        shown = [[_ending(row[0], widths[0]), *row[1:]] for row in shown]
    right = [head in ("files", "size", "part") for head in heads]
    click.echo("")
    for row in shown:
        cells = [
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(row, widths, right, strict=True)
        ]
        click.echo("  ".join(cells).rstrip())


def _ending(path: str, width: int) -> str:
    return path if len(path) <= width else "..." + path[len(path) + 3 - width :]


def shown_path(path: Path) -> str:
    """Return a path as it is printed: short, with control characters made visible."""
    return visible(shortened(path))


def shortened(path: Path) -> str:
    """Return a path as short as it can be: relative if it is below the working directory."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def bytes_text(size: int) -> str:
    """Return a number of bytes as people read it."""
    for unit, factor in (("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} B"


def signature_text(signer: str, signed_at: str) -> str:
    """Return who signed an executable, and when."""
    return f"signed by {signer}, {f'at {signed_at}' if signed_at else 'without a timestamp'}"
