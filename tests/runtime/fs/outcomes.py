"""The outcome of each case of the program by name, on the disk and packaged."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from rigs import Completed

Outcomes = dict[str, Any]


def parse(done: Completed) -> Outcomes:
    """Return the output of the program, which must have succeeded."""
    assert done.code == 0, done.stdout[-2000:] + done.stderr[-4000:]
    outcomes: Outcomes = json.loads(done.stdout)
    return outcomes


def differences(disk: Outcomes, packaged: Outcomes, known: Mapping[str, str]) -> list[str]:
    """Return name and both outcomes of each case that differs unexpectedly."""
    assert list(disk) == list(packaged)
    return [
        f"{name}\n  disk:     {disk[name]}\n  packaged: {packaged[name]}"
        for name in disk
        if disk[name] != packaged[name] and not any(re.search(pattern, name) for pattern in known)
    ]


def report(found: list[str]) -> str:
    return f"{len(found)} differ\n" + "\n".join(found[:40])
