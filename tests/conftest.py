"""What all tests share: the plugins of ``tests/support``."""

from __future__ import annotations

import pytest

# Their assertions explain themselves as those of tests do.
pytest.register_assert_rewrite("rigs", "support")

pytest_plugins = (
    "support.addon_projects",
    "support.bytecode_builds",
    "support.code_caches",
    "support.compiled_projects",
    "support.command_line",
    "support.equipment",
    "support.kept_projects",
    "support.local_registry",
    "support.scanned_sources",
    "support.tiers",
)
