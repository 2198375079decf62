"""What executables for Windows say about themselves, from package.json and ``pkg.windows``."""

from __future__ import annotations

import re
from pathlib import Path

from sealift.findings import Finding, Severity
from sealift.formats.pe.icon import LARGEST_ICON, read_icon
from sealift.formats.pe.manifest import manifest as windows_manifest
from sealift.identity import IconImage, WindowsIdentity
from sealift.plan.messages import (
    ICON_UNREADABLE,
    VERSION_MALFORMED,
    VERSION_NOT_FOR_WINDOWS,
)
from sealift.plan.one_line import one_line, person
from sealift.project import Manifest
from sealift.tools.input_files import NotRegularError, read_regular

_VERSION = re.compile(r"v?(\d{1,5}(?:\.\d{1,5}){0,3})(?:[-+][0-9A-Za-z.+-]*)?", re.ASCII)
Version = tuple[int, int, int, int]


def windows_identity(
    manifest: Manifest, icon: Path | None
) -> tuple[WindowsIdentity, tuple[Finding, ...]]:
    """Return what executables for Windows say about themselves, and what the user should know.

    Args:
        icon: the file that the caller names, in place of that of the settings.

    Raises:
        UsageError: the icon cannot be read, or the version of the settings is malformed.
        FormatError: the icon is malformed.
    """
    settings = manifest.settings.windows
    # The package.json of a larger whole does not describe one script in it.
    package = None if manifest.is_part else manifest.package
    data, own_version = (package.data, package.version) if package else ({}, "")
    name = one_line(manifest.base_name)
    findings: tuple[Finding, ...] = ()
    version = _numbers(settings.version or own_version)
    if version is None:
        if settings.version:
            raise VERSION_MALFORMED.error(version=settings.version)
        if own_version:
            warning = VERSION_NOT_FOR_WINDOWS
            findings = (warning.finding(Severity.WARNING, version=one_line(own_version)),)
        version = (0, 0, 0, 0)
    version_text = one_line(settings.version or own_version) or ".".join(map(str, version))
    product = settings.product or one_line(data.get("productName")) or name
    company = settings.company or person(data.get("author"))
    copyright_text = settings.copyright or (f"Copyright © {company}" if company else "")
    texts = (
        ("CompanyName", company),
        ("FileDescription", settings.description or one_line(data.get("description")) or product),
        ("FileVersion", version_text),
        ("InternalName", name),
        ("LegalCopyright", copyright_text),
        # Without the suffixes of several targets: the bytes do not depend on the other targets.
        ("OriginalFilename", f"{name}.exe"),
        ("ProductName", product),
        ("ProductVersion", version_text),
    )
    if icon is None and settings.icon:
        icon = manifest.root / settings.icon
    return WindowsIdentity(
        version=version,
        texts=tuple((key, text) for key, text in texts if text),
        manifest=windows_manifest(
            administrator=settings.administrator,
            long_paths=settings.long_paths,
            utf8=settings.utf8,
        ),
        icon=_icon(icon) if icon is not None else (),
        console=settings.console,
    ), findings


def _numbers(text: str) -> Version | None:
    """Return the four numbers of a version such as ``1.2.3-beta``; None if Windows has none."""
    found = _VERSION.fullmatch(text)
    if found is None:
        return None
    numbers = [int(part) for part in found[1].split(".")]
    if any(number > 0xFFFF for number in numbers):
        return None
    first, second, third, fourth = (*numbers, 0, 0, 0)[:4]
    return first, second, third, fourth


def _icon(path: Path) -> tuple[IconImage, ...]:
    try:
        data = read_regular(path, LARGEST_ICON)
    except NotRegularError as error:
        raise ICON_UNREADABLE.error(path=path, reason=error) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ICON_UNREADABLE.error(path=path, reason=reason) from error
    return read_icon(data, str(path))
