"""Checking a mirror's list of digests against an OpenPGP key ring, with ``gpgv``."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from sealift.errors import NodeError
from sealift.tools import subprocesses as command

_SECONDS = 60.0


def check(content: bytes, detached: bytes, keyring: Path, what: str) -> None:
    """Check a detached signature.

    Args:
        content: what was signed.
        detached: the signature.
        keyring: file of public keys (binary, as ``gpg --export`` writes it, or a ``.kbx``).
        what: how to name the content in a message.

    Raises:
        NodeError: the signature is not by one of the keys, or it cannot be checked.
    """
    program = shutil.which("gpgv")
    if program is None:
        raise NodeError(
            "gpgv-missing",
            f"The signature of {what} cannot be checked: there is no gpgv on this machine.",
            "Install GnuPG's gpgv, or leave the key ring out.",
        )
    if not keyring.is_file():
        raise NodeError(
            "keyring-missing", f"There is no key ring at {keyring}.", "Name an existing key ring."
        )
    with tempfile.TemporaryDirectory(prefix="sealift-") as folder:
        signed, signature = Path(folder, "SHASUMS256.txt"), Path(folder, "SHASUMS256.txt.sig")
        signed.write_bytes(content)
        signature.write_bytes(detached)
        try:
            command.run(
                # gpgv looks for a name without a slash in its own home.
                [program, "--keyring", str(keyring.absolute()), str(signature), str(signed)],
                seconds=_SECONDS,
            )
        except command.CommandError as error:
            raise NodeError(
                "signature-refused",
                f"The signature of {what} is not by a key of {keyring}: {error}.",
                "Use the key ring of Node's release team (binary, not armored) or another mirror.",
            ) from error
