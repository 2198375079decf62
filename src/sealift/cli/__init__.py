"""The command line: ``sealift [build] ENTRY``, ``targets``, ``why``, ``cache``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from sealift.cli.build import build_command
from sealift.cli.cache import cache_command
from sealift.cli.console import print_error
from sealift.cli.targets import targets_command
from sealift.cli.why import why_command
from sealift.errors import ExitCode, SealiftError
from sealift.version import VERSION

_EXAMPLES = """\b
Examples:
  sealift . -t host                        an executable for this machine
  sealift app.js -t linux,macos,win        three, for this machine's architecture
  sealift . -t node24-linux-arm64 -o app   another machine's, under a name
  sealift targets                          what executables can be built
  sealift cache list                       what is in the cache
  sealift why node_modules/x/y.js .        why a file is in the executable
"""


class _BuildByDefault(click.Group):
    """A group whose ``build`` command need not be named: ``sealift .`` builds."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"--help", "-h", "--version"}
        if args and args[0] not in self.commands and args[0] not in own:
            args = ["build", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=_BuildByDefault,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EXAMPLES,
)
@click.version_option(VERSION, message="%(version)s")
def cli() -> None:
    """Turn a Node.js project into one self-contained executable per target machine.

    Without a command, the arguments are those of `build`: see `sealift build --help`.
    """


cli.add_command(build_command)
cli.add_command(cache_command)
cli.add_command(targets_command)
cli.add_command(why_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit; docs in the README, exit codes in `sealift.errors`."""
    try:
        cli.main(arguments, prog_name="sealift", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(ExitCode.USAGE)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitCode.USAGE)
    except SealiftError as error:
        print_error(error)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nInterrupted; nothing half-written was left behind.", err=True)
        sys.exit(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone; Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.UNEXPECTED)
