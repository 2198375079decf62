"""YAML as lockfiles use it, read in bounded time and memory.

PyYAML (libyaml) splits the text into events; the values are built here, without recursion. Every
scalar is a text, as in the failsafe schema (YAML 1.2.2, chapter 10.1): a version such as ``1.10``
must not become a number. An alias shares the value that its anchor names, so nested aliases need no
memory. The nesting is limited.
"""

from __future__ import annotations

from typing import TypeAlias

import yaml
from msgspec import Struct

MOST_LEVELS = 100

Value: TypeAlias = "str | list[Value] | dict[str, Value]"

# Wheels of PyYAML have libyaml; an installation from source may lack it and is slower.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlError(ValueError):
    """The text cannot be read.

    Attributes:
        line: 1-based.
        reason: a clause.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


class TooDeepError(ValueError):
    """The text is nested deeper than `MOST_LEVELS`."""


def parse_yaml(text: str) -> Value:
    """Return the last document of a YAML stream; "" if there is none.

    pnpm 11 and newer put a document about pnpm itself before the one about the project.

    Raises:
        YamlError: the text is not YAML, or uses a feature that no lockfile needs: merge keys
            (``<<``), collections as keys, aliases to unknown or enclosing values.
        TooDeepError: it is nested too deep.
    """
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.add(event)
    except yaml.MarkedYAMLError as error:
        if "maximum nesting depth" in str(error):  # libyaml has a limit of its own
            raise TooDeepError from error
        mark = error.problem_mark or error.context_mark
        reason = error.problem or error.context or "it cannot be read"
        raise YamlError(mark.line + 1 if mark else 1, reason) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlError(line, "it has a character that YAML does not allow") from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        if isinstance(error, YamlError | TooDeepError):
            raise
        raise YamlError(1, "it cannot be read") from error
    return builder.document


class _Collection(Struct):
    """A list or object whose end has not been reached; ``key`` waits for its value."""

    value: list[Value] | dict[str, Value]
    anchor: str | None
    key: str | None = None


class _Builder:
    """Build values from events."""

    def __init__(self) -> None:
        self.document: Value = ""
        self._open: list[_Collection] = []
        self._anchors: dict[str, Value] = {}

    def add(self, event: yaml.Event) -> None:
        """Take the next event."""
        if isinstance(event, yaml.ScalarEvent):
            if event.value == "<<" and event.implicit[0] and self._expects_key():
                raise _error(event, "merge keys (<<) are not supported")
            event.value.encode()  # fails for a lone surrogate, which no name or version has
            self._finish(event, event.value, event.anchor)
        elif isinstance(event, yaml.MappingStartEvent):
            self._begin(_Collection({}, event.anchor))
        elif isinstance(event, yaml.SequenceStartEvent):
            self._begin(_Collection([], event.anchor))
        elif isinstance(event, yaml.CollectionEndEvent):
            done = self._open.pop()
            self._finish(event, done.value, done.anchor)
        elif isinstance(event, yaml.AliasEvent):
            # An anchor counts from the end of its value, so no value can contain itself.
            if event.anchor not in self._anchors:
                raise _error(event, f"the alias *{event.anchor} names no complete value before it")
            self._finish(event, self._anchors[event.anchor], None)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._anchors.clear()

    def _begin(self, collection: _Collection) -> None:
        if len(self._open) >= MOST_LEVELS:
            raise TooDeepError
        self._open.append(collection)

    def _expects_key(self) -> bool:
        top = self._open[-1] if self._open else None
        return top is not None and isinstance(top.value, dict) and top.key is None

    def _finish(self, event: yaml.Event, value: Value, anchor: str | None) -> None:
        """Put a complete value into the collection that is open, or make it the document."""
        if anchor is not None:
            self._anchors[anchor] = value
        if not self._open:
            self.document = value
            return
        top = self._open[-1]
        if isinstance(top.value, list):
            top.value.append(value)
        elif top.key is not None:
            top.value[top.key] = value
            top.key = None
        elif isinstance(value, str):
            top.key = value
        else:
            raise _error(event, "a key is not a text")


def _error(event: yaml.Event, reason: str) -> YamlError:
    mark = event.start_mark
    return YamlError(mark.line + 1 if mark is not None else 1, reason)
