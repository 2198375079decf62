"""A server in the layout of nodejs.org's dist.

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
import io
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from sealift.errors import NodeError, UsageError
from sealift.model import Observer, Release
from sealift.nodes import archive
from sealift.nodes import openpgp as signature
from sealift.nodes.provider import ProviderUnavailableError
from sealift.nodes.select_release import OFFICIAL
from sealift.target import Arch, NodeVersion, Platform
from sealift.tools import subprocesses as command

if TYPE_CHECKING:
    import httpx
    from _typeshed import WriteableBuffer

DEFAULT_MIRROR = OFFICIAL
_ATTEMPTS = 3
_FIRST_PAUSE_SECONDS = 0.5
_TIMEOUT_SECONDS = 30.0
_LARGEST_TEXT = 32 << 20
_WRONG_ADDRESS = "See that the mirror's address is right and that it lets you in."
_TRANSIENT_STATUS = (408, 425, 429, 500, 502, 503, 504)
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


class _TransientError(Exception):
    """Worth another attempt; holds the reason."""


class MirrorProvider:
    """Node binaries on a server in the layout of nodejs.org's dist."""

    name = "mirror"

    def __init__(self, base: str, keyring: Path | None) -> None:
        base = (base or DEFAULT_MIRROR).rstrip("/")
        if urlsplit(base).scheme not in ("http", "https") or not urlsplit(base).hostname:
            raise UsageError(
                "mirror-malformed",
                f"'{command.redact(base)}' is no mirror of Node.",
                f"Name an http or https URL, such as {DEFAULT_MIRROR}.",
            )
        self._base = base
        self._keyring = keyring
        self._shown = command.redact(base)
        # What was fetched without a look at its signature does not serve where one is asked for.
        identity = f"{self._shown} {keyring.absolute() if keyring else ''}"
        self.place = "mirror-" + hashlib.sha256(os.fsencode(identity)).hexdigest()[:8]

    def question(self, platform: Platform, arch: Arch) -> str:  # noqa: ARG002 - one for all
        """Ask one question for all machines."""
        return "index"

    def prepare(self, observer: Observer) -> None:
        """Need nothing."""

    def ask(self, question: str) -> Sequence[Release]:  # noqa: ARG002 - there is but one
        """Read index.json."""
        with self._client() as client:
            content = self._text(client, "index.json")
        try:
            return releases_in(json.loads(content), self._shown)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ProviderUnavailableError(
                self.name, f"{self._shown}/index.json is no list of releases"
            ) from error

    def fetch(self, release: Release, destination: Path, observer: Observer) -> None:
        """Stream the archive to its end; it is refused if its digest is not the listed one."""
        with self._client() as client:
            name, digest = self._choose_file(client, release)

            def attempt() -> None:
                destination.unlink(missing_ok=True)
                self._stream(client, name, digest, release, destination, observer)

            self._attempts(attempt)

    def source_versions(self) -> list[NodeVersion]:
        """List the releases whose source is there, as index.json says."""
        with self._client() as client:
            content = self._text(client, "index.json")
        try:
            return [
                NodeVersion.parse(str(item["version"]))
                for item in json.loads(content)
                if "src" in item["files"]
            ]
        except (ValueError, TypeError, KeyError) as error:
            raise ProviderUnavailableError(
                self.name, f"{self._shown}/index.json is no list of releases"
            ) from error

    def fetch_source(self, version: NodeVersion, destination: Path, observer: Observer) -> None:
        """Write the tarball of a release's source; it is refused if its digest is not right.

        Raises:
            ProviderUnavailableError: the network or the mirror failed.
            NodeError: the release has no source there, or another one than its list says.
        """
        name = f"node-v{version}.tar.xz"
        with self._client() as client:
            digests = self._digests(client, f"v{version}")
            if name not in digests:
                raise NodeError(
                    "release-incomplete",
                    f"{self._shown}/v{version}/SHASUMS256.txt lists no {name}.",
                    "Use another release or mirror, or name the source with --node-src.",
                )

            def attempt() -> None:
                destination.unlink(missing_ok=True)
                with self._get(client, f"v{version}/{name}") as response:
                    length = response.headers.get("content-length", "")
                    total = int(length) if length.isdigit() else None
                    observer.stage(f"fetching the source of Node {version}", total)
                    download = _Download(response.iter_raw(archive.CHUNK), observer)
                    archive.copy(io.BufferedReader(download, archive.CHUNK), destination)
                    actual = download.digest_of_all()
                self._compare(f"v{version}/{name}", digests[name], actual)

            self._attempts(attempt)

    def _choose_file(self, client: httpx.Client, release: Release) -> tuple[str, str]:
        folder = f"v{release.version}"
        digests = self._digests(client, folder)
        for name in file_names(release):
            if name in digests:
                return name, digests[name]
        raise NodeError(
            "release-incomplete",
            f"{self._shown}/{folder}/SHASUMS256.txt lists none of "
            + ", ".join(file_names(release))
            + ".",
            "Use another release or another source.",
        )

    def _digests(self, client: httpx.Client, folder: str) -> dict[str, str]:
        """Read the list of digests in a release's folder, and check its signature if asked."""
        sums = self._text(client, f"{folder}/SHASUMS256.txt")
        if self._keyring is not None:
            detached = self._text(client, f"{folder}/SHASUMS256.txt.sig")
            signature.check(sums, detached, self._keyring, f"{self._shown}/{folder}/SHASUMS256.txt")
        return {
            match[2]: match[1].lower()
            for line in sums.decode("utf-8", "replace").splitlines()
            if (match := _DIGEST_LINE.fullmatch(line.strip()))
        }

    def _stream(
        self,
        client: httpx.Client,
        name: str,
        digest: str,
        release: Release,
        destination: Path,
        observer: Observer,
    ) -> None:
        with self._get(client, f"v{release.version}/{name}") as response:
            length = response.headers.get("content-length", "")
            observer.stage(f"fetching {release}", int(length) if length.isdigit() else None)
            download = _Download(response.iter_raw(archive.CHUNK), observer)
            stream = io.BufferedReader(download, archive.CHUNK)
            try:
                if name.endswith(".exe"):
                    archive.copy(stream, destination)
                else:
                    archive.extract_from_tar(stream, destination, release)
            except NodeError:
                # A wrong digest explains a broken archive, and not the other way round.
                self._compare(f"v{release.version}/{name}", digest, download.digest_of_all())
                raise
            self._compare(f"v{release.version}/{name}", digest, download.digest_of_all())

    def _compare(self, path: str, expected: str, actual: str) -> None:
        if actual != expected:
            raise NodeError(
                "digest-mismatch",
                f"{self._shown}/{path} is not what SHASUMS256.txt says:"
                f" its SHA-256 is {actual} and not {expected}.",
                "Try again or use another mirror; if it stays so, do not trust this mirror.",
            )

    def _client(self) -> httpx.Client:
        # Imported here: it takes longer than all else that a build with a warm cache does.
        import httpx

        try:
            return httpx.Client(
                follow_redirects=True,
                timeout=_TIMEOUT_SECONDS,
                headers={"Accept-Encoding": "identity", "User-Agent": "sealift"},
            )
        except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
            # The environment names certificates or a proxy of which nothing can be made.
            raise ProviderUnavailableError(
                self.name, f"no connection can be set up: {command.redact(str(error))}"
            ) from error

    def _text(self, client: httpx.Client, path: str) -> bytes:
        def attempt() -> bytes:
            content = bytearray()
            with self._get(client, path) as response:
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > _LARGEST_TEXT:
                        raise ProviderUnavailableError(self.name, f"{path} is far too large")
            return bytes(content)

        return self._attempts(attempt)

    @contextmanager
    def _get(self, client: httpx.Client, path: str) -> Iterator[httpx.Response]:
        import httpx

        try:
            with client.stream("GET", f"{self._base}/{path}") as response:
                if self._base.startswith("https:") and response.url.scheme != "https":
                    raise ProviderUnavailableError(
                        self.name, f"{self._shown}/{path} redirects to a server without encryption"
                    )
                if response.status_code in _TRANSIENT_STATUS:
                    raise _TransientError(f"{self._shown}/{path}: HTTP {response.status_code}")
                if response.status_code != 200:
                    raise ProviderUnavailableError(
                        self.name,
                        f"{self._shown}/{path}: HTTP {response.status_code}",
                        _WRONG_ADDRESS if path == "index.json" else "",
                    )
                yield response
        except httpx.TransportError as error:
            reason = command.redact(str(error)) or type(error).__name__
            raise _TransientError(f"{self._shown}/{path}: {reason}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ProviderUnavailableError(self.name, command.redact(str(error))) from error

    def _attempts(self, attempt: Callable[[], Result]) -> Result:
        pause = _FIRST_PAUSE_SECONDS
        for remaining in reversed(range(_ATTEMPTS)):
            try:
                return attempt()
            except _TransientError as error:
                if not remaining:
                    raise ProviderUnavailableError(self.name, str(error)) from error
                time.sleep(pause)
                pause *= 2
        raise AssertionError("unreachable")


class _Download(io.RawIOBase):
    """A response's body as a stream; counts it, and computes the digest of all of it."""

    def __init__(self, pieces: Iterator[bytes], observer: Observer) -> None:
        super().__init__()
        self._pieces = pieces
        self._observer = observer
        self._left = b""
        self._digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        if not self._left:
            self._left = self._next()
        taken, self._left = self._left[: len(view)], self._left[len(view) :]
        view[: len(taken)] = taken
        return len(taken)

    def digest_of_all(self) -> str:
        """Read to the end; give the digest in hex."""
        while self._next():
            pass
        return self._digest.hexdigest()

    def _next(self) -> bytes:
        piece = next(self._pieces, b"")
        self._digest.update(piece)
        self._observer.advance(len(piece))
        return piece


def releases_in(index: list[dict[str, object]], shown: str) -> list[Release]:
    """Read index.json: the files that are named there, such as ``osx-arm64-tar``."""
    releases = []
    for item in index:
        try:
            version = NodeVersion.parse(str(item["version"]))
        except ValueError:
            continue
        files = item["files"]
        if not isinstance(files, list):
            raise ValueError("files is no list")
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
    """Name the files that can hold a release's binary, best first.

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
