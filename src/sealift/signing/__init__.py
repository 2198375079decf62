"""Sign executables with their publisher's certificate.

`open_windows_signer` and `open_macos_signer` read the certificate and its key, and check both,
before a build begins. `Signers.sign` signs one executable that is finished but not yet published.
The libraries for certificates are imported only if something is signed.
"""

from sealift.signing.libraries import require_libraries
from sealift.signing.macos import MacosSigner, open_macos_signer
from sealift.signing.signers import Signers
from sealift.signing.windows import WindowsSigner, open_windows_signer

__all__ = [
    "MacosSigner",
    "Signers",
    "WindowsSigner",
    "open_macos_signer",
    "open_windows_signer",
    "require_libraries",
]
