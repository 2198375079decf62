"""The interface of the providers of Node binaries: list releases, fetch one of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from sealift.model import Observer, Release
from sealift.target import Arch, Platform

LICENCE = "LICENSE"
"""Name of the file beside a fetched binary with Node's licence, if the provider has it."""
LIBRARIES = "libraries"
"""Name of the directory beside a fetched binary with the shared libraries that came with it."""
USUAL_SIZE = "30 to 60 MB"
"""What is fetched for one target; clients such as npm and pip do not say how much has arrived."""


class ProviderUnavailableError(Exception):
    """A provider does not answer. Users see a finding or a NodeError instead of this.

    Attributes:
        provider: its name.
        reason: what went wrong, in a few words, without credentials.
        remedy: what to do about it, or "" for the usual advice on networks.
    """

    def __init__(self, provider: str, reason: str, remedy: str = "") -> None:
        super().__init__(f"{provider}: {reason}")
        self.provider = provider
        self.reason = reason
        self.remedy = remedy


class Provider(Protocol):
    """Where Node binaries come from."""

    @property
    def name(self) -> str:
        """``pypi``, ``npm``, ``mirror`` or ``build``."""

    @property
    def place(self) -> str:
        """Name of the provider in the cache: two mirrors do not share their binaries."""

    def question(self, platform: Platform, arch: Arch) -> str:
        """Return the question whose answer lists the releases for a machine; "" if none does.

        One answer may list the releases for several machines.
        """

    def prepare(self, observer: Observer) -> None:
        """Fetch what `ask` and `fetch` need, such as the npm client.

        Raises:
            ProviderUnavailableError: it is not available.
        """

    def ask(self, question: str) -> Sequence[Release]:
        """Return the releases that exist; may run in a thread, so it notifies no observer.

        Raises:
            ProviderUnavailableError: there was no answer.
        """

    def fetch(self, release: Release, destination: Path, observer: Observer) -> None:
        """Write the Node binary of a release to the file ``destination``.

        Temporary files may be made beside ``destination``; the caller removes that directory. It
        keeps the directory `LIBRARIES` beside the binary, which one for alpine may need, and the
        text of the file `LICENCE`.

        Raises:
            ProviderUnavailableError: the network or the provider failed.
            NodeError: what arrived is not the release.
        """
