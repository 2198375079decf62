"""What this process scans, for tests of who scans what."""

from __future__ import annotations

import pytest

from sealift.project import scanning
from sealift.project.references import SourceReferences


@pytest.fixture
def scanned(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The sources that this process scans for references, in order."""
    found: list[bytes] = []
    scan = scanning.find_references

    def listed(source: bytes, *, module: bool | None) -> SourceReferences:
        found.append(source)
        return scan(source, module=module)

    monkeypatch.setattr(scanning, "find_references", listed)
    return found
