"""Paths in the commands of ``node:child_process`` that no word consists of.

The runtime gives other programs copies of the packaged files that words name: a word must be the
path, or end in it after ``=`` (``runtime/js/processes/packaged-arguments.js``). In other words the
path stays as it is, and the program does not find the file.
"""

from __future__ import annotations

import re

from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.syntax import NodePath, arguments_of
from sealift.project.scan.values import Builtin, Text, Values

_OF_SHELL = frozenset(("child_process.exec", "child_process.execSync"))
_OF_PROGRAM = re.compile(r"child_process\.(?:spawn|execFile)(?:Sync)?$")
_SHELL = re.compile(r"^['\"](?:/(?:usr/)?bin/)?(?:ba|da|z|k)?sh['\"]$")
_NODE = re.compile(r"^['\"`]?\s*node\b|execPath|process\.argv\[0\]|argv0")
_CODE = frozenset(("-c", "-lc", "-e", "-ec", "eval"))
"""Words after which code follows."""
_ASSIGNED = re.compile(r"[\w-]+=[\"']?")
_REST_OF_WORD = re.compile(r"[^\s\"'`;|&<>()]*")
_BREAKS = frozenset(" \t\n;&|()<>")


def command_path(analysis: FileAnalysis, path: NodePath, values: Values) -> str | None:
    """Return the path in a command that the program does not find; None if there is none.

    Args:
        analysis: of the file.
        path: the expression with the values.
        values: what it can be.
    """
    texts = [value for value in values if isinstance(value, Text) and value.is_anchored]
    if not any(text.embedded or "," in text.parts[0] or ":" in text.parts[0] for text in texts):
        return None
    place = _place(analysis, path)
    if place is None:
        return None
    is_shell, previous = place
    for text in texts:
        if _is_hidden(text, previous, is_shell=is_shell):
            return _REST_OF_WORD.match(text.parts[0].lstrip("/"))[0]  # type: ignore[index]
    return None


def _place(analysis: FileAnalysis, path: NodePath) -> tuple[bool, str] | None:
    """Return whether an expression is a command for a shell, and the word before it.

    Return None if it is not part of a command, or one that runs as ``node`` here.
    """
    up = path.up
    array = up if up is not None and up.node.type == "array" else None
    arguments = array.up if array is not None else up
    call = arguments.up if arguments is not None and arguments.node.type == "arguments" else None
    callee = call.node.child_by_field_name("function") if call is not None else None
    if call is None or callee is None:
        return None
    given = arguments_of(call.node)
    names = [
        function.name
        for function in analysis.values(callee, analysis.scopes.of(call))
        if isinstance(function, Builtin)
    ]
    if not given or _NODE.search(analysis.source.text(given[0])) is not None:
        return None
    if array is None:
        return (True, "") if given[0].id == path.node.id and _OF_SHELL & {*names} else None
    if not any(_OF_PROGRAM.match(name) for name in names):
        return None
    words = [child for child in array.node.named_children if child.type != "comment"]
    at = next((index for index, word in enumerate(words) if word.id == path.node.id), 0)
    previous = analysis.source.text(words[at - 1]).strip("'\"`") if at else ""
    is_shell = previous in _CODE and _SHELL.match(analysis.source.text(given[0])) is not None
    return is_shell, "" if is_shell else previous


def _is_hidden(text: Text, previous: str, *, is_shell: bool) -> bool:
    prefix = text.before
    if is_shell:
        prefix, previous = _last_words(text.before)
    rest = _REST_OF_WORD.match(text.parts[0])
    if rest is not None and (":" in rest[0] or "," in rest[0]):
        return True
    if prefix in ("", '"', "'") or _ASSIGNED.fullmatch(prefix):
        return False
    return not prefix[-1].isspace() or previous in _CODE


def _last_words(text: str) -> tuple[str, str]:
    """Return the beginning of the last word of an unfinished command, and the word before."""
    quote, start, words = "", 0, [""]
    for at, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in _BREAKS:
            if at > start:
                words.append(text[start:at])
            start = at + 1
    return text[start:], words[-1]
