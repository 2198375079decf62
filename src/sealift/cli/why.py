"""``sealift why``: why a file is in the executable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sealift.cli.options import PATH, project_options
from sealift.cli.reading import read_project_at
from sealift.cli.streams import visible


@click.command("why")
@click.argument("file")
@click.argument("entry", type=PATH, default=".")
@project_options
def why_command(file: str, entry: Path, **given: Any) -> None:
    """Print the chain from the entry point of ENTRY to FILE.

    FILE is a path on the host or in the executable, or the end of one. ENTRY is the same as
    for `build`; it defaults to the current directory.
    """
    from sealift.project import explain

    _, project = read_project_at(entry, given)
    for depth, step in enumerate(explain(project, file)):
        click.echo(f"{'  ' * depth}{visible(str(step))}")
