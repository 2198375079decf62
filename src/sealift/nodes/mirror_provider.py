"""The provider ``mirror``: a server in the layout of nodejs.org's dist.

::

    index.json                          [{"version": "v24.19.0", "files": ["linux-x64", ...]}, ...]
    v24.19.0/SHASUMS256.txt             "<hex digest>  <file>" lines for what is beside it
    v24.19.0/SHASUMS256.txt.sig         its detached OpenPGP signature
    v24.19.0/node-v24.19.0-linux-x64.tar.gz, .tar.xz
    v24.19.0/win-x64/node.exe

The same layout with musl builds is at unofficial-builds.nodejs.org.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from sealift.cache import Store, digest_of
from sealift.model import Observer, Release
from sealift.nodes import archive, messages, openpgp
from sealift.nodes.provider import ProviderUnavailableError
from sealift.nodes.release_ranking import OFFICIAL
from sealift.target import Arch, NodeVersion, Platform
from sealift.tools.continued_file import DigestError, fetch_known
from sealift.tools.download_progress import show_progress
from sealift.tools.http import Client, HttpError
from sealift.tools.subprocesses import redact

DEFAULT_MIRROR = OFFICIAL
_LARGEST_TEXT = 32 << 20
_LARGEST_ARCHIVE = 1 << 30
_INDEX = "index.json"
_SUMS = "SHASUMS256.txt"
_WRONG_ADDRESS = "Check the mirror's address and that it lets you in."
_DIGEST_LINE = re.compile(r"([0-9a-f]{64}) [ *](\S+)", re.IGNORECASE)
_MACHINES = {
    Arch.X64: "x64",
    Arch.ARM64: "arm64",
    Arch.ARMV7: "armv7l",
    Arch.ARMV6: "armv6l",
    Arch.X86: "x86",
    Arch.PPC64: "ppc64le",
    Arch.S390X: "s390x",
    Arch.RISCV64: "riscv64",
    Arch.LOONG64: "loong64",
}
_ARCHES = {name: arch for arch, name in _MACHINES.items()}
Result = TypeVar("Result")


class MirrorProvider:
    """Node binaries on a server in the layout of nodejs.org's dist."""

    name = "mirror"

    def __init__(self, base: str, keyring: Path | None, store: Store) -> None:
        """Name the server.

        Args:
            base: its URL; "" for nodejs.org.
            keyring: OpenPGP key ring that the lists of digests must be signed with, or None.
            store: the cache, which keeps what has arrived of an interrupted download.

        Raises:
            UsageError: ``mirror-malformed``.
        """
        base = (base or DEFAULT_MIRROR).rstrip("/")
        self._shown = redact(base)
        if not _is_http(base):
            raise messages.MIRROR_MALFORMED.error(url=self._shown, example=DEFAULT_MIRROR)
        self._base = base
        self._keyring = keyring
        self._store = store
        # What was fetched without a check of its signature does not serve where one is required.
        identity = f"{self._shown} {keyring.absolute() if keyring else ''}"
        self.place = "mirror-" + hashlib.sha256(os.fsencode(identity)).hexdigest()[:8]

    def question(self, platform: Platform, arch: Arch) -> str:  # noqa: ARG002 - one for all
        """Return the one question for all machines."""
        return "index"

    def prepare(self, observer: Observer) -> None:
        """Do nothing: nothing is needed."""

    def ask(self, question: str) -> Sequence[Release]:  # noqa: ARG002 - there is only one
        """Return the releases in index.json."""
        return self._read_index(lambda index: releases_in(index, self._shown))

    def fetch(self, release: Release, destination: Path, observer: Observer) -> None:
        """Read the binary out of its archive, after a check of the archive's digest."""
        with self._client() as client:
            path, digest = self._choose_file(client, release)
            with self._store.arriving(digest, str(release), observer) as archived:
                self._complete(client, path, digest, archived, f"fetching {release}", observer)
                if path.endswith(".exe"):
                    archived.replace(destination)
                    return
                with archived.open("rb") as stream:
                    archive.extract_from_tar(stream, destination, release)

    def source_versions(self) -> list[NodeVersion]:
        """Return the releases whose source code is there, as index.json says."""
        return self._read_index(
            lambda index: [
                NodeVersion.parse(str(item["version"])) for item in index if "src" in item["files"]
            ]
        )

    def fetch_source(self, version: NodeVersion, destination: Path, observer: Observer) -> None:
        """Write the tarball of a release's source code, after a check of its digest.

        Raises:
            ProviderUnavailableError: the network or the mirror failed.
            NodeError: the release has no source there, or another one than its list says.
        """
        folder, name = f"v{version}", f"node-v{version}.tar.xz"
        with self._client() as client:
            digests = self._digests(client, folder)
            if name not in digests:
                raise messages.SOURCE_NOT_LISTED.error(list=self._list(folder), file=name)

            path, digest = f"{folder}/{name}", digests[name]
            what = f"the source of Node {version}"
            with self._store.arriving(digest, what, observer) as arrived:
                # Another process that was waited for may have fetched it.
                if not destination.is_file() or digest_of(destination) != digest:
                    self._complete(client, path, digest, arrived, f"fetching {what}", observer)
                    arrived.replace(destination)

    def _choose_file(self, client: Client, release: Release) -> tuple[str, str]:
        """Return the path on the server, and the digest, of the file to fetch."""
        folder = f"v{release.version}"
        digests = self._digests(client, folder)
        names = file_names(release)
        for name in names:
            if name in digests:
                return f"{folder}/{name}", digests[name]
        raise messages.RELEASE_NOT_LISTED.error(list=self._list(folder), files=", ".join(names))

    def _digests(self, client: Client, folder: str) -> dict[str, str]:
        """Return the digests in a release's list, whose signature is checked if required."""
        sums = self._text(client, f"{folder}/{_SUMS}")
        if self._keyring is not None:
            detached = self._text(client, f"{folder}/{_SUMS}.sig")
            openpgp.check(sums, detached, self._keyring, self._list(folder))
        return {
            match[2]: match[1].lower()
            for line in sums.decode("utf-8", "replace").splitlines()
            if (match := _DIGEST_LINE.fullmatch(line.strip()))
        }

    def _list(self, folder: str) -> str:
        return f"{self._shown}/{folder}/{_SUMS}"

    def _complete(
        self,
        client: Client,
        path: str,
        digest: str,
        arrived: Path,
        what: str,
        observer: Observer,
    ) -> None:
        """Fetch a file, or the rest of it, and compare its digest."""
        begin = show_progress(observer, what)
        with self._network(path):
            url = f"{self._base}/{path}"
            try:
                fetch_known(client, url, arrived, digest, largest=_LARGEST_ARCHIVE, begin=begin)
            except DigestError as error:
                raise messages.MIRROR_DIGEST_MISMATCH.error(
                    url=f"{self._shown}/{path}", actual=error.actual, expected=digest
                ) from error

    def _read_index(self, read: Callable[[Any], Result]) -> Result:
        with self._client() as client:
            content = self._text(client, _INDEX)
        try:
            return read(json.loads(content))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            reason = f"{self._shown}/{_INDEX} is not a list of releases"
            raise ProviderUnavailableError(self.name, reason) from error

    def _text(self, client: Client, path: str) -> bytes:
        with self._network(path):
            return client.read(f"{self._base}/{path}", largest=_LARGEST_TEXT)

    @contextmanager
    def _network(self, path: str) -> Iterator[None]:
        """Turn an HttpError into what a provider raises."""
        try:
            yield
        except HttpError as error:
            # Another file may be missing; without the index the address itself is wrong.
            remedy = _WRONG_ADDRESS if path == _INDEX and error.status is not None else ""
            reason = f"{self._shown}/{path}: {error.reason}"
            raise ProviderUnavailableError(self.name, reason, remedy) from error

    def _client(self) -> Client:
        try:
            return Client()
        except HttpError as error:
            raise ProviderUnavailableError(self.name, error.reason) from error


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def releases_in(index: list[dict[str, object]], shown: str) -> list[Release]:
    """Return the releases in an index.json, by its file names such as ``osx-arm64-tar``.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: it has another structure.
    """
    releases = []
    for item in index:
        try:
            version = NodeVersion.parse(str(item["version"]))
        except ValueError:
            continue
        files = item["files"]
        if not isinstance(files, list):
            raise ValueError("files is not a list")
        machines = {machine for name in files if (machine := _machine_of_file(str(name)))}
        releases += [
            Release(version, *machine, "mirror", "", f"{shown}/v{version}")
            for machine in sorted(machines)
        ]
    return releases


def _machine_of_file(name: str) -> tuple[Platform, Arch] | None:
    system, _, rest = name.partition("-")
    machine, _, kind = rest.partition("-")
    arch = _ARCHES.get(machine)
    if arch is None:
        return None
    if system == "linux" and kind in ("", "musl"):
        return (Platform.ALPINE if kind else Platform.LINUX), arch
    if system == "freebsd" and not kind:
        return Platform.FREEBSD, arch
    if system == "osx" and kind == "tar":
        return Platform.MACOS, arch
    if system == "win" and kind == "exe":
        return Platform.WIN, arch
    return None


def file_names(release: Release) -> tuple[str, ...]:
    """Return the names of the files that can contain a release's binary, best first.

    gzip comes before xz, whose decompressor needs 65 MB of memory for Node's archives.
    """
    arch = _MACHINES[release.arch]
    if release.platform == Platform.WIN:
        return (f"win-{arch}/node.exe",)
    system = {
        Platform.LINUX: f"linux-{arch}",
        Platform.ALPINE: f"linux-{arch}-musl",
        Platform.MACOS: f"darwin-{arch}",
        Platform.FREEBSD: f"freebsd-{arch}",
    }[release.platform]
    stem = f"node-v{release.version}-{system}.tar"
    return f"{stem}.gz", f"{stem}.xz"
