"""Who signs the executables, from the options."""

from __future__ import annotations

from collections.abc import Sequence

from sealift.findings import Finding, Severity
from sealift.identity import Identity
from sealift.options import BuildOptions
from sealift.plan.messages import SIGNING_UNUSED
from sealift.signing import WindowsSigner, open_windows_signer
from sealift.target import Platform, Target

_NAME = "FileDescription"


def windows_signer(
    options: BuildOptions, identity: Identity, targets: Sequence[Target]
) -> tuple[WindowsSigner | None, tuple[Finding, ...]]:
    """Return what signs executables for Windows, if they are signed, and what the user should know.

    The certificate is read only if a target is for Windows.

    Raises:
        UsageError: as `open_windows_signer`.
    """
    signing = options.sign_windows
    if signing is None:
        return None, ()
    if all(target.platform is not Platform.WIN for target in targets):
        return None, (SIGNING_UNUSED.finding(Severity.WARNING, path=signing.certificate),)
    texts = dict(identity.windows.texts) if identity.windows else {}
    return open_windows_signer(signing, texts.get(_NAME, "")), ()
