"""What every source of Node binaries offers: which releases it has, and fetching one of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from sealift.model import Observer, Release
from sealift.target import Arch, Platform

LIBRARIES = "libraries"
"""Name of the directory, beside a fetched binary, for the shared libraries that came with it."""


class ProviderUnavailableError(Exception):
    """A source cannot answer now. Never leaves this package: it becomes a finding or NodeError.

    Attributes:
        source: name of the source.
        reason: what went wrong, in a few words, without credentials.
        remedy: what to do about it, or "" for the usual advice on networks.
    """

    def __init__(self, source: str, reason: str, remedy: str = "") -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason
        self.remedy = remedy


class Provider(Protocol):
    """A place that Node binaries come from."""

    @property
    def name(self) -> str:
        """``pypi``, ``npm`` or ``mirror``."""

    @property
    def place(self) -> str:
        """Name of the source in the cache: two mirrors do not share their binaries."""

    def question(self, platform: Platform, arch: Arch) -> str:
        """Name the one question whose answer lists the releases for a machine; "" if none does.

        One question's answer may list the releases for several machines.
        """

    def prepare(self, observer: Observer) -> None:
        """Make ready what `ask` and `fetch` need, such as the npm client.

        Raises:
            ProviderUnavailableError: it cannot be had.
        """

    def ask(self, question: str) -> Sequence[Release]:
        """Ask over the network which releases exist; may run in a thread, tells no observer.

        Raises:
            ProviderUnavailableError: there was no answer.
        """

    def fetch(self, release: Release, destination: Path, observer: Observer) -> None:
        """Write the Node binary of a release to the file ``destination``.

        Temporary files may be made beside ``destination``; the caller removes that directory, but
        keeps what is in its directory `LIBRARIES`, which a binary for alpine may need.

        Raises:
            ProviderUnavailableError: the network or the source failed.
            NodeError: something arrived that is not what it should be.
        """
