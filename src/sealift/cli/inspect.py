"""``sealift inspect`` and ``sealift size``: what is inside an executable."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sealift.cli.next_steps import print_next, typed
from sealift.cli.options import ARCH_OPTION, PATH
from sealift.cli.streams import visible, write_output
from sealift.cli.tables import bytes_text, print_json, print_lines, print_table, signature_text

if TYPE_CHECKING:
    from sealift.inspection import Inspection

_LARGEST = 20
_WIDTH = 80


@click.command("inspect")
@click.argument("file", type=PATH)
@ARCH_OPTION
@click.option("--files", is_flag=True, help="List the packaged files too.")
@click.option("--unpack", type=PATH, metavar="DIR", help="Write the packaged files to a new DIR.")
@click.option("--sbom", is_flag=True, help="Print the embedded SBOM (CycloneDX, JSON).")
@click.option("--spdx", is_flag=True, help="Print the embedded SBOM as SPDX 2.3 (JSON).")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def inspect_command(
    file: Path,
    architecture: str | None,
    files: bool,
    unpack: Path | None,
    sbom: bool,
    spdx: bool,
    as_json: bool,
) -> None:
    """Show what is inside the executable FILE: target, Node, options, packages, files.

    FILE may be for any platform and lie anywhere. Of a universal executable, each program is shown.
    `sealift size` shows what its bytes are, and
    `sealift diff` how two executables differ.
    """
    from sealift.inspection import (
        embedded_sbom,
        embedded_spdx,
        inspect_executable,
        unpack_executable,
    )

    if sbom or spdx:
        read = embedded_spdx if spdx else embedded_sbom
        write_output(read(file, architecture or "").decode())
        return
    if unpack is not None:
        written = unpack_executable(file, unpack, architecture or "")
        click.echo(f"{written} files in {visible(str(unpack))}")
        return
    programs = [inspect_executable(file, one) for one in _programs(file, architecture)]
    if as_json:
        print_json(programs if len(programs) > 1 else programs[0])
        return
    for number, found in enumerate(programs):
        if number:
            click.echo("")
        _print_inspection(file, found, files)
    more = "" if files else "--files lists the files, "
    size = typed("sealift", "size", file)
    print_next("", f"{more}--unpack DIR writes them; `{size}` shows what the bytes are.")


def _programs(file: Path, architecture: str | None) -> tuple[str, ...]:
    """Return which programs of a file to show; "" stands for the only one."""
    from sealift.inspection import programs_in

    return (architecture,) if architecture is not None else programs_in(file) or ("",)


def _print_inspection(file: Path, found: Inspection, files: bool) -> None:
    print_lines(_summary(file, found))
    print_table(
        ("package", "version", "licence", "files", "size"),
        [
            (one.name, one.version, one.licence, str(one.files), bytes_text(one.stored))
            for one in found.packages
        ],
    )
    if files:
        print_table(
            ("file", "form", "size"),
            [
                (one.location, one.form, bytes_text(one.stored + one.bytecode))
                for one in found.files
            ],
        )


@click.command("size")
@click.argument("file", type=PATH)
@ARCH_OPTION
@click.option("--html", type=PATH, metavar="PAGE", help="Write a treemap page.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def size_command(file: Path, architecture: str | None, html: Path | None, as_json: bool) -> None:
    """Show what the bytes of the executable FILE are; of a universal one, of each program."""
    from sealift.inspection import inspect_executable, size_page, write_page

    chosen = _programs(file, architecture) if html is None else (architecture or "",)
    programs = [inspect_executable(file, one) for one in chosen]
    if html is not None:
        write_page(html, size_page(file.name, programs[0]))
    if as_json:
        print_json(programs if len(programs) > 1 else programs[0])
        return
    for number, found in enumerate(programs):
        if len(programs) > 1:
            print_lines(([""] if number else []) + [f"{found.platform}-{found.architecture}"])
        _print_sizes(found)
    if html is not None:
        click.echo(f"\nThe treemap is in {visible(str(html))}")


def _print_sizes(found: Inspection) -> None:
    from sealift.inspection import Form, size_advice

    bytecode = sum(one.bytecode for one in found.files)
    assets = sum(one.stored for one in found.files if one.form is Form.DATA)
    source = sum(one.stored for one in found.files) - assets
    print_table(
        ("what", "size", "part"),
        [
            (what, bytes_text(size), f"{size / found.size:.1%}")
            for what, size in (
                (f"Node {found.node}", found.node_size),
                ("source of scripts", source),
                ("bytecode of scripts", bytecode),
                ("assets", assets),
                ("sealift's runtime and tables", found.runtime_size),
                ("total", found.size),
                *((("compact file", found.compact_size),) if found.compact_size else ()),
            )
        ],
    )
    largest = sorted(found.packages, key=lambda one: one.stored, reverse=True)
    print_table(
        ("largest packages", "version", "files", "size"),
        [
            (one.name, one.version, str(one.files), bytes_text(one.stored))
            for one in largest[:_LARGEST]
        ],
    )
    print_table(
        ("largest files", "form", "size"),
        [
            (one.location, one.form, bytes_text(one.stored + one.bytecode))
            for one in sorted(found.files, key=lambda one: one.stored + one.bytecode, reverse=True)[
                :_LARGEST
            ]
        ],
    )
    click.echo("")
    click.echo(click.wrap_text(size_advice(found), _WIDTH))


def _summary(file: Path, found: Inspection) -> Iterator[str]:
    from sealift.inspection import Form

    yield f"{file}: {found.platform}-{found.architecture}, {bytes_text(found.size)}"
    if found.compact_size:
        yield f"compact: {bytes_text(found.compact_size)}, unpacked at the first start"
    yield f"Node {found.node}; built by sealift {found.sealift}"
    yield f"project {found.project}, which starts at {found.entry}"
    if found.node_options:
        yield f"Node options: {' '.join(found.node_options)}"
    if found.own_options:
        yield f"Node options of sealift itself: {' '.join(found.own_options)}"
    if found.hardened:
        yield "hardened: the environment has no influence on it"
    if found.languages:
        yield f"ICU data of {', '.join(found.languages)} only"
    if found.signer:
        yield signature_text(found.signer, found.signed_at)
    forms = [one.form for one in found.files]
    counts = ", ".join(f"{forms.count(form)} as {form}" for form in dict.fromkeys(sorted(forms)))
    several = "" if len(found.files) == 1 else "s"
    yield f"{len(found.files)} file{several}: {counts}"
    if Form.BOTH in forms:
        yield f"{Form.BOTH}: the script runs from bytecode, and its source ships too"
