"""Who signs the executables, from the options and the ``sign`` of each platform's settings."""

from __future__ import annotations

from collections.abc import Sequence

from sealift.findings import Finding, Severity
from sealift.identity import Identity
from sealift.options import BuildOptions, Signing
from sealift.plan.messages import SIGNING_UNUSED
from sealift.project import Manifest, SignSettings
from sealift.signing import Signers, open_macos_signer, open_windows_signer
from sealift.target import Platform, Target

_NAME = "FileDescription"
_NAMES = {Platform.WIN: ("Windows", "--sign-windows"), Platform.MACOS: ("macOS", "--sign-macos")}


def signers_of(
    options: BuildOptions, manifest: Manifest, identity: Identity, targets: Sequence[Target]
) -> tuple[Signers, tuple[Finding, ...]]:
    """Return what signs executables, and what the user should know.

    A certificate is read only if a target needs it.

    Raises:
        UsageError: as `open_windows_signer` and `open_macos_signer`.
    """
    if not options.sign:
        return Signers(), ()
    platforms = {target.platform for target in targets}
    settings = manifest.settings
    windows, macos = None, None
    if Platform.WIN in platforms and identity.windows:
        signing = options.sign_windows or _signing(manifest, settings.windows.sign)
        if signing is not None:
            name = dict(identity.windows.texts).get(_NAME, "")
            windows = open_windows_signer(signing, name)
    if Platform.MACOS in platforms and identity.macos:
        signing = options.sign_macos or _signing(manifest, settings.macos.sign)
        if signing is not None:
            macos = open_macos_signer(signing, identity.macos)
    given = {Platform.WIN: options.sign_windows, Platform.MACOS: options.sign_macos}
    findings = tuple(
        SIGNING_UNUSED.finding(
            Severity.WARNING, path=signing.certificate, platform=name, option=option
        )
        for platform, (name, option) in _NAMES.items()
        if (signing := given[platform]) is not None and platform not in platforms
    )
    return Signers(windows, macos), findings


def _signing(manifest: Manifest, settings: SignSettings | None) -> Signing | None:
    """Return what settings say; a command is the project's own, as its hooks are."""
    if settings is None:
        return None
    return Signing(
        manifest.root / settings.certificate,
        command=settings.command,
        key=settings.key,
        timestamp_url=settings.timestamp_url,
        password_variable=settings.password_variable,
    )
