"""Name the file to write for each target."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from sealift.plan.messages import OUTPUT_IS_ENTRY
from sealift.target import Target, suffixes


def name_outputs(
    targets: Sequence[Target], base: Path, entry: Path, explicit: bool
) -> dict[Target, Path]:
    """Return the output of each target: ``base``, a suffix, and ``.exe`` for win.

    The suffix consists of the elements in which the targets differ, so that no two share a file.

    Args:
        targets: all targets of the build, without duplicates.
        base: absolute path without suffix.
        entry: the entry point, which must never be overwritten.
        explicit: the user named the file, not only the project.

    Raises:
        UsageError: an output is the input.
    """
    outputs: dict[Target, Path] = {}
    for target, suffix in suffixes(targets).items():
        path = _with_exe(base.with_name(base.name + suffix), target)
        if _same(path, entry):
            if explicit:
                raise OUTPUT_IS_ENTRY.error(output=path)
            path = _with_exe(base.with_name(f"{base.name}{suffix}-{target.platform}"), target)
        outputs[target] = path
    return outputs


def _with_exe(path: Path, target: Target) -> Path:
    suffix = target.platform.facts.executable_suffix
    return (
        path if path.suffix.lower() == suffix or not suffix else path.with_name(path.name + suffix)
    )


def _same(output: Path, entry: Path) -> bool:
    try:
        return output.samefile(entry)
    except OSError:
        return os.path.normcase(output) == os.path.normcase(entry)
