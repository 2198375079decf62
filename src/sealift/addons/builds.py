"""Which native files of one package a target gets, and whether they are sufficient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from sealift.addons import messages, prebuilds
from sealift.addons.native_files import Compatibility
from sealift.addons.native_signs import is_addon
from sealift.addons.platform_names import words_without_platform
from sealift.addons.problem import Problem
from sealift.lockfiles import NpmPlatform
from sealift.model import ProjectFile


class Insufficient(Struct, frozen=True):
    """Why the native files of a package are not sufficient.

    Attributes:
        file: the addon that comes nearest.
        compatibility: of that file; None if there are only prebuilds for other platforms.
    """

    file: ProjectFile
    compatibility: Compatibility | None

    @property
    def file_name(self) -> str:
        """Name of the file."""
        return _name(self.file)

    def problem(self, platform: NpmPlatform, host: tuple[str, str]) -> Problem:
        """Return the problem to report.

        Args:
            platform: the target's.
            host: platform and architecture of the host.
        """
        where = name_builder(platform, host)
        if self.compatibility is None:
            return Problem.of(messages.NO_PREBUILD, where=where)
        if self.compatibility.broken:
            message = messages.ADDON_BROKEN
        elif self.compatibility.same_platform:
            message = messages.ADDON_MISMATCH
        else:
            message = messages.ADDON_FOREIGN
        reason = self.compatibility.reason
        return Problem.of(message, name=self.file_name, reason=reason, where=where)


class Builds(Struct, frozen=True):
    """What is chosen in one package.

    Attributes:
        excluded: locations of files and directories.
        insufficient: why the other files are not sufficient, or None.
    """

    excluded: frozenset[str]
    insufficient: Insufficient | None


def choose_builds(
    location: str,
    files: Sequence[ProjectFile],
    platform: NpmPlatform,
    module_version: int,
    compatibilities: Mapping[str, Compatibility],
    required: Iterable[str],
) -> Builds:
    """Choose among the native files of a package.

    Args:
        location: location of the package.
        files: its addons and libraries.
        platform: the target's.
        module_version: ``NODE_MODULE_VERSION`` of the target's Node.
        compatibilities: of each file with the target, by location.
        required: locations of addons that a script requires by name, so that no other addon of the
            package can replace them.
    """
    # An empty addon is a placeholder on purpose: no system loads it.
    files = [file for file in files if file.size]
    head = f"{location}/" if location else ""
    paths = {file.location.removeprefix(head): file for file in files}
    chosen = prebuilds.choose_prebuilds(paths, platform, module_version)
    chosen_folders = {prebuilds.folder_of(path) for path in chosen}
    excluded: set[str] = set()
    fitting: list[ProjectFile] = []
    misfits: list[ProjectFile] = []
    for path, file in paths.items():
        folder = prebuilds.folder_of(path)
        if folder and path not in chosen:
            whole = f"{head}{prebuilds.DIRECTORY}/{folder}"
            excluded.add(file.location if folder in chosen_folders else whole)
        elif compatibilities[file.location].reason:
            misfits.append(file)
            # What is no native code is for no machine; a program may load it in a way of its own.
            if not compatibilities[file.location].broken:
                excluded.add(file.location)
        else:
            fitting.append(file)
    prebuilt = any(is_addon(f) and f.location.removeprefix(head) in chosen for f in fitting)
    insufficient = (
        None
        if prebuilt
        else _insufficient(files, fitting, misfits, compatibilities, frozenset(required))
    )
    return Builds(frozenset(excluded), insufficient)


def name_builder(platform: NpmPlatform, host: tuple[str, str]) -> str:
    """Name a host on which npm installs what a target needs."""
    if (platform.platform, platform.arch) == host:
        return "this host"
    installing = f"{platform.platform.node_platform}-{platform.arch}"
    article = "an" if installing.startswith("a") else "a"
    return f"{article} {installing} host"


def _insufficient(
    files: Sequence[ProjectFile],
    fitting: Sequence[ProjectFile],
    misfits: Sequence[ProjectFile],
    compatibilities: Mapping[str, Compatibility],
    required: frozenset[str],
) -> Insufficient | None:
    addons = [file for file in files if is_addon(file)]
    if not addons:
        return None
    fitting_names = {words_without_platform(_name(file)) for file in fitting}
    if not any(map(is_addon, fitting)):
        nearest = sorted(
            (file for file in misfits if is_addon(file)),
            key=lambda file: not compatibilities[file.location].same_platform,
        )
        if not nearest:
            return Insufficient(addons[0], None)
        return Insufficient(nearest[0], compatibilities[nearest[0].location])
    for file in misfits:
        compatibility = compatibilities[file.location]
        counts = compatibility.same_platform or file.location in required
        if counts and words_without_platform(_name(file)) not in fitting_names:
            return Insufficient(file, compatibility)
    return None


def _name(file: ProjectFile) -> str:
    return file.location.rpartition("/")[2]
