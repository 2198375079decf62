"""How much another program has downloaded, by the size of the files that it writes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


class ArrivingFiles:
    """Counts the bytes of all files in a directory; call it now and then."""

    def __init__(self, directory: Path, progress: Callable[[int], None]) -> None:
        """Take the directory and a function that gets the number of bytes since the last call."""
        self._directory = directory
        self._progress = progress
        self._counted = 0

    def __call__(self) -> None:
        """Report growth. Files may be renamed or removed while they are counted."""
        size = 0
        for folder, _, names in os.walk(self._directory):
            for name in names:
                try:
                    size += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118 - faster
                except OSError:
                    continue
        if size > self._counted:
            self._progress(size - self._counted)
            self._counted = size
