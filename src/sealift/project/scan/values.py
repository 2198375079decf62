"""The values that an expression can have, as far as the source shows them.

A `Text` is a string of which some pieces are known. The other kinds of value are the functions and
objects that lead to references: ``require``, ``import.meta``, ``path.join``, a function of the
file. An expression that is not understood has the value `UNKNOWN`, a `Text` without known pieces.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from itertools import islice, product

from msgspec import Struct

from sealift.project.references import SELF, ReferenceKind
from sealift.project.scan.scopes import Binding
from sealift.project.scan.syntax import NodePath

MAX_ALTERNATIVES = 32
"""An expression that can have more values than this is unknown."""


class Base(StrEnum):
    """What precedes the first part of a text."""

    NONE = "none"
    DIRECTORY = "directory"  # the absolute path of this file's directory, without a final slash
    ENTRY = "entry"  # the absolute path of the entry point's directory, in the same way
    ELSEWHERE = "elsewhere"  # the working directory, another package, a root: not this file's


class Text(Struct, frozen=True):
    """A string: ``parts`` are its known pieces; anything may stand between two of them.

    Attributes:
        parts: one at least. A single part is a text that is completely known.
        base: what precedes the first part.
        embedded: the path was found within other text (a command, a message), which was dropped.
        before: the known end of that text.
    """

    parts: tuple[str, ...]
    base: Base = Base.NONE
    embedded: bool = False
    before: str = ""

    @property
    def constant(self) -> str | None:
        """The text, if it is completely known and not anchored at a directory."""
        return self.parts[0] if self.base is Base.NONE and len(self.parts) == 1 else None

    @property
    def is_anchored(self) -> bool:
        """Whether it is a path that starts at the directory of this file or the entry point."""
        return self.base in (Base.DIRECTORY, Base.ENTRY)


class Require(Struct, frozen=True):
    """A function that loads a module.

    Attributes:
        kind: whether Node made it for this file or ``createRequire`` did.
        base: the argument of ``createRequire``, relative to this file's directory. "" stands for
            this file, None for an unknown file or one outside the package.
        users: it resolves from the working directory, where the user's own modules are.
        of_entry: ``base`` is relative to the entry point's directory, and "" stands for that file.
    """

    kind: ReferenceKind = ReferenceKind.REQUIRE
    base: str | None = ""
    users: bool = False
    of_entry: bool = False


class Resolve(Struct, frozen=True):
    """``require.resolve`` of one `Require`; ``import.meta.resolve`` if ``of`` is None."""

    of: Require | None


class Builtin(Struct, frozen=True):
    """A module of Node, a global, or a member of one: ``path.join``, ``process.cwd``."""

    name: str


class Package(Struct, frozen=True):
    """The exports of a module that is not one of Node's, or a ``member`` of them."""

    specifier: str
    member: bool = False


class Function(Struct, frozen=True):
    """A function written in this file."""

    path: NodePath


class Literal(Struct, frozen=True):
    """An object or an array written in this file.

    Attributes:
        path: where it is written.
        names: the names that it is stored under.
    """

    path: NodePath
    names: tuple[Binding, ...] = ()


class Intrinsic(StrEnum):
    """Objects of Node of which a file has one each."""

    MODULE = "module"  # the ``module`` of a CommonJS file
    MAIN = "main"  # ``require.main``
    OTHER_MODULE = "other module"  # ``module.parent``, ``module.children`` and its elements
    IMPORT = "import"  # ``import`` as a function
    IMPORT_META = "import.meta"


LOADERS = (Require, Resolve)

Value = Text | Require | Resolve | Builtin | Package | Function | Literal | Intrinsic
Values = tuple[Value, ...]
"""The alternatives: the values that one expression can have."""

UNKNOWN = Text(("", ""))
NOTHING: Values = (UNKNOWN,)
ELSEWHERE = Text(("", ""), Base.ELSEWHERE)
DIRECTORY = Text(("",), Base.DIRECTORY)
FILE = Text((f"/{SELF}",), Base.DIRECTORY)
ENTRY = Text((f"/{SELF}",), Base.ENTRY)  # the file that the program was started with
ENTRY_DIRECTORY = Text(("",), Base.ENTRY)


def constant(text: str) -> Text:
    """Return a text that is completely known."""
    return Text((text,))


def is_anchored(value: Value) -> bool:
    """Return True for a path that starts at the directory of this file or the entry point."""
    return isinstance(value, Text) and value.is_anchored


def distinct(values: list[Value]) -> Values:
    """Return the values without repetition; `NOTHING` if there are none or too many."""
    unique = tuple(dict.fromkeys(values))
    return unique if 0 < len(unique) <= MAX_ALTERNATIVES else NOTHING


def for_each_combination(
    arguments: list[Values], function: Callable[[list[Value]], Value]
) -> Values:
    """Return the results of a function for every combination of the arguments' values."""
    combinations = list(islice(product(*arguments), MAX_ALTERNATIVES + 1))
    return distinct([function(list(combination)) for combination in combinations])
