"""What an expression can be worth, as far as the source tells.

Two families. A `Text` is a string of which pieces are known. Everything else is a thing of
Node's own that leads to requests or paths: ``require``, ``import.meta``, ``path.join``, a local
function. A value that is not understood at all is `UNKNOWN`, a `Text` of nothing known.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from itertools import islice, product
from urllib.parse import unquote

from sealift.project.references import SELF, ReferenceKind
from sealift.project.scan.scopes import Binding
from sealift.project.scan.syntax import NodePath

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_CLIMBS = re.compile(r"(?:^|/)\.\.(?:/|$)")


class Base(StrEnum):
    """What a text starts with before its first part."""

    NONE = "none"
    DIRECTORY = "directory"  # the absolute path of this file's directory, no slash at its end
    ELSEWHERE = "elsewhere"  # the working directory, another package, a root: not this file's


@dataclass(frozen=True, slots=True)
class Text:
    """A string: ``parts`` are its known pieces; between two of them anything may stand.

    Attributes:
        base: what precedes the first part.
        embedded: a path stands within other text (a command, a message), which was dropped.
    """

    parts: tuple[str, ...]
    base: Base = Base.NONE
    embedded: bool = False

    @property
    def constant(self) -> str | None:
        """The whole text when every piece is known and it is not anchored."""
        return self.parts[0] if self.base is Base.NONE and len(self.parts) == 1 else None


@dataclass(frozen=True, slots=True)
class Require:
    """A function that loads a module.

    Attributes:
        kind: whether Node made it for this file or ``createRequire`` did.
        base: of ``createRequire``: its argument relative to this file's directory; "" for this
            file, None when it is unknown or not a file of the package.
        users: it resolves from the working directory: the user's modules, not the package's.
    """

    kind: ReferenceKind = ReferenceKind.REQUIRE
    base: str | None = ""
    users: bool = False


@dataclass(frozen=True, slots=True)
class Resolve:
    """``require.resolve`` of one `Require`, or ``import.meta.resolve`` (then ``of`` is None)."""

    of: Require | None


@dataclass(frozen=True, slots=True)
class Builtin:
    """A module of Node, a global, or a member of one: ``path.join``, ``process.cwd``."""

    name: str


@dataclass(frozen=True, slots=True)
class Package:
    """What a request for a module that is not Node's gives."""

    specifier: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function written in this file."""

    path: NodePath


@dataclass(frozen=True, slots=True)
class Literal:
    """An object or an array written in this file.

    Attributes:
        names: what it is known by.
    """

    path: NodePath
    names: tuple[Binding, ...] = ()


class Intrinsic(StrEnum):
    """Things of Node there is one of."""

    MODULE = "module"  # the ``module`` of a CommonJS file
    MAIN = "main"  # ``require.main``
    IMPORT = "import"  # ``import`` as a function
    IMPORT_META = "import.meta"


LOADERS = (Require, Resolve)

Value = Text | Require | Resolve | Builtin | Package | Function | Literal | Intrinsic
Values = tuple[Value, ...]

UNKNOWN = Text(("", ""))
NOTHING: Values = (UNKNOWN,)
ELSEWHERE = Text(("", ""), Base.ELSEWHERE)
DIRECTORY = Text(("",), Base.DIRECTORY)
FILE = Text((f"/{SELF}",), Base.DIRECTORY)
SOMEWHERE = Text(("", ""), Base.DIRECTORY)  # in the package, but not where this file is
ENTRY = Text(("", f"/{SELF}"), Base.DIRECTORY)  # the file that the program was started with

MAX_ALTERNATIVES = 32
MAX_PARTS = 64


def constant(text: str) -> Text:
    """A text that is wholly known."""
    return Text((text,))


def is_anchored(value: Value) -> bool:
    """Whether the value is a path that starts at this file."""
    return isinstance(value, Text) and value.base is Base.DIRECTORY


def distinct(values: list[Value]) -> Values:
    """The alternatives without repetition; unknown when they are too many."""
    unique = tuple(dict.fromkeys(values))
    return unique if 0 < len(unique) <= MAX_ALTERNATIVES else NOTHING


def concat(left: Value, right: Value) -> Text:
    """``left + right``."""
    left = left if isinstance(left, Text) else UNKNOWN
    right = right if isinstance(right, Text) else UNKNOWN
    if right.base is not Base.NONE:
        head = left.constant
        if head == "" or (head is not None and head.startswith("file:")):
            return right
        if left.base is Base.DIRECTORY:  # two absolute paths in one text, as in PATH lists
            return left
        return Text(right.parts, right.base, embedded=True)
    parts = (*left.parts[:-1], left.parts[-1] + right.parts[0], *right.parts[1:])
    return Text(parts[:MAX_PARTS], left.base, left.embedded)


def each(arguments: list[Values], function: Callable[[list[Value]], Value]) -> Values:
    """Apply a function to every combination of the arguments' alternatives."""
    combinations = list(islice(product(*arguments), MAX_ALTERNATIVES + 1))
    return distinct([function(list(combination)) for combination in combinations])


def concat_all(pieces: list[Values]) -> Values:
    """Every text that the alternatives of the pieces make together."""
    return each(pieces, lambda texts: reduce(concat, texts, constant("")))


def join(arguments: list[Value]) -> Value:
    """``path.join``: the texts with slashes between them, normalised."""
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
    """``path.resolve``: from the last absolute argument on; else from the working directory."""
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
    """``path.normalize`` as far as the pieces are known; keeps a slash at the end."""
    if not isinstance(value, Text) or value.base is Base.ELSEWHERE:
        return value
    head, *rest = (part.replace("\\", "/") for part in value.parts)
    if any(_CLIMBS.search(part) for part in rest):
        rest = [""]  # what the unknown pieces are decides where this ends
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
    if base is Base.DIRECTORY:
        # Relative to a directory of unknown name: ".." beyond it must be kept.
        if not path.startswith("/"):
            return path
        normal = posixpath.normpath("." + path)
        normal = "" if normal == "." else "/" + normal
    else:
        normal = posixpath.normpath(path)
    return normal + "/" if path.endswith("/") and not normal.endswith("/") else normal


def dirname(value: Value) -> Value:
    """``path.dirname``."""
    if not isinstance(value, Text) or value.base is Base.ELSEWHERE:
        return value
    last = value.parts[-1].rstrip("/") if len(value.parts[-1]) > 1 else value.parts[-1]
    stem, slash, name = last.rpartition("/")
    if slash:
        if name in ("..", "."):
            return normalise(Text((*value.parts[:-1], f"{last}/.."), value.base))
        return Text((*value.parts[:-1], stem), value.base, value.embedded)
    if len(value.parts) == 1:
        if value.base is Base.DIRECTORY:
            return normalise(Text((last + "/..",), value.base, value.embedded))
        return constant(".")
    before = value.parts[-2].rpartition("/")[0]
    return Text((*value.parts[:-2], before, ""), value.base, value.embedded)


def url(relative: Value, base: Value | None) -> Value:
    """``new URL(relative, base)``; the URL of a file is treated as its path."""
    if not isinstance(relative, Text):
        return UNKNOWN
    if relative.base is not Base.NONE:
        return relative
    if _SCHEME.match(relative.parts[0]):
        return ELSEWHERE
    if not isinstance(base, Text) or base.base is not Base.DIRECTORY:
        return UNKNOWN if base is None or base == UNKNOWN else ELSEWHERE
    if relative.parts[0].startswith("/"):
        return ELSEWHERE
    folder = Text((*base.parts[:-1], base.parts[-1].rpartition("/")[0] + "/"), base.base)
    last = relative.parts[-1]
    trailing = re.split(r"[?#]", last, maxsplit=1)[0]
    encoded = (*relative.parts[:-1], trailing)
    target = Text(tuple(unquote(part, errors="surrogateescape") for part in encoded))
    result = normalise(concat(folder, target))
    ends_as_directory = trailing in (".", "..") or trailing.endswith(("/.", "/.."))
    return concat(result, constant("/")) if ends_as_directory else result


def relative_parts(text: Text) -> tuple[str, ...] | None:
    """The parts of an anchored text relative to this file's directory, or None if it is no path.

    ``__dirname + 'x'`` (the slash forgotten) names something beside the directory, of which the
    directory's own name is a part: that is not told by the source.
    """
    normal = normalise(text)
    assert isinstance(normal, Text)
    head = normal.parts[0]
    if head and not head.startswith("/"):
        return None
    return (head[1:], *normal.parts[1:])


def names_below(parts: tuple[str, ...]) -> bool:
    """Whether the first part names something, beyond ``.`` and ``..``."""
    return any(segment not in ("", ".", "..") for segment in parts[0].split("/"))
