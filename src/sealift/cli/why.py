"""``sealift why``: why a file is in the executable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sealift.cli.options import PATH, make_reading_options, project_options
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
    from sealift.hooks import HookRunner
    from sealift.host import require_working_directory
    from sealift.model import SilentObserver
    from sealift.project import explain, open_manifest, read_project
    from sealift.tools.private_files import work_directory
    from sealift.typescript import Stripper

    require_working_directory()
    options = make_reading_options(entry, given)
    observer = SilentObserver()
    with (
        work_directory() as work,
        HookRunner(work, options.node, observer) as hooks,
        Stripper(work, options.node, observer) as stripper,
    ):
        manifest = open_manifest(options, hooks.load)
        project = read_project(manifest, options, observer, stripper=stripper, work=work)
    for depth, step in enumerate(explain(project, file)):
        click.echo(f"{'  ' * depth}{visible(str(step))}")
