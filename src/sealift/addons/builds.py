"""Which of the builds inside one package are for a target, and whether they are enough."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sealift.addons import prebuilds
from sealift.addons.native_files import Verdict, is_addon
from sealift.addons.platform_names import words_without_platform
from sealift.lockfiles import NpmPlatform
from sealift.model import ProjectFile


@dataclass(frozen=True, slots=True)
class Unmet:
    """Why the builds in a package are not enough: the file that comes nearest, and a clause."""

    file: ProjectFile
    reason: str
    broken: bool
    same_machine: bool


@dataclass(frozen=True, slots=True)
class Builds:
    """What is chosen in one package.

    Attributes:
        left_out: locations of files and directories.
        unmet: why it is not enough, or None.
    """

    left_out: frozenset[str]
    unmet: Unmet | None


def choose_builds(
    location: str,
    files: Sequence[ProjectFile],
    machine: NpmPlatform,
    module_version: int,
    verdicts: Mapping[str, Verdict],
    strict: Iterable[str],
) -> Builds:
    """Choose among the native files of a package.

    Args:
        location: of the package.
        files: its addons and libraries.
        machine: the target's.
        module_version: ``NODE_MODULE_VERSION`` of the target's Node.
        verdicts: on each of them, by location.
        strict: locations of addons that a script asks for by name: another one of the package does
            not stand for them.
    """
    head = f"{location}/" if location else ""
    paths = {file.location.removeprefix(head): file for file in files}
    chosen = prebuilds.choose(paths, machine, module_version)
    left_out: set[str] = set()
    fitting: list[ProjectFile] = []
    misfits: list[ProjectFile] = []
    for path, file in paths.items():
        folder = prebuilds.folder_of(path)
        if folder and path not in chosen:
            in_use = any(prebuilds.folder_of(other) == folder for other in chosen)
            left_out.add(file.location if in_use else f"{head}{prebuilds.DIRECTORY}/{folder}")
        elif verdicts[file.location].reason:
            left_out.add(file.location)
            misfits.append(file)
        else:
            fitting.append(file)
    prebuilt = any(is_addon(f) and f.location.removeprefix(head) in chosen for f in fitting)
    unmet = None if prebuilt else _unmet(files, fitting, misfits, verdicts, frozenset(strict))
    return Builds(frozenset(left_out), unmet)


def _unmet(
    files: Sequence[ProjectFile],
    fitting: Sequence[ProjectFile],
    misfits: Sequence[ProjectFile],
    verdicts: Mapping[str, Verdict],
    strict: frozenset[str],
) -> Unmet | None:
    addons = [file for file in files if is_addon(file)]
    if not addons:
        return None
    fits = {words_without_platform(_name(file)) for file in fitting}
    if not any(map(is_addon, fitting)):
        near = sorted(
            (file for file in misfits if is_addon(file)),
            key=lambda file: not verdicts[file.location].same_machine,
        )
        if not near:  # prebuilds, and none for this machine
            return Unmet(addons[0], "its prebuilds are for other machines", False, False)
        return _because(near[0], verdicts[near[0].location])
    for file in misfits:
        verdict = verdicts[file.location]
        counts = verdict.same_machine or file.location in strict
        if counts and words_without_platform(_name(file)) not in fits:
            return _because(file, verdict)
    return None


def _because(file: ProjectFile, verdict: Verdict) -> Unmet:
    return Unmet(file, f"{_name(file)} {verdict.reason}", verdict.broken, verdict.same_machine)


def _name(file: ProjectFile) -> str:
    return file.location.rpartition("/")[2]
