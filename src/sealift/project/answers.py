"""What a reading has concluded from the contents of files, to be compared when one changes.

Most contents matter to the result by a few answers only: what a script refers to, whether it only
holds data. If a changed file gives the same answers, the result is the same, except for the file's
size and time. `FileSystem.read_wholly` names the files whose content matters in other ways.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from sealift.findings import Excerpt
from sealift.project.filesystem import FileSystem
from sealift.project.references import SourceReferences
from sealift.project.roles import LARGE_SCRIPT
from sealift.project.source_files import SourceFile, SourceFiles, TooLargeError
from sealift.record import replace
from sealift.tools.input_files import NotRegularError


class Answers(msgspec.Struct, frozen=True, array_like=True):
    """Everything that was asked about one file's content.

    Attributes:
        opened: it was opened as a script, or not; what that gave, without size and time.
        references: what was asked about its references (``module``, ``of_app``); the answer.
        texts: the same of uses of the text of functions (``own``).
    """

    opened: tuple[tuple[bool, SourceFile], ...]
    references: tuple[tuple[bool | None, bool, SourceReferences], ...] = ()
    texts: tuple[tuple[bool, tuple[Excerpt, ...]], ...] = ()


def encoded_answers(files: SourceFiles) -> dict[str, msgspec.Raw]:
    """Return the answers about each file that may change without a change of the result.

    Limits of sizes are other facts that the result may depend on; all are larger than
    `LARGE_SCRIPT`.
    """
    paths = {path for path, _ in files.opened} - files.filesystem.read_wholly
    found = {}
    for path in paths:
        opened = [files.opened.get((path, script)) for script in (False, True)]
        if any(one is not None and (one.javascript or one.size > LARGE_SCRIPT) for one in opened):
            continue
        try:
            found[path] = msgspec.Raw(msgspec.msgpack.encode(_answers(files, path)))
        except UnicodeEncodeError:  # half a surrogate pair in a specifier
            continue
    return found


def answers_stay(changed: Mapping[str, tuple[int, int]], known: Mapping[str, msgspec.Raw]) -> bool:
    """Return True if files whose contents have changed give the same answers as before.

    Args:
        changed: the files; size and modification time of each, in nanoseconds.
        known: as `encoded_answers` has returned it.

    Raises:
        msgspec.MsgspecError: the answers are damaged.
    """
    files = SourceFiles(FileSystem())
    for path, state in changed.items():
        if path not in known:
            return False
        before = msgspec.msgpack.decode(known[path], type=Answers)
        try:
            if not _ask_again(files, path, before, state):
                return False
        except (OSError, NotRegularError, TooLargeError):
            return False
    return True


def _answers(files: SourceFiles, path: str) -> Answers:
    asked = files.asked_references.get(path)
    return Answers(
        tuple(
            (script, replace(files.opened[path, script], size=0, mtime_ns=0))
            for script in (False, True)
            if (path, script) in files.opened
        ),
        (asked,) if asked is not None else (),
        tuple(
            (own, files.asked_texts[path, own])
            for own in (False, True)
            if (path, own) in files.asked_texts
        ),
    )


def _ask_again(files: SourceFiles, path: str, before: Answers, state: tuple[int, int]) -> bool:
    """Return True if a file in this state gives the same answers as before."""
    for script, _ in before.opened:
        opened = files.open(path, script=script)
        if opened.size > LARGE_SCRIPT or (opened.size, opened.mtime_ns) != state:
            return False
    for module, of_app, _ in before.references:
        files.references(path, module=module, of_app=of_app)
    for own, _ in before.texts:
        files.function_texts(path, own=own)
    return _answers(files, path) == before
