"""``sealift update``: write sealift.lock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sealift.cli.console import print_findings
from sealift.cli.next_steps import print_next, typed
from sealift.cli.options import (
    PATH,
    make_node_options,
    make_reading_options,
    node_options,
    project_options,
    targets_option,
)
from sealift.cli.progress import observing
from sealift.cli.tables import print_lines, print_table


@click.command("update")
@click.argument("entry", type=PATH, default=".")
@targets_option("Targets to lock. Default: those of the settings and of the lock.")
@click.option("-v", "--verbose", is_flag=True, help="Show notes too, and every finding.")
@project_options
@node_options
def update_command(entry: Path, targets: tuple[str, ...], verbose: bool, **given: Any) -> None:
    """Write sealift.lock for the project at ENTRY: Node releases and addons, with digests.

    Builds of the project use what is locked. Run this command again to use newer releases.
    """
    from sealift.record import replace
    from sealift.update import update

    options = replace(
        make_reading_options(entry, given),
        targets=targets,
        allow_missing_addons=given["allow_missing_addons"],
        node=make_node_options(given),
    )
    with observing(quiet=False) as observer:
        found = update(options, observer)
    print_findings(found.findings, verbose=verbose)
    print_table(
        ("target", "before", "now"),
        [(name, found.before.get(name, "-"), now) for name, now in found.after.items()],
    )
    print_lines([f"Written: {found.path}"])
    frozen = typed("sealift", entry, "--frozen")
    print_next(f"Commit it: builds use what it lists, and `{frozen}` nothing else.")
