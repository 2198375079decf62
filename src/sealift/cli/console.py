"""What the command line prints about a build: findings, errors and the closing table."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence

import click

from sealift.cli.streams import say, visible
from sealift.cli.tables import bytes_text, shown_path
from sealift.errors import SealiftError
from sealift.findings import Finding, Severity
from sealift.model import ScriptCounts
from sealift.result import BuildResult, Executable

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_SHOWN_PER_GROUP = 8


def print_error(error: SealiftError) -> None:
    """Print what is wrong and what to do about it."""
    say(_styled("error: ", Severity.ERROR) + visible(error.message))
    say(f"  {visible(error.remedy)}")


def print_findings(
    findings: Iterable[Finding], *, verbose: bool = False, errors: bool = False
) -> None:
    """Print findings with file and line, grouped by severity, code and remedy.

    Args:
        findings: in the order in which they were found.
        verbose: print notes too, and every finding of a group.
        errors: print errors too; the build failed.
    """
    groups: dict[tuple[Severity, str, str], list[Finding]] = {}
    for finding in findings:
        shown = finding.severity == Severity.WARNING or (
            errors if finding.severity == Severity.ERROR else verbose
        )
        if shown:
            key = (finding.severity, finding.code, finding.remedy)
            groups.setdefault(key, []).append(finding)
    for (severity, code, remedy), members in groups.items():
        say(_styled(f"{severity}: ", severity) + code.replace("-", " "))
        shown_members = members if verbose else members[:_SHOWN_PER_GROUP]
        for finding in shown_members:
            say(f"  {visible(_place(finding) + finding.message)}{_targets(finding)}")
        if len(members) > len(shown_members):
            say(f"  and {len(members) - len(shown_members)} more (-v shows all)")
        if remedy:
            say(f"  -> {visible(remedy)}")


def print_result(result: BuildResult) -> None:
    """Print the closing table, or only the paths if standard output is not a terminal."""
    if not sys.stdout.isatty():
        for executable in result.executables:
            click.echo(str(executable.path))
        for package in result.packages:
            click.echo(str(package.path))
        return
    rows = [
        (
            executable.target,
            shown_path(executable.path),
            bytes_text(executable.size),
            f"{executable.node.version} ({executable.node.provider})",
            f"{executable.seconds:.2f}",
        )
        for executable in result.executables
    ]
    _print_table(("target", "file", "size", "node", "seconds"), rows)
    if result.packages:
        made = [(one.kind, shown_path(one.path), bytes_text(one.size)) for one in result.packages]
        _print_table(("package", "file", "size"), made)
    for document in dict.fromkeys(path for one in result.executables for path in one.documents):
        click.echo(f"Written too: {shown_path(document)}")
    for line in _contents(result.executables):
        click.echo(line)
    click.echo(f"{result.seconds:.2f} s in total.")
    notes = sum(finding.severity == Severity.NOTE for finding in result.findings)
    if notes:
        click.echo(f"{notes} note{'s' if notes != 1 else ''}: -v shows them.")


def _contents(executables: Sequence[Executable]) -> Iterator[str]:
    """Yield what the executables carry: a sentence for all, or for each that differs."""
    inside: dict[str, list[str]] = {}
    for executable in executables:
        count = len(executable.project.files)
        size = bytes_text(executable.files_size)
        form = _form(executable.scripts)
        text = f"{count} file{'s' if count != 1 else ''} packaged, {size}"
        if form:
            text += f"; scripts: {form}"
        inside.setdefault(text, []).append(executable.target)
    for text, targets in inside.items():
        yield f"{text}." if len(inside) == 1 else f"{', '.join(targets)}: {text}."


def _form(scripts: ScriptCounts) -> str:
    """Return how many scripts ship in which form, such as ``12 bytecode, 3 source``."""
    counts = (
        (scripts.bytecode, "bytecode"),
        (scripts.both, "bytecode and source"),
        (scripts.source, "source"),
    )
    return ", ".join(f"{number} {form}" for number, form in counts if number)


def _print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        right = head in ("size", "seconds")
        table.add_column(
            head,
            justify="right" if right else "left",
            overflow="fold",
            no_wrap=head != "file",
        )
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))  # a path may look like rich's markup
    Console().print(table)


def _place(finding: Finding) -> str:
    if not finding.file:
        return ""
    return f"{finding.file}:{finding.line}: " if finding.line else f"{finding.file}: "


def _targets(finding: Finding) -> str:
    """Return the targets that a finding concerns, unless it concerns all of the build."""
    return f" ({', '.join(finding.targets)})" if finding.targets else ""


def _styled(text: str, severity: Severity) -> str:
    """Return the text in its colour, if standard error is a terminal and NO_COLOR is not set."""
    plain = bool(os.environ.get("NO_COLOR")) or not sys.stderr.isatty()
    return text if plain else click.style(text, fg=_COLOURS[severity], bold=True)
