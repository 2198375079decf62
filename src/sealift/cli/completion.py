"""``sealift completion``: what a shell needs to complete the command line."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_SEALIFT_COMPLETE"


@click.command(
    "completion",
    epilog="""\b
Examples:
  sealift completion bash > ~/.local/share/bash-completion/completions/sealift
  sealift completion zsh > "${fpath[1]}/_sealift"
  sealift completion fish > ~/.config/fish/completions/sealift.fish
""",
)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion_command(context: click.Context, shell: str) -> None:
    """Print a script that completes sealift's commands and options in SHELL."""
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(context.find_root().command, {}, "sealift", _VARIABLE).source())
