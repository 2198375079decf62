"""Projects as earlier builds have read them, used again while nothing has changed.

Reading a project is half of a build. Its result depends on the request (settings, options, variants
of the targets, working directory, sealift itself) and on the paths that were looked at: files,
directories, symbolic links, and names that did not exist. All of that is kept with the result, and
is compared before the result is used. If the contents of files have changed, the questions that
reading asked about them are asked again; with the same answers, the result differs only in the
sizes and times of these files. Whatever is doubtful is read again.

Layout of the cache: ``projects/<digest of the entry point's path and the options>.project``, a
sealed file with the `_Kept` of the last reading, as MessagePack.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from sealift.cache import (
    CAN_COMPARE,
    PathState,
    Store,
    code_digest,
    evict,
    packed,
    places,
    read_sealed,
    touch,
    value_digest,
    write_sealed,
)
from sealift.errors import NodeError
from sealift.findings import Severity
from sealift.model import Project, ProjectFile, ProjectVariant
from sealift.options import BuildOptions
from sealift.project.dependencies import Dependencies
from sealift.project.dependency_changes import changed_contents
from sealift.project.manifest import Manifest
from sealift.project.typescript import TypeStripper
from sealift.record import replace

if TYPE_CHECKING:
    from sealift.project.source_files import SourceFiles

_KIND, _FORMAT = b"SLPR", 2
_PARSERS = ("tree_sitter", "tree_sitter_javascript")

_MOST_CHANGED = 64
"""Changed files whose questions are asked again; for more, reading has earlier answers to use."""
_LARGEST = 64 << 20
"""Bytes of one result that is kept."""
_LARGEST_PLACE = 512 << 20
"""Bytes of all of them."""


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of one reading.

    Attributes:
        request: digest of everything but the disk that it depends on.
        dependencies: what was found on the disk.
        answers: what contents of files were read for, as MessagePack (`encoded_answers`).
        stripper: identity of the Node that has checked or changed scripts; "" if none has.
        made: contents of the files that reading has made: JavaScript of TypeScript, changed texts.
        projects: the `Project` objects, as MessagePack; ``replacement`` is an index of ``made``.
        of_variants: the index of the project of each variant.
    """

    request: str
    dependencies: Dependencies
    answers: msgspec.Raw
    stripper: str
    made: tuple[bytes, ...]
    projects: msgspec.Raw
    of_variants: tuple[int, ...]


KeptFields = tuple[
    str, Dependencies, dict[str, msgspec.Raw], str, list[bytes], list[Project], tuple[int, ...]
]
"""The fields of `_Kept` before they are encoded, which is done at once, as they are large."""


class ProjectCache:
    """The kept result of one request.

    Args:
        root: of the cache.
        manifest, options: of the build.
        variants: those wanted.
        stripper: of the build, or None.
    """

    def __init__(
        self,
        root: Path,
        manifest: Manifest,
        options: BuildOptions,
        variants: Sequence[ProjectVariant],
        stripper: TypeStripper | None,
    ) -> None:
        self._variants = tuple(dict.fromkeys(variants))
        self._stripper = stripper
        self._start = time.time_ns()
        place = Store(root).directory(places.PROJECTS)
        # Where executables are written does not count.
        options = replace(options, output=None, out_path=None, report=None)
        self._request, name = "", ""
        with contextlib.suppress(OSError, TypeError, ValueError, ArithmeticError, RuntimeError):
            wanted = options, self._variants, stripper is not None
            name = value_digest((manifest.entry, wanted))
            self._request = value_digest(
                (code_digest(_PARSERS), Path.cwd(), _home(), manifest, wanted)
            )
        self._file = place / f"{name}.project" if self._request and CAN_COMPARE else None
        if self._file is not None:
            evict(place, places.PROJECTS.suffixes, largest=_LARGEST_PLACE)

    def load(self, work: Path) -> dict[ProjectVariant, Project] | None:
        """Return the projects of the variants; None if they have to be read.

        ``work``: private directory for the files that reading has made.
        """
        if self._file is None:
            return None
        try:
            body = read_sealed(self._file, self._file.parent, _KIND, _FORMAT)
            kept = msgspec.msgpack.decode(body, type=_Kept)
            if kept.request != self._request or not self._has_stripper(kept.stripper):
                return None
            changed = changed_contents(kept.dependencies)
            if changed is None or (changed and not _have_same_answers(changed, kept.answers)):
                return None
            projects = msgspec.msgpack.decode(
                kept.projects, type=tuple[Project, ...], dec_hook=_path_of
            )
            if changed:
                projects = tuple(_with_states(project, changed) for project in projects)
                self._keep_again(kept, projects, changed)
            made = _write_made(work / "kept", kept.made)
            projects = tuple(_with_made(project, made) for project in projects)
            found = [projects[number] for number in kept.of_variants]
            result = dict(zip(self._variants, found, strict=True))
        except (OSError, ValueError, IndexError, RecursionError, msgspec.MsgspecError):
            return None
        touch(self._file)
        return result

    def record(
        self,
        projects: Mapping[ProjectVariant, Project],
        files: SourceFiles,
    ) -> KeptFields | None:
        """Return what was read, if that is certain to be the same as long as nothing changes.

        Args:
            projects: of all variants.
            files: those that were opened.
        """
        objects = list({id(project): project for project in projects.values()}.values())
        if self._file is None or any(map(_has_errors, objects)):
            return None
        dependencies = files.filesystem.dependencies(self._start)
        if dependencies is None or _has_outputs(objects, dependencies.executables):
            return None
        from sealift.project.answers import encoded_answers

        variants = [projects[variant] for variant in self._variants]
        with contextlib.suppress(OSError, NodeError):  # it is read again
            made = _Made()
            return (
                self._request,
                dependencies,
                encoded_answers(files),
                self._stripper.identity() if self._stripper and files.stripped else "",
                made.contents,
                [made.without(project) for project in objects],
                tuple(map([id(one) for one in objects].index, map(id, variants))),
            )
        return None

    def keep(self, record: KeptFields) -> None:
        """Keep what `record` has returned."""
        with contextlib.suppress(UnicodeEncodeError):  # it is read again
            self._write(record)

    def _keep_again(
        self, kept: _Kept, projects: Sequence[Project], changed: Mapping[str, PathState]
    ) -> None:
        """Keep projects in which the states of files have changed, and nothing else."""
        if not all(state.is_older(self._start) for state in changed.values()):
            return
        states = {**kept.dependencies.states, **changed}
        dependencies = replace(kept.dependencies, states=states)
        self._write(
            replace(kept, dependencies=dependencies, projects=msgspec.Raw(packed(projects)))
        )

    def _write(self, kept: object) -> None:
        assert self._file is not None
        body = packed(kept)
        if len(body) <= _LARGEST:
            with contextlib.suppress(OSError):  # it is read again
                write_sealed(self._file, _KIND, _FORMAT, body)

    def _has_stripper(self, identity: str) -> bool:
        """Return True if this build strips types by the Node that was used, if one was."""
        if not identity:
            return True
        try:
            return self._stripper is not None and self._stripper.identity() == identity
        except NodeError:
            return False


class _Made:
    """The files that reading has made, in the order of their numbers.

    Attributes:
        contents: of the files.
    """

    def __init__(self) -> None:
        self.contents: list[bytes] = []
        self._numbers: dict[Path, int] = {}

    def without(self, project: Project) -> Project:
        """Return a project whose replacements are numbers; raise OSError if one is unreadable."""
        return replace(project, files=tuple(map(self._file_without, project.files)))

    def _file_without(self, file: ProjectFile) -> ProjectFile:
        path = file.replacement
        if path is None:
            return file
        if path not in self._numbers:
            self._numbers[path] = len(self.contents)
            self.contents.append(path.read_bytes())
        return replace(file, replacement=Path(str(self._numbers[path])))


def _with_made(project: Project, made: Sequence[Path]) -> Project:
    """Return a project with the files that reading has made, for the numbers in its files."""
    return replace(project, files=tuple(_file_with(file, made) for file in project.files))


def _file_with(file: ProjectFile, made: Sequence[Path]) -> ProjectFile:
    if file.replacement is None:
        return file
    path = made[int(file.replacement.name)]
    status = path.stat()
    return replace(file, replacement=path, size=status.st_size, mtime_ns=status.st_mtime_ns)


def _write_made(directory: Path, contents: Sequence[bytes]) -> list[Path]:
    paths = [directory / str(number) for number in range(len(contents))]
    if paths:
        directory.mkdir()
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return paths


def _have_same_answers(changed: Mapping[str, PathState], answers: msgspec.Raw) -> bool:
    """Return True if the result is the same with the changed contents, but for sizes and times."""
    if len(changed) > _MOST_CHANGED:
        return False
    from sealift.project.answers import answers_stay  # not for an unchanged project

    known = msgspec.msgpack.decode(answers, type=dict[str, msgspec.Raw])
    return answers_stay({path: _size_and_time(state) for path, state in changed.items()}, known)


def _with_states(project: Project, changed: Mapping[str, PathState]) -> Project:
    """Return a project with the new sizes and times of changed files."""
    files = []
    for file in project.files:
        state = changed.get(os.fspath(file.source))
        if state is not None and file.replacement is None:
            size, mtime_ns = _size_and_time(state)
            file = replace(file, size=size, mtime_ns=mtime_ns)
        files.append(file)
    return replace(project, files=tuple(files))


def _size_and_time(state: PathState) -> tuple[int, int]:
    assert state.content is not None
    return state.content[:2]


def _home() -> str:
    """Return the home directory: no project extends to it."""
    return os.path.realpath(Path.home())


def _path_of(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise TypeError(f"{kind} is not expected")


def _has_outputs(projects: Sequence[Project], outputs: Sequence[str]) -> bool:
    """Return True if one project has a file that another leaves out as an earlier output."""
    names = frozenset(outputs)
    return bool(names) and any(str(file.source) in names for one in projects for file in one.files)


def _has_errors(project: Project) -> bool:
    return any(finding.severity is Severity.ERROR for finding in project.findings)
