"""What executables for macOS say about themselves, from options and ``pkg.macos``."""

from __future__ import annotations

import re
from pathlib import Path

from sealift.formats.macho.entitlements import LARGEST_ENTITLEMENTS, check_entitlements
from sealift.identity import MacosIdentity
from sealift.plan.messages import ENTITLEMENTS_UNREADABLE, IDENTIFIER_MALFORMED
from sealift.project import Manifest
from sealift.tools.input_files import NotRegularError, read_regular

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")


def macos_identity(manifest: Manifest, entitlements: Path | None) -> MacosIdentity:
    """Return what executables for macOS say about themselves.

    Args:
        entitlements: the file that the caller names, in place of that of the settings.

    Raises:
        UsageError: the entitlements cannot be read, or the identifier is malformed.
        FormatError: the entitlements are malformed.
    """
    settings = manifest.settings.macos
    if settings.identifier and not _IDENTIFIER.fullmatch(settings.identifier):
        raise IDENTIFIER_MALFORMED.error(identifier=settings.identifier)
    if entitlements is None and settings.entitlements:
        entitlements = manifest.root / settings.entitlements
    return MacosIdentity(
        settings.identifier or manifest.base_name,
        None if entitlements is None else _read(entitlements),
        settings.debuggable,
    )


def _read(path: Path) -> bytes:
    try:
        data = read_regular(path, LARGEST_ENTITLEMENTS)
    except NotRegularError as error:
        raise ENTITLEMENTS_UNREADABLE.error(path=path, reason=error) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ENTITLEMENTS_UNREADABLE.error(path=path, reason=reason) from error
    check_entitlements(data, str(path))
    return data
