"""What happens to a test whose equipment is missing."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def lacking(capability: str) -> NoReturn:
    """Skip the test, or fail it in CI (``CI=true``), because ``capability`` is missing here."""
    if os.environ.get("CI", "").lower() in ("", "0", "false"):
        pytest.skip(f"missing: {capability}")
    pytest.fail(f"missing in CI: {capability}", pytrace=False)
