"""The file to write for each target."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from sealift.options import unusable_text
from sealift.plan.messages import (
    OUTPUT_IS_DIRECTORY,
    OUTPUT_IS_ENTRY,
    OUTPUT_IS_REPORT,
    OUTPUT_NAME_MALFORMED,
)
from sealift.target import Target, suffixes
from sealift.tools.input_files import is_directory


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


def require_file_name(output: Path) -> None:
    """Raise an error if a path cannot be that of a file to write.

    Raises:
        OutputError: it ends in a directory, such as ``/`` or ``..``.
        UsageError: its name is not Unicode text, or contains a NUL character.
    """
    if output.name in ("", ".."):
        raise OUTPUT_IS_DIRECTORY.error(output=output)
    if problem := unusable_text(output.name):
        raise OUTPUT_NAME_MALFORMED.error(name=output.name, what=problem)


def require_writable_place(output: Path, report: Path | None) -> None:
    """Raise an error if writing an output would replace something else.

    Raises:
        OutputError: it is a directory.
        UsageError: it is the file of the report.
    """
    if is_directory(output):
        raise OUTPUT_IS_DIRECTORY.error(output=output)
    if report is not None and _same(output, Path(os.path.abspath(report))):  # noqa: PTH100
        raise OUTPUT_IS_REPORT.error(output=output)


def require_free_place(path: Path, report: Path | None, entry: Path) -> None:
    """Raise an error if writing a package would replace something else.

    Raises:
        OutputError: it is a directory.
        UsageError: it is the file of the report, or the entry point.
    """
    require_writable_place(path, report)
    if _same(path, entry):
        raise OUTPUT_IS_ENTRY.error(output=path)


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
