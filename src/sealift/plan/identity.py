"""What the executables of a build say about themselves, on each platform that is a target."""

from __future__ import annotations

from collections.abc import Sequence

from sealift.findings import Finding, Severity
from sealift.identity import Identity
from sealift.options import BuildOptions
from sealift.plan.macos_identity import macos_identity
from sealift.plan.messages import ENTITLEMENTS_UNUSED, ICON_UNUSED
from sealift.plan.windows_identity import windows_identity
from sealift.project import Manifest
from sealift.target import Platform, Target


def identity_of(
    options: BuildOptions, manifest: Manifest, targets: Sequence[Target]
) -> tuple[Identity, tuple[Finding, ...]]:
    """Return what executables say about themselves, and what the user should know.

    Files that the options and settings name are read only if a target needs them.

    Raises:
        UsageError, FormatError: as `windows_identity` and `macos_identity`.
    """
    platforms = {target.platform for target in targets}
    windows, macos, findings = None, None, list[Finding]()
    if Platform.WIN in platforms:
        windows, more = windows_identity(manifest, options.icon)
        findings += more
    elif options.icon is not None:
        findings.append(ICON_UNUSED.finding(Severity.WARNING, path=options.icon))
    if Platform.MACOS in platforms:
        macos = macos_identity(manifest, options.entitlements)
    elif options.entitlements is not None:
        path = options.entitlements
        findings.append(ENTITLEMENTS_UNUSED.finding(Severity.WARNING, path=path))
    return Identity(windows, macos), tuple(findings)
