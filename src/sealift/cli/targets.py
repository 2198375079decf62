"""``sealift targets``: what executables can be built, and which provider has their Node."""

from __future__ import annotations

from typing import Any

import click

from sealift.cli.console import print_findings
from sealift.cli.options import make_node_options, node_options
from sealift.cli.progress import observing
from sealift.cli.streams import say

_WAYS = """\
To bring your own: --node-binary TARGET=PATH, --node-provider dir:FOLDER, or --node-mirror URL.
To compile one: --compile-node; Node for macOS, Windows and FreeBSD is compiled on that system."""


@click.command("targets")
@node_options
def targets_command(**given: Any) -> None:
    """List every target with its newest Node release, the provider, and whether it is cached.

    For a target without a release, name your own Node binary (--node-binary TARGET=PATH,
    --node-provider dir:FOLDER) or a mirror that has one (--node-mirror URL), or compile one
    (--compile-node).
    """
    from sealift import nodes

    with observing(quiet=False) as observer:
        catalogue = nodes.catalogue(make_node_options(given), observer)
    found = (finding for entry in catalogue for finding in entry.findings)
    print_findings(dict.fromkeys(found))
    width = max(len(entry.target) for entry in catalogue)
    for entry in catalogue:
        release = f"{entry.release or '-':<10} {entry.provider or 'bring or compile one':<8}"
        click.echo(
            f"{entry.target:<{width}}  {release} {'cached' if entry.cached else ''}".rstrip()
        )
    if not all(entry.provider for entry in catalogue):
        say(_WAYS)
