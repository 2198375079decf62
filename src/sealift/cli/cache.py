"""``sealift cache``: what is in the cache, and removing a part or all of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sealift.cli.options import PATH
from sealift.cli.streams import visible

if TYPE_CHECKING:
    from sealift.cache import Entry, Kind, Removal, Store

Command = TypeVar("Command", bound=Callable[..., Any])

_DAY = 24 * 3600.0
_DEFAULT_DAYS = 90.0
KINDS = {
    "node": "Node binaries",
    "addons": "native addons from npm packages",
    "bytecode": "compiled scripts and relocation tables",
    "typescript": "TypeScript without its types",
    "transform": "files that a project's transform hook has changed",
    "scans": "what the scripts of a project refer to",
    "projects": "projects as their last build has read them",
    "payloads": "what their last build has packed",
    "musl": "musl and its source",
    "compact": "compressed parts of compact files",
    "tools": "the npm client and the C compiler",
    "node-source": "Node's source and builds of it",
    "downloads": "files whose download was interrupted",
    "answers": "answers of registries and mirrors",
}


@click.group("cache")
def cache_command() -> None:
    """Show what is in the cache, or remove a part of it.

    A build that needs something that was removed fetches or makes it again.
    """


def _common(command: Command) -> Command:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output."),
        click.option(
            "--kind",
            "kinds",
            type=click.Choice(list(KINDS)),
            multiple=True,
            help="Only entries of this kind; may be repeated.",
        ),
        click.option(
            "--cache",
            "directory",
            type=PATH,
            help="Directory of the cache. Default: SEALIFT_CACHE, or the user's own.",
        ),
    ):
        command = option(command)
    return command


@cache_command.command("list")
@click.option("-v", "--verbose", is_flag=True, help="List every entry.")
@_common
def list_command(
    directory: Path | None, kinds: tuple[str, ...], as_json: bool, verbose: bool
) -> None:
    """List the kinds of entries with their number, size and last use."""
    store, found = _open(directory, kinds)
    if as_json:
        _print_json(store, {"entries": [_as_json(entry) for entry in found]})
        return
    groups: dict[Kind, list[Entry]] = {}
    for entry in found:
        groups.setdefault(entry.kind, []).append(entry)
    rows = [
        (
            *(kind, KINDS[kind], str(len(group)), _size(sum(entry.size for entry in group))),
            _age(max(entry.used for entry in group)),
        )
        for kind, group in groups.items()
    ]
    _print_columns(("KIND", "", "ENTRIES", "SIZE", "LAST USED"), rows, right=(2, 3))
    if verbose:
        click.echo()
        lines = [(visible(entry.name), _size(entry.size), _age(entry.used)) for entry in found]
        _print_columns(("ENTRY", "SIZE", "LAST USED"), lines, right=(1,))
    click.echo(f"{_size(sum(entry.size for entry in found))} in {visible(str(store.root))}")


@cache_command.command("prune")
@click.option(
    "--older-than",
    "days",
    type=click.FloatRange(min=0),
    metavar="DAYS",
    help="Remove entries that were not used for this many days. Default: 90, without --max-size.",
)
@click.option(
    "--max-size",
    "size",
    metavar="SIZE",
    help="Remove the least recently used entries above this total size, such as 500MB or 2GiB.",
)
@click.option("-n", "--dry-run", is_flag=True, help="Show what would be removed; remove nothing.")
@_common
def prune_command(
    directory: Path | None,
    kinds: tuple[str, ...],
    as_json: bool,
    days: float | None,
    size: str | None,
    dry_run: bool,
) -> None:
    """Remove entries that were not used for a long time, or that exceed a total size.

    Entries that were used in the last ten minutes are kept: another build may need them.
    """
    from sealift.cache import Removal, expired_entries, parse_size, remove_entries

    largest = parse_size(size) if size is not None else None
    if days is None and largest is None:
        days = _DEFAULT_DAYS
    store, found = _open(directory, kinds)
    chosen = expired_entries(found, oldest=None if days is None else days * _DAY, largest=largest)
    removal = Removal(tuple(chosen), ()) if dry_run else remove_entries(store, chosen)
    _report(store, removal, as_json, dry_run=dry_run)


@cache_command.command("clear")
@_common
def clear_command(directory: Path | None, kinds: tuple[str, ...], as_json: bool) -> None:
    """Remove all entries, or all entries of some kinds."""
    from sealift.cache import remove_entries

    store, found = _open(directory, kinds)
    _report(store, remove_entries(store, found), as_json)


def _open(directory: Path | None, kinds: Iterable[str]) -> tuple[Store, list[Entry]]:
    from sealift.cache import Kind, Store, cache_root, list_entries

    store = Store(cache_root(directory))
    return store, list_entries(store, [Kind(name) for name in kinds])


def _report(store: Store, removal: Removal, as_json: bool, *, dry_run: bool = False) -> None:
    size = sum(entry.size for entry in removal.removed)
    if as_json:
        kept = [{**_as_json(entry), "reason": reason} for entry, reason in removal.kept]
        removed = [_as_json(entry) for entry in removal.removed]
        _print_json(store, {"size": size, "dryRun": dry_run, "removed": removed, "kept": kept})
    else:
        for entry in removal.removed if dry_run else ():
            click.echo(f"{visible(entry.name)}  {_size(entry.size)}")
        what = "Would remove" if dry_run else "Removed"
        number = len(removal.removed)
        entries = "1 entry" if number == 1 else f"{number} entries"
        click.echo(f"{what} {entries}, {_size(size)}, from {visible(str(store.root))}")
    removal.require_complete()


def _print_json(store: Store, content: dict[str, Any]) -> None:
    import json

    click.echo(json.dumps({"format": 1, "cache": str(store.root), **content}, indent=2))


def _as_json(entry: Entry) -> dict[str, Any]:
    used = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(entry.used))
    return {"kind": entry.kind, "name": entry.name, "size": entry.size, "lastUsed": used}


def _print_columns(
    heads: tuple[str, ...], rows: Iterable[tuple[str, ...]], right: tuple[int, ...]
) -> None:
    lines = [heads, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    for line in lines:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        click.echo(visible("  ".join(cells).rstrip()))


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _age(used: float) -> str:
    days = int((time.time() - used) // _DAY)
    if days <= 0:
        return "today"
    return "1 day ago" if days == 1 else f"{days} days ago"
