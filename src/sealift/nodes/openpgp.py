"""Check a mirror's list of digests with an OpenPGP key ring, by ``gpgv``."""

from __future__ import annotations

import shutil
from pathlib import Path

from sealift.nodes import messages
from sealift.tools.private_files import work_directory
from sealift.tools.subprocesses import CommandError, run

_SECONDS = 60.0


def check(content: bytes, detached: bytes, keyring: Path, what: str) -> None:
    """Check a detached signature.

    Args:
        content: what was signed.
        detached: the signature.
        keyring: file of public keys (binary, as ``gpg --export`` writes it, or a ``.kbx``).
        what: the content's name in messages.

    Raises:
        NodeError: the signature is not by one of the keys, or cannot be checked.
    """
    program = shutil.which("gpgv")
    if program is None:
        raise messages.GPGV_MISSING.error(what=what)
    if not keyring.is_file():
        raise messages.KEYRING_MISSING.error(keyring=keyring)
    with work_directory() as folder:
        signed, signature = folder / "SHASUMS256.txt", folder / "SHASUMS256.txt.sig"
        signed.write_bytes(content)
        signature.write_bytes(detached)
        try:
            run(
                # gpgv looks for a name without a slash in its own home directory.
                [program, "--keyring", str(keyring.absolute()), str(signature), str(signed)],
                seconds=_SECONDS,
            )
        except CommandError as error:
            raise messages.SIGNATURE_REFUSED.error(
                what=what, keyring=keyring, reason=error
            ) from error
