"""Sign executables with their publisher's certificate.

`open_windows_signer` reads the certificate and its key, and checks both, before a build begins.
`WindowsSigner.sign` signs one executable that is finished but not yet published. The libraries for
certificates are imported only if something is signed.
"""

from sealift.signing.windows import WindowsSigner, open_windows_signer

__all__ = ["WindowsSigner", "open_windows_signer"]
