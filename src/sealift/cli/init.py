"""``sealift init``: a first configuration, explained."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from sealift.cli import messages
from sealift.cli.next_steps import print_next, typed
from sealift.cli.options import PATH, project_options
from sealift.cli.reading import read_project_at
from sealift.cli.streams import visible

if TYPE_CHECKING:
    from sealift.model import Project
    from sealift.project import Manifest, Suggestion

_NAME = ".pkgrc.json"
_NEVER = re.compile(rb"(?!)")  # no file is replaced, unless it is empty


@click.command("init")
@click.argument("entry", type=PATH, default=".")
@click.option("--dry-run", is_flag=True, help="Print the configuration; write nothing.")
@project_options
def init_command(entry: Path, dry_run: bool, **given: Any) -> None:
    """Write a first configuration for the project of ENTRY, and explain it.

    A project needs no configuration for what its code names. The configuration lists common
    targets, and directories whose files no code names although they look needed.
    """
    from sealift.project import suggest_settings

    manifest, project = read_project_at(
        entry, given, _require_no_configuration, _refuse_configuration
    )
    suggestions = list(suggest_settings(manifest, project))
    text = json.dumps({one.key: one.value for one in suggestions}, indent=2) + "\n"
    _explain(manifest, project, suggestions)
    path = manifest.root / _NAME
    if dry_run:
        click.echo(f"\n{visible(str(path))} would be:\n{text}", nl=False)
        print_next("Run the command without --dry-run to write it.")
        return
    _write(path, text)
    click.echo(f"\nWritten: {visible(str(path))}. Now run `{visible(typed('sealift', entry))}`.")


def _refuse_configuration(path: str) -> NoReturn:
    """Take the place of what would run a JavaScript configuration: it need not be run."""
    raise messages.CONFIGURATION_EXISTS.error(path=Path(path).name)


def _require_no_configuration(manifest: Manifest) -> None:
    from sealift.project import CONFIG_NAMES

    existing = [name for name in CONFIG_NAMES if (manifest.root / name).exists()]
    if existing or manifest.given:
        name = existing[0] if existing else "`pkg` in package.json"
        raise messages.CONFIGURATION_EXISTS.error(path=name)


def _explain(manifest: Manifest, project: Project, suggestions: list[Suggestion]) -> None:
    where = manifest.entry.relative_to(manifest.root)
    click.echo(f"Entry point: {visible(str(where))}; its code names {len(project.files)} files.")
    click.echo("Scripts ship as bytecode, unless their source is public.\n")
    for one in suggestions:
        value = json.dumps(one.value)
        click.echo(f"  {one.key}: {visible(value)}\n      {visible(one.reason)}")


def _write(path: Path, text: str) -> None:
    from sealift.tools.written_file import ReplacesFileError, write_file

    try:
        write_file(path, text.encode(), _NEVER)
    except ReplacesFileError:
        raise messages.CONFIGURATION_EXISTS.error(path=path) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise messages.CONFIGURATION_UNWRITABLE.error(path=path, reason=reason) from error
