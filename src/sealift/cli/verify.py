"""``sealift verify``: whether an executable is damaged."""

from __future__ import annotations

from pathlib import Path

import click

from sealift.cli.options import PATH
from sealift.cli.streams import visible
from sealift.cli.tables import signature_text


@click.command("verify")
@click.argument("file", type=PATH)
def verify_command(file: Path) -> None:
    """Check the executable FILE, for any platform, without the files that it was made of.

    Its structure, every checksum in it, the signature of macOS and the checksum of Windows are
    checked. A publisher's signature must fit the file; whether its certificate is to be trusted is
    not checked. The exit code is 6 if it is damaged.
    """
    from sealift.verify_executable import verify_executables

    for checked in verify_executables(file):
        click.echo(
            f"{visible(str(file))}: undamaged; {checked.platform}-{checked.architecture},"
            f" {checked.files} files, {checked.scripts} scripts as bytecode"
            + (
                visible(f"; {signature_text(checked.signer, checked.signed_at)}")
                if checked.signer
                else ""
            )
        )
