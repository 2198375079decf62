"""Subresource Integrity of files."""

from __future__ import annotations

from pathlib import Path

from sealift.addons.integrity import integrity_of, matches_integrity
from support.tarballs import tarball


def test_integrities(tmp_path: Path) -> None:
    packed = tmp_path / "packed.tgz"
    packed.write_bytes(tarball({"package/package.json": b"{}"}))
    own = integrity_of(packed)
    other = "sha512-" + "A" * 86 + "=="
    assert matches_integrity(packed, own)
    assert matches_integrity(packed, f"{other} {own}")
    assert not matches_integrity(packed, other)
    # The strongest algorithm counts, and no digest is no permission.
    assert not matches_integrity(packed, f"sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= {other}")
    assert not matches_integrity(packed, "")
    assert not matches_integrity(packed, "md5-1B2M2Y8AsgTpgAmY7PhCfg==")
    assert not matches_integrity(packed, "sha512-!!")
