"""Addons that search packages on the disk: resolvers and bundlers in native code."""

from __future__ import annotations

_NAMES = (b"node_modules", b"package.json")
_LONGEST = max(map(len, _NAMES))


class PackageSearch:
    """Decides from an addon's bytes whether it looks for npm packages itself.

    Code that does contains the two names that it looks for; few other addons contain one, and none
    that is known contains both. Such an addon does not see packaged files, so that the runtime
    gives it a copy of them (``runtime/js/addons/path-translation.js``).
    """

    def __init__(self) -> None:
        """Begin without any bytes."""
        self._missing = set(_NAMES)
        self._before = b""

    @property
    def found(self) -> bool:
        """True if the bytes so far contain all the names."""
        return not self._missing

    def feed(self, chunk: bytes) -> None:
        """Look at the next bytes of the file."""
        if self._missing:
            text = self._before + chunk
            self._missing = {name for name in self._missing if name not in text}
            self._before = text[1 - _LONGEST :]
