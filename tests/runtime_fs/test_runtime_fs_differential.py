"""Every function of ``fs``, on files of a disk and on the same files packaged: the same outcome.

What is compared are results, errors with all their fields, and what stands on the disk afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rigs
from runtime_fs.conftest import Outcomes

Compare = Callable[[str], tuple[Outcomes, Outcomes]]


def differences(disk: Outcomes, packaged: Outcomes, allowed: tuple[str, ...] = ()) -> list[str]:
    """Name, outcome on the disk and packaged, of each case that differs and should not."""
    assert list(disk) == list(packaged)
    return [
        f"{name}\n  disk:     {disk[name]}\n  packaged: {packaged[name]}"
        for name in disk
        if disk[name] != packaged[name]
        and not any(re.search(pattern, name) for pattern in allowed)
    ]


def report(found: list[str]) -> str:
    return f"{len(found)} differ\n" + "\n".join(found[:40])


@pytest.mark.parametrize("group", ["paths", "listing", "descriptors", "looks", "copying"])
def test_same_as_on_a_disk(compare: Compare, group: str) -> None:
    disk, packaged = compare(group)
    assert len(disk) > 100
    found = differences(disk, packaged)
    assert not found, report(found)
