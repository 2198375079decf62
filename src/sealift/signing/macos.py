"""Sign executables for macOS (Developer ID, hardened runtime)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sealift.identity import MacosIdentity
from sealift.options import Signing
from sealift.signing import messages
from sealift.signing.libraries import require_libraries

if TYPE_CHECKING:
    from sealift.signing.credentials import Credentials

_TEAM = re.compile(r"[A-Z0-9]{10}")
_TIMESTAMP_ROOM = 16 << 10  # bytes; a token with its certificates has about 6,000


class MacosSigner:
    """Signs finished executables; made by `open_macos_signer`."""

    def __init__(
        self, credentials: Credentials, team: str, identity: MacosIdentity, timestamp_url: str
    ) -> None:
        self._credentials = credentials
        self._team = team
        self._identity = identity
        self._timestamp_url = timestamp_url

    def sign(self, path: Path, has_addons: bool) -> None:
        """Sign the executable at ``path``, which nobody else may use meanwhile.

        If it raises, the file may be incomplete; so it has to be a temporary one.

        Args:
            has_addons: it loads libraries that others may have signed.

        Raises:
            FormatError: it is no executable for macOS with an ad-hoc signature.
            OutputError: the signing command or the time server failed.
            OSError: the file cannot be read or written.
            UsageError: the signing command has the key of another certificate.
        """
        from cryptography.hazmat.primitives.serialization import Encoding

        from sealift.formats.macho import publisher_signature as room
        from sealift.signing.code_signature import code_signature
        from sealift.signing.timestamp import fetch_timestamp

        url, credentials = self._timestamp_url, self._credentials
        certificates = (credentials.certificate, *credentials.chain)
        reserved = sum(len(one.public_bytes(Encoding.DER)) for one in certificates)
        with path.open("r+b") as file:
            entitlements = room.entitlements_of(file)
            if self._identity.entitlements is None:
                entitlements = room.with_runtime_rights(entitlements, has_addons)
            identifier = self._identity.identifier
            reserved += _TIMESTAMP_ROOM
            unsigned = room.prepare(file, identifier, self._team, entitlements, reserved)
            signed = code_signature(
                unsigned.directory,
                credentials,
                (lambda signature: fetch_timestamp(url, signature)) if url else None,
            )
            room.append(file, unsigned, signed)


def open_macos_signer(options: Signing, identity: MacosIdentity) -> MacosSigner:
    """Return what signs executables for macOS.

    Args:
        options: where the certificate and the key are.
        identity: what the executables say about themselves.

    Raises:
        UsageError: a library is missing, or the certificate, its password or its key is not usable.
    """
    require_libraries()
    from sealift.signing.certificates import subject_of, unit_of
    from sealift.signing.credentials import open_credentials

    credentials = open_credentials(options)
    team = unit_of(credentials.certificate)
    if not _TEAM.fullmatch(team):
        raise messages.CERTIFICATE_UNSUITABLE.error(
            subject=subject_of(credentials.certificate),
            path=options.certificate,
            reason="its organisational unit is not a team of Apple's",
        )
    return MacosSigner(credentials, team, identity, options.timestamp_url)
