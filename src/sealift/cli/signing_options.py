"""The options that sign executables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from sealift.cli.messages import SIGNING_AMBIGUOUS, SIGNING_KEY_TWICE, SIGNING_OPTION_ALONE
from sealift.cli.options import PATH, TEXT
from sealift.options import Signing

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
        "--sign-macos",
        type=PATH,
        metavar="FILE",
        help="The same for executables for macOS, with a Developer ID and the hardened runtime.",
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
        help="Program that signs a digest, given as its input, in place of a key in the"
        " certificate's file, which is PEM then.",
    ),
    click.option(
        "--sign-key",
        type=TEXT,
        metavar="URI",
        help="Key on a token, as a PKCS#11 URI, in place of one in the certificate's file, which is"
        " PEM then. The PIN is given as a password is.",
    ),
    click.option(
        "--timestamp-url",
        type=TEXT,
        metavar="URL",
        help="Time server (RFC 3161) that confirms when an executable was signed.",
    ),
    click.option(
        "--no-sign",
        is_flag=True,
        help="Do not sign, whatever pkg.windows.sign and pkg.macos.sign say.",
    ),
)

_OF_A_CERTIFICATE = ("sign_password_file", "sign_command", "sign_key", "timestamp_url")


def signing_options(command: Command) -> Command:
    """Add the options that sign executables."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_signing(given: Mapping[str, Any]) -> tuple[Signing | None, Signing | None]:
    """Return how executables for Windows and for macOS are signed; None if they are not.

    Raises:
        UsageError: ``signing-option-alone``: an option needs a certificate;
            ``signing-ambiguous``: it could belong to either of two; ``signing-key-twice``.
    """
    certificates = [name for name in ("sign_windows", "sign_macos") if given[name] is not None]
    if not certificates:
        for name in _OF_A_CERTIFICATE:
            if given[name] is not None:
                raise SIGNING_OPTION_ALONE.error(option=f"--{name.replace('_', '-')}")
        return None, None
    if len(certificates) > 1:
        raise SIGNING_AMBIGUOUS.error()
    if given["sign_command"] and given["sign_key"]:
        raise SIGNING_KEY_TWICE.error()
    signing = Signing(
        given[certificates[0]],
        password_file=given["sign_password_file"],
        command=given["sign_command"] or "",
        key=given["sign_key"] or "",
        timestamp_url=given["timestamp_url"] or "",
    )
    return (signing, None) if given["sign_windows"] is not None else (None, signing)
