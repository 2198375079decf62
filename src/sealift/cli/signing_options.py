"""The options that sign executables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from sealift.cli.messages import SIGNING_OPTION_ALONE
from sealift.cli.options import PATH, TEXT
from sealift.options import WindowsSigning

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--sign-windows",
        type=PATH,
        metavar="FILE",
        help="Sign executables for Windows with this certificate: a PKCS#12 file with its key. Its"
        " password is in the variable SEALIFT_SIGN_PASSWORD.",
    ),
    click.option(
        "--sign-password-file",
        type=PATH,
        metavar="FILE",
        help="File whose first line is the password of the certificate.",
    ),
    click.option(
        "--sign-command",
        type=TEXT,
        metavar="COMMAND",
        help="Program that signs a digest, given as its input, in place of a key in the file of"
        " --sign-windows, which is PEM then.",
    ),
    click.option(
        "--timestamp-url",
        type=TEXT,
        metavar="URL",
        help="Time server (RFC 3161) that confirms when an executable was signed.",
    ),
)


def signing_options(command: Command) -> Command:
    """Add the options that sign executables."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_windows_signing(given: Mapping[str, Any]) -> WindowsSigning | None:
    """Return how executables for Windows are signed; None if they are not.

    Raises:
        UsageError: ``signing-option-alone``: an option needs ``--sign-windows``.
    """
    certificate = given["sign_windows"]
    if certificate is not None:
        return WindowsSigning(
            certificate,
            password_file=given["sign_password_file"],
            command=given["sign_command"] or "",
            timestamp_url=given["timestamp_url"] or "",
        )
    for name in ("sign_password_file", "sign_command", "timestamp_url"):
        if given[name] is not None:
            raise SIGNING_OPTION_ALONE.error(option=f"--{name.replace('_', '-')}")
    return None
