"""Damage to files that a cache keeps."""

from __future__ import annotations

from pathlib import Path


def flip_bit(file: Path) -> None:
    """Change one bit in the middle of a file."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
