"""What the command line says: findings, errors, the closing table."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence

import click

from sealift.errors import SealiftError
from sealift.findings import Finding, Severity
from sealift.model import ScriptCounts
from sealift.result import BuildResult

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_SHOWN_PER_GROUP = 8


def print_error(error: SealiftError) -> None:
    """Say what is wrong and what to do about it."""
    click.echo(_styled("error: ", Severity.ERROR) + error.message, err=True)
    click.echo(f"  {error.remedy}", err=True)


def print_findings(
    findings: Iterable[Finding], *, verbose: bool = False, errors: bool = False
) -> None:
    """Print findings grouped by what they have in common, with file, line and remedy.

    Args:
        findings: in the order in which they were found.
        verbose: notes too, and groups in full.
        errors: errors too (a build that failed).
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
        click.echo(_styled(f"{severity}: ", severity) + code.replace("-", " "), err=True)
        shown_members = members if verbose else members[:_SHOWN_PER_GROUP]
        for finding in shown_members:
            click.echo(f"  {_place(finding)}{finding.message}{_targets(finding)}", err=True)
        if len(members) > len(shown_members):
            click.echo(f"  and {len(members) - len(shown_members)} more (-v shows all)", err=True)
        if remedy:
            click.echo(f"  -> {remedy}", err=True)


def print_result(result: BuildResult) -> None:
    """Print the closing table, or just the paths when standard output is no terminal."""
    if not sys.stdout.isatty():
        for executable in result.executables:
            click.echo(str(executable.path))
        return
    rows = [
        (
            executable.target,
            str(executable.path),
            f"{executable.size / 1e6:.1f} MB",
            f"{executable.node.version} ({executable.node.source})",
            f"{len(executable.project.files)}",
            f"{executable.payload_size / 1e6:.1f} MB",
            _form(executable.scripts),
            f"{executable.seconds:.2f}",
        )
        for executable in result.executables
    ]
    _print_table(("target", "file", "size", "node", "files", "payload", "scripts", "seconds"), rows)
    click.echo(f"{result.seconds:.2f} s in all.")
    notes = sum(finding.severity == Severity.NOTE for finding in result.findings)
    if notes:
        click.echo(f"{notes} note{'s' if notes != 1 else ''}: -v shows them.")


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

    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        right = head in ("size", "files", "payload", "seconds")
        table.add_column(head, justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _place(finding: Finding) -> str:
    if not finding.file:
        return ""
    return f"{finding.file}:{finding.line}: " if finding.line else f"{finding.file}: "


def _targets(finding: Finding) -> str:
    """Return the targets that a finding concerns, unless it concerns all of the build."""
    return f" ({', '.join(finding.targets)})" if finding.targets else ""


def _styled(text: str, severity: Severity) -> str:
    """Colour it when standard error is a terminal and NO_COLOR does not forbid it."""
    plain = bool(os.environ.get("NO_COLOR")) or not sys.stderr.isatty()
    return text if plain else click.style(text, fg=_COLOURS[severity], bold=True)
