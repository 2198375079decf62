"""Operations on texts whose pieces are only partly known: ``+``, and the functions of ``path``."""

from __future__ import annotations

import posixpath
import re
from functools import reduce
from urllib.parse import unquote

from sealift.project.scan.values import (
    ELSEWHERE,
    UNKNOWN,
    Base,
    Text,
    Value,
    Values,
    constant,
    for_each_combination,
    is_anchored,
)

MAX_PARTS = 64
"""A text with more known pieces than this is cut; its rest is unknown."""

MAX_LENGTH = 4096
"""A text that is put together and is longer, in characters, is cut; its rest is unknown.

No system has longer paths of files (Linux: ``PATH_MAX``), and ``a = b + b; c = a + a; ...``
doubles the length with every name.
"""

MAX_BEFORE = 500
"""Characters before a path in another text that are kept."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_CLIMBS = re.compile(r"(?:^|/)\.\.(?:/|$)")


def concat(left: Value, right: Value) -> Text:
    """Return ``left + right``."""
    left = left if isinstance(left, Text) else UNKNOWN
    right = right if isinstance(right, Text) else UNKNOWN
    if right.base is not Base.NONE:
        head = left.constant
        if head == "" or (head is not None and head.startswith("file:")):
            return right
        if left.is_anchored:  # two absolute paths in one text, as in PATH lists
            return left
        return Text(right.parts, right.base, embedded=True, before=left.parts[-1][-MAX_BEFORE:])
    parts = (*left.parts[:-1], left.parts[-1] + right.parts[0], *right.parts[1:])
    return Text(_bounded(parts), left.base, left.embedded, left.before)


def _bounded(parts: tuple[str, ...]) -> tuple[str, ...]:
    if len(parts) > MAX_PARTS:
        parts = (*parts[: MAX_PARTS - 1], "")
    if sum(map(len, parts)) > MAX_LENGTH:
        return (parts[0][:MAX_LENGTH], "")
    return parts


def concat_all(pieces: list[Values]) -> Values:
    """Return every text that the values of the pieces make together."""
    return for_each_combination(pieces, lambda texts: reduce(concat, texts, constant("")))


def join(arguments: list[Value]) -> Value:
    """Return the result of ``path.join``."""
    result: Value | None = None
    for argument in arguments:
        if argument == constant(""):
            continue
        if result is None:
            result = argument
        elif is_anchored(argument):
            result = concat(result, argument)
        else:
            result = concat(concat(result, constant("/")), argument)
    return normalise(result) if result is not None else constant(".")


def resolve(arguments: list[Value]) -> Value:
    """Return the result of ``path.resolve``.

    It starts at the last absolute argument, or at the working directory without one.
    """
    for index in range(len(arguments) - 1, -1, -1):
        argument = arguments[index]
        if not isinstance(argument, Text):
            argument = UNKNOWN
        if argument.base is not Base.NONE:
            return join(arguments[index:])
        if argument.constant is not None and argument.constant.startswith("/"):
            return ELSEWHERE
        if argument.constant is None and argument.parts[0] == "" and index == 0:
            return UNKNOWN
    return ELSEWHERE


def normalise(value: Value) -> Value:
    """Return the result of ``path.normalize``, which keeps a final slash.

    ``..`` segments are removed as far as the pieces are known.
    """
    if not isinstance(value, Text) or value.base is Base.ELSEWHERE:
        return value
    head, *rest = (part.replace("\\", "/") for part in value.parts)
    if any(_CLIMBS.search(part) for part in rest):
        rest = [""]  # the unknown pieces decide where this ends
    if not rest:
        return Text((_normal(head, value.base),), value.base, value.embedded)
    stem, slash, tail = head.rpartition("/")
    if slash:
        known = _normal(stem + "/", value.base)
        head = known + tail
    return Text((head, *rest), value.base, value.embedded)


def _normal(path: str, base: Base) -> str:
    if not path:
        return path
    if base in (Base.DIRECTORY, Base.ENTRY):
        # Relative to a directory of unknown name: ".." beyond it must be kept.
        if not path.startswith("/"):
            return path
        normal = posixpath.normpath("." + path)
        normal = "" if normal == "." else "/" + normal
    else:
        normal = posixpath.normpath(path)
    return normal + "/" if path.endswith("/") and not normal.endswith("/") else normal


def dirname(value: Value) -> Value:
    """Return the result of ``path.dirname``."""
    if not isinstance(value, Text) or value.base is Base.ELSEWHERE:
        return value
    last = value.parts[-1].rstrip("/") if len(value.parts[-1]) > 1 else value.parts[-1]
    stem, slash, name = last.rpartition("/")
    if slash:
        if name in ("..", "."):
            return normalise(Text((*value.parts[:-1], f"{last}/.."), value.base))
        return Text((*value.parts[:-1], stem), value.base, value.embedded)
    if len(value.parts) == 1:
        if value.is_anchored:
            return normalise(Text((last + "/..",), value.base, value.embedded))
        return constant(".")
    before = value.parts[-2].rpartition("/")[0]
    return Text((*value.parts[:-2], before, ""), value.base, value.embedded)


def url(relative: Value, base: Value | None) -> Value:
    """Return ``new URL(relative, base)``; the URL of a file counts as its path."""
    if not isinstance(relative, Text):
        return UNKNOWN
    if relative.base is not Base.NONE:
        return relative
    if _SCHEME.match(relative.parts[0]):
        return ELSEWHERE
    if not isinstance(base, Text) or not base.is_anchored:
        return UNKNOWN if base is None or base == UNKNOWN else ELSEWHERE
    if relative.parts[0].startswith("/"):
        return ELSEWHERE
    folder = Text((*base.parts[:-1], base.parts[-1].rpartition("/")[0] + "/"), base.base)
    encoded = without_query(relative.parts)
    trailing = encoded[-1]
    target = Text(tuple(unquote(part, errors="surrogateescape") for part in encoded))
    result = normalise(concat(folder, target))
    ends_as_directory = trailing in (".", "..") or trailing.endswith(("/.", "/.."))
    return concat(result, constant("/")) if ends_as_directory else result


def without_query(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the parts of a relative URL without its query and fragment."""
    for index, part in enumerate(parts):
        path = re.split(r"[?#]", part, maxsplit=1)[0]
        if path != part:
            return (*parts[:index], path)
    return parts


def relative_parts(text: Text) -> tuple[str, ...] | None:
    """Return the parts of an anchored text relative to the directory that it starts at.

    Return None if the text is not a path: ``__dirname + 'x'`` (without a slash) names something
    beside the directory, and the source does not show the directory's own name.
    """
    normal = normalise(text)
    assert isinstance(normal, Text)
    head = normal.parts[0]
    if head and not head.startswith("/"):
        return None
    return (head[1:], *normal.parts[1:])


def names_below(parts: tuple[str, ...]) -> bool:
    """Return True if the first part names something besides ``.`` and ``..``."""
    return any(segment not in ("", ".", "..") for segment in parts[0].split("/"))
