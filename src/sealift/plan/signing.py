"""Who signs the executables, from the options."""

from __future__ import annotations

from collections.abc import Sequence

from sealift.findings import Finding, Severity
from sealift.identity import Identity
from sealift.options import BuildOptions
from sealift.plan.messages import SIGNING_UNUSED
from sealift.signing import Signers, open_macos_signer, open_windows_signer
from sealift.target import Platform, Target

_NAME = "FileDescription"


def signers_of(
    options: BuildOptions, identity: Identity, targets: Sequence[Target]
) -> tuple[Signers, tuple[Finding, ...]]:
    """Return what signs executables, and what the user should know.

    A certificate is read only if a target needs it.

    Raises:
        UsageError: as `open_windows_signer` and `open_macos_signer`.
    """
    platforms = {target.platform for target in targets}
    windows, macos, findings = None, None, list[Finding]()
    if options.sign_windows is not None:
        if Platform.WIN in platforms and identity.windows:
            name = dict(identity.windows.texts).get(_NAME, "")
            windows = open_windows_signer(options.sign_windows, name)
        else:
            path = options.sign_windows.certificate
            unused = SIGNING_UNUSED.finding(
                Severity.WARNING, path=path, platform="Windows", option="--sign-windows"
            )
            findings.append(unused)
    if options.sign_macos is not None:
        if Platform.MACOS in platforms and identity.macos:
            macos = open_macos_signer(options.sign_macos, identity.macos)
        else:
            path = options.sign_macos.certificate
            unused = SIGNING_UNUSED.finding(
                Severity.WARNING, path=path, platform="macOS", option="--sign-macos"
            )
            findings.append(unused)
    return Signers(windows, macos), tuple(findings)
