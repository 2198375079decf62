"""What the host has, and what happens to a test whose equipment is missing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest


def lacking(capability: str) -> NoReturn:
    """Skip the test because ``capability`` is missing; in CI (``CI=true``), fail it."""
    if os.environ.get("CI", "").lower() in ("", "0", "false"):
        pytest.skip(f"missing: {capability}")
    pytest.fail(f"missing in CI: {capability}", pytrace=False)


def available_memory() -> int:
    """Return how many bytes programs can still use; the kernel can free its page cache.

    Source: ``MemAvailable`` in proc(5). Elsewhere than on Linux: the free memory.
    """
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    fields = dict(line.split(":", 1) for line in lines)
    return int(fields["MemAvailable"].split()[0]) << 10
