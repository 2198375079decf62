"""Sign executables for Windows (Authenticode)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sealift.options import Signing
from sealift.signing.libraries import require_libraries

if TYPE_CHECKING:
    from sealift.signing.credentials import Credentials


class WindowsSigner:
    """Signs finished executables; made by `open_windows_signer`."""

    def __init__(self, credentials: Credentials, name: str, timestamp_url: str) -> None:
        self._credentials = credentials
        self._name = name
        self._timestamp_url = timestamp_url

    def sign(self, path: Path) -> None:
        """Sign the executable at ``path``, which nobody else may use meanwhile.

        If it raises, the file may be incomplete; so it has to be a temporary one.

        Raises:
            FormatError: it is no executable for Windows, or has a signature.
            OutputError: the signing command or the time server failed.
            OSError: the file cannot be read or written.
            UsageError: the signing command has the key of another certificate.
        """
        from sealift.formats.pe import certificate_table
        from sealift.signing.authenticode import authenticode_signature
        from sealift.signing.timestamp import fetch_timestamp

        url = self._timestamp_url
        with path.open("r+b") as file:
            unsigned = certificate_table.read_unsigned(file)
            signature = authenticode_signature(
                certificate_table.authenticode_digest(file, unsigned),
                self._name,
                self._credentials,
                (lambda signature: fetch_timestamp(url, signature)) if url else None,
            )
            certificate_table.append_signature(file, unsigned, signature)


def open_windows_signer(options: Signing, name: str) -> WindowsSigner:
    """Return what signs executables for Windows.

    Args:
        options: where the certificate and the key are.
        name: of the program; Windows shows it when it asks for an administrator's rights.

    Raises:
        UsageError: a library is missing, or the certificate, its password or its key is not usable.
    """
    require_libraries()
    from sealift.signing.credentials import open_credentials

    return WindowsSigner(open_credentials(options), name, options.timestamp_url)
