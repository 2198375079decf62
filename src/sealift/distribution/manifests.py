"""A Homebrew formula and a Scoop manifest: texts that name published archives and their digests."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sealift.distribution.details import Details
from sealift.distribution.kinds import archive_stem
from sealift.target import Arch, Platform, Target

_SCOOP_ARCHES = {Arch.X64: "64bit", Arch.ARM64: "arm64", Arch.X86: "32bit"}
_BREW_SYSTEMS = (("on_macos", True), ("on_linux", False))
_BREW_ARCHES = (("on_arm", Arch.ARM64), ("on_intel", Arch.X64))


def archive_url(details: Details, file_name: str) -> str:
    """Return the address of a published archive."""
    return details.url.replace("{version}", details.version).replace("{file}", file_name)


def homebrew_formula(
    details: Details, archives: Mapping[Target, tuple[str, str]], has_more: bool
) -> bytes:
    """Return a formula in Ruby.

    Args:
        archives: file name and SHA-256 of the archive of each target.
        has_more: archives contain files that must stay beside the executable.
    """
    lines = [
        f"class {_class_name(details.name)} < Formula",
        f"  desc {_ruby(details.description[:80])}",
        *([f"  homepage {_ruby(details.homepage)}"] if details.homepage else []),
        f"  version {_ruby(details.version)}",
        *([f"  license {_ruby(details.licence)}"] if details.licence else []),
    ]
    for system, is_macos in _BREW_SYSTEMS:
        inner: list[str] = []
        for block, arch in _BREW_ARCHES:
            for target, (name, digest) in archives.items():
                if target.arch is arch and (target.platform is Platform.MACOS) is is_macos:
                    inner += [
                        f"    {block} do",
                        f"      url {_ruby(archive_url(details, name))}",
                        f"      sha256 {_ruby(digest)}",
                        "    end",
                    ]
        if inner:
            lines += ["", f"  {system} do", *inner, "  end"]
    program = _ruby(details.name)
    install = (
        ['    libexec.install Dir["*"]', f"    bin.install_symlink libexec/{program}"]
        if has_more
        else [f"    bin.install {program}"]
    )
    test = ["  test do", f"    assert_predicate bin/{program}, :executable?", "  end"]
    lines += ["", "  def install", *install, "  end", "", *test, "end", ""]
    return "\n".join(lines).encode()


def scoop_manifest(details: Details, archives: Mapping[Target, tuple[str, str]]) -> bytes:
    """Return a manifest in JSON; arguments as those of `homebrew_formula`."""
    manifest: dict[str, Any] = {
        "version": details.version,
        "description": details.description,
        "homepage": details.homepage,
        "license": details.licence or "Unknown",
        "architecture": {
            _SCOOP_ARCHES[target.arch]: {
                "url": archive_url(details, name),
                "hash": digest,
                "extract_dir": archive_stem(details, target),
            }
            for target, (name, digest) in archives.items()
        },
        "bin": f"{details.name}.exe",
    }
    return (json.dumps(manifest, indent=4, ensure_ascii=False) + "\n").encode()


def _class_name(name: str) -> str:
    """Return Homebrew's class name for a formula: ``my-tool`` is ``MyTool``."""
    words: Sequence[str] = re.split(r"[-_.\s]+", name.replace("+", "x"))
    text = "".join(word[:1].upper() + word[1:] for word in words)
    return text if text[:1].isalpha() else f"X{text}"


def _ruby(text: str) -> str:
    """Return a text as a Ruby string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("#", "\\#")
    return f'"{escaped}"'
