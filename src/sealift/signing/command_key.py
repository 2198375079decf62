"""A key that another program has: it reads a digest, and writes the signature."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import shlex
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from sealift.signing import messages
from sealift.signing.certificates import is_signed_by, subject_of
from sealift.tools.subprocesses import CommandError, run_binary

_COMMAND_SECONDS = 120.0


def command_key(
    command: str, certificate: x509.Certificate, path: Path
) -> Callable[[bytes], bytes]:
    """Return what signs data by a command.

    Args:
        command: program and arguments, as a shell takes them.
        certificate: that the key belongs to; each signature is checked with it.
        path: the file of the certificate.

    Raises:
        UsageError: ``sign-command-malformed``.
    """
    lexer = shlex.shlex(command, posix=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    if os.name == "nt":
        lexer.escape = ""  # it separates the parts of a path
    try:
        words = list(lexer)
    except ValueError as error:
        raise messages.COMMAND_MALFORMED.error(reason=error) from error
    if not words:
        raise messages.COMMAND_MALFORMED.error(reason="it is empty")

    def sign(data: bytes) -> bytes:
        digest = hashlib.sha256(data).digest()
        try:
            output = run_binary(words, given=digest, seconds=_COMMAND_SECONDS)
        except CommandError as error:
            raise messages.COMMAND_FAILED.error(program=words[0], reason=error) from error
        for signature in (output, _from_base64(output)):
            if is_signed_by(certificate, signature, data, SHA256()):
                return signature
        if not output:
            raise messages.COMMAND_FAILED.error(program=words[0], reason="it wrote nothing")
        raise messages.KEY_DIFFERS.error(
            source=f"'{words[0]}'", subject=subject_of(certificate), path=path
        )

    return sign


def _from_base64(text: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        return b""
