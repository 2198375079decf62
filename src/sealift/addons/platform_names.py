"""Names of packages and files without the words that name a platform.

They show which files or packages are alternatives to one another, never which platform one is for.
"""

from __future__ import annotations

import re

_PLATFORM_WORD = re.compile(
    r"(?:linux|darwin|macos|osx|win|win32|windows|freebsd|android|alpine|universal|universal2"
    r"|x64|x86|x86_64|amd64|ia32|i386|i686|arm|armv?\d+l?|armhf|arm64|aarch64|ppc64(?:le)?|s390x"
    r"|riscv64(?:gc)?|loong64|gnu(?:eabi(?:hf)?)?|musl(?:eabi(?:hf)?)?|glibc|msvc|unknown|apple|pc"
    r"|node|napi|electron|abi\d+|uv\d+|linuxmusl|linuxgnu)"
)
_SEPARATOR = re.compile(r"[-._+/]")


def words_without_platform(name: str) -> tuple[str, ...]:
    """Return the words of a name, without those that name a platform, C library or ABI."""
    words = _SEPARATOR.split(name.lower())
    return tuple(word for word in words if not _PLATFORM_WORD.fullmatch(word))
