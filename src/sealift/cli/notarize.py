"""``sealift notarize``: have Apple check executables for macOS."""

from __future__ import annotations

from pathlib import Path

import click

from sealift.cli.console import print_findings
from sealift.cli.messages import NOTARIZE_NOTHING, NOTARY_KEY_ABSENT
from sealift.cli.next_steps import print_next, typed
from sealift.cli.options import PATH, TEXT
from sealift.cli.progress import observing, say_line

_VARIABLES = ("SEALIFT_NOTARY_URL", "SEALIFT_NOTARY_STORAGE_URL")


@click.command("notarize")
@click.argument("files", type=PATH, nargs=-1, metavar="FILE...")
@click.option(
    "--key",
    type=PATH,
    metavar="FILE",
    envvar="SEALIFT_NOTARY_KEY",
    help="Team key of App Store Connect (.p8), or SEALIFT_NOTARY_KEY.",
)
@click.option(
    "--key-id",
    type=TEXT,
    envvar="SEALIFT_NOTARY_KEY_ID",
    help="Its identifier, or SEALIFT_NOTARY_KEY_ID; of AuthKey_ID.p8, the name contains it.",
)
@click.option(
    "--issuer",
    type=TEXT,
    metavar="UUID",
    envvar="SEALIFT_NOTARY_ISSUER",
    help="Issuer of the team's keys, or SEALIFT_NOTARY_ISSUER.",
)
@click.option(
    "--submission",
    type=TEXT,
    metavar="UUID",
    help="Wait for an earlier submission, and send nothing.",
)
@click.option(
    "--wait",
    type=click.FloatRange(0),
    default=60,
    show_default=True,
    metavar="MINUTES",
    help="Wait so long for Apple's decision; 0 sends the files only.",
)
def notarize_command(
    files: tuple[Path, ...],
    key: Path | None,
    key_id: str | None,
    issuer: str | None,
    submission: str | None,
    wait: float,
) -> None:
    """Have Apple notarise signed executables for macOS: each FILE of one submission.

    FILE is not changed: Apple keeps the result, and macOS asks for it at the first start. Nothing
    can be stapled to an executable that is no application bundle. Apple refuses files that are not
    signed with a Developer ID, the hardened runtime and a timestamp (--sign-macos).
    """
    import os

    from sealift.notarization import NotaryOptions, follow, notarize

    if bool(files) == (submission is not None):
        raise NOTARIZE_NOTHING.error()
    if key is None:
        raise NOTARY_KEY_ABSENT.error()
    api, storage = (os.environ.get(name, "") for name in _VARIABLES)
    options = NotaryOptions(key, key_id or "", issuer or "", wait, api, storage)
    with observing(quiet=False, at_length=True) as observer:
        if submission is not None:
            outcome = follow(submission, options, observer)
        else:
            outcome = notarize(files, options, observer, _say_sent)
    print_findings(outcome.findings, verbose=True, errors=True)
    outcome.check()
    if not wait:
        click.echo(outcome.submission)
        follow_it = typed("sealift", "notarize", "--submission", outcome.submission)
        print_next(f"Ask for the decision later: {follow_it}")
        return
    click.echo(f"{outcome.submission}: {outcome.status}")
    print_next("Publish the same files: macOS asks Apple about them when they are first started.")


def _say_sent(submission: str) -> None:
    say_line(f"Apple has the files: submission {submission}")
