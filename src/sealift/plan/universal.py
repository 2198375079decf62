"""The target ``macos-universal``: both architectures of macOS, joined in one file."""

from __future__ import annotations

from collections.abc import Sequence

from sealift.plan.messages import UNIVERSAL_NOT_MACOS
from sealift.target import Arch, Platform, platform_named

_UNIVERSAL = ("universal", "universal2")
_ARCHES = (Arch.X64, Arch.ARM64)


def without_universal(texts: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """Return the texts of targets with two in place of a universal one, and whether there was one.

    Raises:
        UsageError: a universal target is not for macOS.
    """
    expanded: list[str] = []
    found = False
    for item in (item.strip() for text in texts for item in text.split(",")):
        elements = item.lower().split("-")
        if not any(element in _UNIVERSAL for element in elements):
            expanded.append(item)
            continue
        if Platform.MACOS not in map(platform_named, elements):
            raise UNIVERSAL_NOT_MACOS.error(target=item)
        found = True
        for arch in _ARCHES:
            own = [arch.value if element in _UNIVERSAL else element for element in elements]
            expanded.append("-".join(own))
    return tuple(expanded), found
