"""``sealift diff``: how two executables differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sealift.cli.options import ARCH_OPTION, PATH
from sealift.cli.tables import bytes_text, print_json, print_lines, print_table

if TYPE_CHECKING:
    from sealift.inspection import Change, FileChange

_MOST_FILES = 50


@click.command("diff")
@click.argument("before", type=PATH)
@click.argument("after", type=PATH)
@ARCH_OPTION
@click.option("--files", is_flag=True, help=f"List all files that differ, not only {_MOST_FILES}.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def diff_command(
    before: Path, after: Path, architecture: str | None, files: bool, as_json: bool
) -> None:
    """Show how the executable AFTER differs from BEFORE: Node, options, packages, files, size.

    The executables may be for any platforms; of a universal one, --arch names the program. Their
    contents are compared, not how they are compressed.
    """
    from sealift.inspection import compare_executables, count_changes

    found = compare_executables(before, after, architecture or "")
    if as_json:
        print_json(found)
        return
    if found.is_empty:
        print_lines([f"{before} and {after} do not differ in what they contain."])
        return
    print_table(
        ("what", "before", "after"),
        [(one.what, *_values(one)) for one in found.facts],
    )
    print_table(
        ("package", "before", "after"),
        [(one.name, one.before or "-", one.after or "-") for one in found.packages],
    )
    shown = found.files if files else found.files[:_MOST_FILES]
    print_table(
        ("file", "before", "after", "form"),
        [(one.location, _size(one.before), _size(one.after), _form(one)) for one in shown],
    )
    added, removed, changed = count_changes(found.files)
    lines = [f"Files: {added} added, {removed} removed, {changed} changed."]
    if len(shown) < len(found.files):
        lines.append(f"{len(shown)} of {len(found.files)} are shown; --files shows all.")
    if not found.bytecode_compared:
        lines.append(
            "Bytecode differs with Node and the platform: scripts without source were compared by"
            " the length of their source."
        )
    print_lines(["", *lines])


def _values(change: Change) -> tuple[str, str]:
    """Return both values as people read them; the size comes with its difference."""
    if change.what != "size":
        return change.before or "-", change.after or "-"
    before, after = int(change.before), int(change.after)
    difference = ("+" if after > before else "-") + bytes_text(abs(after - before))
    return bytes_text(before), f"{bytes_text(after)} ({difference})"


def _size(size: int | None) -> str:
    return "-" if size is None else bytes_text(size)


def _form(change: FileChange) -> str:
    forms = [form for form in (change.form_before, change.form_after) if form]
    return " -> ".join(dict.fromkeys(forms))
