"""The reference of the command line, as a page and as a man page: both are made from its code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from inspect import cleandoc

import click

from sealift.cli import cli
from sealift.errors import ExitCode
from sealift.version import VERSION

PAGE_INTRODUCTION = """\
# Command line

This page is generated from the command line's code: run `python3 dev.py generate`.

`sealift ENTRY` is short for `sealift build ENTRY`. `sealift pkg` has the options of npm's `pkg`:
see [migrating from pkg](migrating-from-pkg.md#options).
"""

EXIT_CODES = {
    ExitCode.OK: "success",
    ExitCode.UNEXPECTED: "a fault of sealift, or a closed output",
    ExitCode.USAGE: "a wrong argument or setting",
    ExitCode.PROJECT: "a problem in the project",
    ExitCode.NODE: "a Node binary or an addon that cannot be had or used",
    ExitCode.OUTPUT: "an output that cannot be written",
    ExitCode.FORMAT: "a file that is damaged or of an unknown form",
    ExitCode.HUNG_UP: "ended by SIGHUP",
    ExitCode.INTERRUPTED: "ended by SIGINT",
    ExitCode.TERMINATED: "ended by SIGTERM",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A command: its name, how it is called, what it does, and its options with their help."""

    name: str
    usage: str
    text: str
    options: tuple[tuple[str, str], ...]
    examples: str


def sections() -> Iterator[Section]:
    """Yield each command, and the subcommands of groups after their group."""
    yield from _sections(cli, "sealift")


def cli_page() -> str:
    """Return docs/command-line.md."""
    parts = [PAGE_INTRODUCTION]
    for section in sections():
        parts.append(f"## `{section.usage}`\n\n{section.text}\n")
        if section.options:
            rows = [f"| `{_cell(names)}` | {_cell(text)} |" for names, text in section.options]
            parts.append("\n".join(("| option | |", "|---|---|", *rows)) + "\n")
        if section.examples:
            parts.append(f"```console\n{section.examples}\n```\n")
    rows = [f"| {int(code)} | {meaning} |" for code, meaning in EXIT_CODES.items()]
    parts.append("\n".join(("## Exit codes\n", "| code | |", "|---|---|", *rows)) + "\n")
    return "\n".join(parts)


def man_page() -> str:
    """Return docs/man/sealift.1, in the language of man(7)."""
    lines = [
        f'.TH SEALIFT 1 "" "sealift {VERSION}"',
        ".nh",  # a hyphen at the end of a line would look like one of an option
        ".ad l",
        ".SH NAME",
        r"sealift \- Node.js projects as self-contained executables",
    ]
    for section in sections():
        lines += [f'.SH "{section.name.upper()}"', f".B {_roff(section.usage)}", ".PP"]
        lines.append("\n.PP\n".join(_roff(part) for part in section.text.split("\n\n")))
        for names, text in section.options:
            lines += [".TP", rf".B {_roff(names)}", _roff(text)]
        if section.examples:
            lines += [".PP", ".nf", _roff(section.examples), ".fi"]
    lines.append('.SH "EXIT STATUS"')
    for code, meaning in EXIT_CODES.items():
        lines += [".TP", f".B {int(code)}", meaning]
    return "\n".join(lines) + "\n"


def _sections(command: click.Command, name: str) -> Iterator[Section]:
    context = click.Context(command, info_name=name, max_content_width=100)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    options = tuple(
        record
        for parameter in command.get_params(context)
        if isinstance(parameter, click.Option) and (record := parameter.get_help_record(context))
    )
    epilog = (command.epilog or "").replace("\b", "").strip()
    examples = "\n".join(line.strip() for line in epilog.splitlines()[1:])
    yield Section(name, usage, cleandoc(command.help or ""), options, examples)
    if isinstance(command, click.Group):
        for subname in command.list_commands(context):
            subcommand = command.get_command(context, subname)
            if subcommand is not None and not subcommand.hidden:
                yield from _sections(subcommand, f"{name} {subname}")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _roff(text: str) -> str:
    """Return text whose lines are no requests, and whose hyphens can be searched for."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join(f"\\&{line}" if line[:1] in ".'" else line for line in escaped.splitlines())
