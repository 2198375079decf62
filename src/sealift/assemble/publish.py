"""Put finished executables in their places: all of them, or none."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

from msgspec import Struct

from sealift.assemble.temporary import Temporary
from sealift.tools.deferred_signals import deferring_signals
from sealift.tools.private_files import is_renamed, make, remove_file, temporary_name


def publish_all(files: Sequence[Temporary]) -> None:
    """Rename every file to its output; if one cannot be, restore the outputs replaced before it.

    Each replaced output stays under a second name until the last file is in its place. A file
    system without hard links keeps no such copy; there an output that was replaced stays replaced.

    A signal that ends the build waits until all are in their places.

    Raises:
        OutputError: an output cannot be replaced.
    """
    with deferring_signals():
        _publish_all(files)


def _publish_all(files: Sequence[Temporary]) -> None:
    places: list[_Place] = []
    try:
        for file in files:
            places.append(_Place.of(file.output))
            file.publish()
    except BaseException:
        *before, last = places
        for place in reversed(before):
            place.restore()
        last.forget()
        raise
    for place in places:
        place.forget()


class _Place(Struct, frozen=True):
    """An output, and what was there before.

    Attributes:
        is_new: nothing was there.
        second_name: of the file that was there; None if there was none, or links do not work.
    """

    output: Path
    is_new: bool
    second_name: Path | None

    @classmethod
    def of(cls, output: Path) -> _Place:
        """Remember what is at an output."""
        if not os.path.lexists(output):
            return cls(output, is_new=True, second_name=None)
        second_name = output.with_name(temporary_name(output.name))
        try:
            make(second_name, lambda: os.link(output, second_name, follow_symlinks=False))
        except (OSError, NotImplementedError):
            return cls(output, is_new=False, second_name=None)
        return cls(output, is_new=False, second_name=second_name)

    def restore(self) -> None:
        """Put back what was there."""
        with contextlib.suppress(OSError):
            if self.is_new:
                self.output.unlink()
            elif self.second_name is not None:
                self.second_name.replace(self.output)
                is_renamed(self.second_name)

    def forget(self) -> None:
        """Remove the second name."""
        if self.second_name is not None:
            _remove_and_free(self.second_name)


def _remove_and_free(path: Path) -> None:
    """Remove a file; a thread frees its blocks, which takes 10 to 100 ms for an executable.

    The name is gone at once, and the blocks are freed whatever ends the process.
    """
    if os.name == "nt":  # where a file that is open keeps its name
        remove_file(path)
        return
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        remove_file(path)
        return
    remove_file(path)
    Thread(target=os.close, args=(descriptor,), name="free").start()
