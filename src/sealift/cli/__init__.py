"""The command line: ``sealift [build] ENTRY`` and the other commands."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from sealift.cli.console import print_error
from sealift.cli.interruption import ended_by_signals
from sealift.cli.messages import COMMAND_UNKNOWN, OPTION_MISSPELT, WRONG_USAGE
from sealift.cli.streams import output_error, output_failure, prepare_streams, say
from sealift.errors import ExitCode, SealiftError, UsageError
from sealift.version import VERSION

_EXAMPLES = """\b
Examples:
  sealift . -t host                        build an executable for the host
  sealift init                             write a first configuration, and explain it
  sealift app.js -t linux,macos,win        build three, for the host's architecture
  sealift . -t node24-linux-arm64 -o app   build one for Linux on arm64, and name it
  sealift targets                          list the executables that can be built
  sealift cache list                       list what is in the cache
  sealift inspect app                      what is inside an executable
  sealift diff old/app new/app             how two executables differ
  sealift size app --html size.html        what its bytes are, as a treemap
  sealift update                           lock Node releases and addons in sealift.lock
  sealift verify app                       whether an executable is damaged
  sealift notarize app-universal           have Apple check a signed executable for macOS
  sealift doctor                           say what changes for a project that uses pkg
  sealift why node_modules/x/y.js .        show why a file is in the executable
"""


_COMMANDS = {
    "build": "build",
    "cache": "cache",
    "completion": "completion",
    "diff": "diff",
    "doctor": "doctor",
    "init": "init",
    "inspect": "inspect",
    "notarize": "notarize",
    "pkg": "pkg",
    "size": "inspect",
    "targets": "targets",
    "update": "update",
    "verify": "verify",
    "why": "why",
}
"""The module of each command, whose function there is ``<name>_command``. A module is imported when
its command is used or listed."""

_NEAR = 0.75
"""How similar a word must be to another to be meant, from 0 to 1."""


class _BuildByDefault(click.Group):
    """A group whose default command is ``build``: ``sealift .`` builds."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"--help", "-h", "--version"}
        if args and args[0] not in _COMMANDS and args[0] not in own:
            if not ctx.resilient_parsing:
                _refuse_misspelt_command(args[0])
            args = ["build", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"sealift.cli.{_COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command


@click.group(
    cls=_BuildByDefault,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EXAMPLES,
)
@click.version_option(VERSION, message="%(version)s")
def cli() -> None:
    """Turn a Node.js project into one self-contained executable per target.

    Without a command, the arguments are those of `build`: see `sealift build --help`.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with a code of `sealift.errors.ExitCode`."""
    # Records have no cycles: looking for some is a fifth of a large build. Larger numbers would
    # cost memory, because the nodes of scanned scripts have cycles.
    gc.set_threshold(10_000, 20, 50)
    prepare_streams()
    try:
        with ended_by_signals():
            _run(arguments)
    except SealiftError as error:
        print_error(error)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        say("\nInterrupted; no incomplete file was left behind.")
        sys.exit(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        sys.exit(ExitCode.UNEXPECTED)


def _run(arguments: Sequence[str] | None) -> None:
    """Run the command that the arguments name; every problem is an exception."""
    try:
        cli.main(arguments, prog_name="sealift", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(ExitCode.USAGE)
    except click.NoSuchOption as error:
        raise _unknown_option(error) from error
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        command = context.command_path if context is not None else _named_command(arguments)
        raise WRONG_USAGE.error(problem=error.format_message(), command=command) from error
    except OSError as error:
        if (failure := output_failure()) is None:
            raise  # a fault of sealift
        raise output_error(failure) from error


def _unknown_option(error: click.NoSuchOption) -> UsageError:
    """Return the error for an option that does not exist, with the one that is spelt most like it.

    click compares names with their dashes, by which all short names are alike, and sorts what it
    finds by the alphabet.
    """
    from difflib import get_close_matches

    context = error.ctx
    if context is None:
        return WRONG_USAGE.error(problem=error.message, command="sealift")
    names = {
        option.lstrip("-"): option
        for parameter in context.command.get_params(context)
        if isinstance(parameter, click.Option) and not parameter.hidden
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("--")
    }
    given, command = error.option_name, context.command_path
    if near := get_close_matches(given.lstrip("-"), names, 1, cutoff=_NEAR):
        return OPTION_MISSPELT.error(option=given, near=names[near[0]], command=command)
    return WRONG_USAGE.error(problem=error.message, command=command)


def _refuse_misspelt_command(given: str) -> None:
    """Raise UsageError if an argument is no path, but nearly the name of a command."""
    if not given.isalpha() or os.path.lexists(given):
        return
    from difflib import get_close_matches

    if similar := get_close_matches(given, _COMMANDS, 1, cutoff=_NEAR):
        raise COMMAND_UNKNOWN.error(given=given, command=similar[0])


def _named_command(arguments: Sequence[str] | None) -> str:
    """Return the command that the arguments run; `build` needs no name."""
    given = sys.argv[1:] if arguments is None else arguments
    return f"sealift {given[0] if given and given[0] in _COMMANDS else 'build'}"
