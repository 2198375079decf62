"""What `sealift inspect`, `size` and `diff` print: lines, tables, sizes and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

from sealift.cli.streams import visible, write_output


def print_json(found: object) -> None:
    """Print a record of plain fields as JSON."""
    import msgspec

    write_output(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")


def print_lines(lines: Iterable[str]) -> None:
    """Print lines, with control characters made visible."""
    for line in lines:
        click.echo(visible(line))


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns as wide as their longest cell; numbers are on the right."""
    if not rows:
        return
    shown = [heads, *([visible(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in shown) for column in range(len(heads))]
    right = [head in ("files", "size", "part") for head in heads]
    click.echo("")
    for row in shown:
        cells = [
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(row, widths, right, strict=True)
        ]
        click.echo("  ".join(cells).rstrip())


def bytes_text(size: int) -> str:
    """Return a number of bytes as people read it."""
    for unit, factor in (("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} B"
