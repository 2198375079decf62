"""The progress of downloads, as observers show it."""

from __future__ import annotations

from collections.abc import Callable

from sealift.model import Observer, Unit
from sealift.tools.http import Body


def show_progress(observer: Observer, what: str) -> Callable[[Body], None]:
    """Return what to call with each body of a download before it is read.

    Args:
        observer: notified of a stage with the download's size, and of what arrives.
        what: the stage's name, without the size.
    """

    def begin(body: Body) -> None:
        name = f"{what}{size_note(body.length, body.begin)}"
        observer.stage(name, body.length, unit=Unit.DOWNLOADED)
        observer.advance(body.begin)
        body.progress = observer.advance

    return begin


def size_note(length: int | None, begin: int = 0) -> str:
    """Return a download's size to append to what is fetched: `` (4.1 MB)``; "" if not known.

    Where ``begin`` bytes are there already: `` (4.1 MB, from 1.2 MB on)``.
    """
    if length is None:
        return ""
    return f" ({length / 1e6:.1f} MB{f', from {begin / 1e6:.1f} MB on' if begin else ''})"
