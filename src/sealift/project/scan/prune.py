"""A source without the bodies that cannot matter, so that the parser has less to read.

tree-sitter takes about 24 bytes of memory per byte of source and is many times slower than a
regular expression. So a small exact tokenizer reads the source once and pairs its braces
(ECMA-262, 12: strings, templates, comments, and whether a ``/`` begins a regular expression or is
a division). From that, the source can be pruned any number of times, each time with other
positions to keep. A ``{...}`` that can only be a body or the value of an assignment, and that
holds no such position, is emptied except for its line ends. So are comments. Lines therefore keep
their numbers.

Why nothing is lost: only text without a seed is left out. A mistake of the tokenizer can at worst
break the syntax around it; the parser reports that, and the caller parses the whole source. The
exception, seeds in comments, is made only if no ``/`` had two readings.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from msgspec import Struct

from sealift.project.scan.identifier_index import NAME_BYTES
from sealift.project.scan.regex_literals import RegexLiterals

# The expression itself skips strings, and everything that is not a token of interest.
_TOKEN = re.compile(
    rb"""(?:[^{}"'`/]++"""
    rb"""|"[^"\\\n\r]*+(?:\\(?:\r\n|[\s\S])[^"\\\n\r]*+)*+\""""
    rb"""|'[^'\\\n\r]*+(?:\\(?:\r\n|[\s\S])[^'\\\n\r]*+)*+')*+"""
    rb"""([{}`"']|/(?:/[^\n\r]*+|\*(?:[^*]*+\*++(?:[^/*][^*]*+\*++)*+/)?)?)"""
)
_TEMPLATE = re.compile(rb"[^`\\$]*(?:(?:\\[\s\S]|\$(?!\{))[^`\\$]*)*(`|\$\{)")
_LAST_WORD = re.compile(rb"[A-Za-z_$][\w$]*$")
_USED_AS_REGEX = re.compile(rb"\s*\.\s*(?:test|exec|source|flags|toString)\b")
_BLOCK = re.compile(
    rb"(?:\b(?:if|for|while|switch|catch|with)\b[^{};]*(?:;[^{};]*){0,2}\)|\b(?:try|else|finally|do)"
    rb"|\b(?:const|let)|[,:{\[])\s*$"  # a pattern that declares names
)

_BEFORE_REGEX = frozenset((
    b"return", b"typeof", b"instanceof", b"in", b"of", b"new", b"delete", b"void", b"throw",
    b"case", b"do", b"else", b"yield", b"await", b"default", b"extends",
))  # fmt: skip
_BEFORE_BODY = frozenset((b"else", b"try", b"finally", b"do", b"return"))

# The two readings of a slash differ in what follows only if it holds one of these.
_DIFFERS = re.compile(rb"[{}\"'`]|/[/*]")

_SPACE = b" \t\n\r\v\f"
_OPEN, _SLASH, _TICK = b"{/`"
_BRACES = frozenset(b"{}")
_QUOTES = frozenset(b"\"'")


MIN_BODY = 48
"""Bodies of fewer bytes are kept: leaving them out saves nothing."""

_Span = tuple[int, int]


class PrunedSource(Struct, frozen=True):
    """A shortened source.

    Attributes:
        text: the source; only the line ends remain of what was left out.
        gaps: the bodies that were left out, as (start, end) offsets in the source, in order.
        pieces: the beginnings of what was kept, as (offset in the text, offset in the source).
    """

    text: bytes
    gaps: tuple[_Span, ...]
    pieces: tuple[_Span, ...]

    def leaves_out(self, position: int) -> bool:
        """Return True if a position of the source is in a gap."""
        return _within(self.gaps, position)

    def origin(self, position: int) -> int:
        """Return the position in the source of a position in the text."""
        at, start = self.pieces[bisect_left(self.pieces, (position + 1,)) - 1]
        return start + position - at


class BodyIndex:
    """The bodies and comments of a source.

    Attributes:
        outside: of the words that were asked for, those that may be outside functions.
        regexes: the regular expression literals of the source.
    """

    def __init__(self, source: bytes) -> None:
        self.outside: list[int] = []
        self.regexes = RegexLiterals(source)
        self._source = source
        self._doubtful = False  # a slash had two readings
        self._comments: list[_Span] = []
        self._bodies: list[_Span] = []  # offsets of the braces, in the order of the closing ones
        self._open: list[int] = []  # offsets of open braces, -1 for the hole of a template

    @classmethod
    def of(cls, source: bytes, words: list[int]) -> BodyIndex | None:
        """Return the index of a whole file; None if it cannot be tokenized.

        Args:
            source: the file.
            words: where keywords may be of which those outside functions matter, in order.
        """
        index = cls(source)
        if not index._read(words):
            return None
        index._bodies.sort()
        index.outside = [at for at in index.outside if not index.in_comment(at)]
        return index

    def in_comment(self, position: int) -> bool:
        """Return True if a position of the source is certainly in a comment."""
        return not self._doubtful and _within(self._comments, position)

    def prune(self, kept: list[int]) -> PrunedSource:
        """Return the source without the bodies that hold none of the given positions."""
        kept = sorted([*(at for at in kept if not self.in_comment(at)), *self.outside])
        gaps: list[_Span] = []
        end = -1
        for opened, closed in self._bodies:
            if closed < end:
                continue
            first = bisect_left(kept, opened)
            if (first == len(kept) or kept[first] > closed) and self._is_body(opened):
                gaps.append((opened + 1, closed))
                end = closed
        return self._assembled(gaps, kept)

    def _assembled(self, gaps: list[_Span], kept: list[int]) -> PrunedSource:
        left_out = list(gaps)
        for start, end in self._comments:
            first = bisect_left(kept, start)
            if not (first < len(kept) and kept[first] < end) and not _within(gaps, start):
                left_out.append((start, end))
        left_out.sort()
        source = self._source
        texts: list[bytes] = []
        pieces: list[_Span] = []
        position = length = 0
        for start, end in left_out:
            text = source[position:start]
            ends = b"\n" * source.count(b"\n", start, end) or b" "
            pieces.append((length, position))
            texts += (text, ends)
            length += len(text) + len(ends)
            position = end
        texts.append(source[position:])
        pieces.append((length, position))
        return PrunedSource(b"".join(texts), tuple(gaps), tuple(pieces))

    def _is_body(self, opened: int) -> bool:
        """Return True if a brace opens a body or the value of an assignment."""
        before = self._before(opened)
        last = self._source[before - 1 : before]
        if last in (b")", b"=") or self._source[before - 2 : before] == b"=>":
            return True
        word = _LAST_WORD.search(self._source[max(0, before - 16) : before])
        return word is not None and word.group() in _BEFORE_BODY

    # ------------------------------------------------------------------ reading

    def _read(self, words: list[int]) -> bool:
        """Read the whole source. Return False if its tokens do not match."""
        source = self._source
        next_token = _TOKEN.match
        stack = self._open
        position = source.find(b"\n") if source.startswith(b"#!") else 0
        next_word = 0
        while position >= 0:
            token = next_token(source, position)
            if token is None:
                break
            start = token.start(1)
            position = token.end()
            first = source[start]
            if first in _BRACES:
                while next_word < len(words) and words[next_word] < start:
                    self._keep_outside(words[next_word])
                    next_word += 1
                if first == _OPEN:
                    stack.append(start)
                    continue
                if not stack:
                    return False
                opened = stack.pop()
                if opened < 0:
                    position = self._template(position)
                elif start - opened > MIN_BODY:
                    self._bodies.append((opened, start))
            elif first in _QUOTES:
                return False  # a string without an end
            elif first == _TICK:
                position = self._template(position)
            elif position - start > 1:
                if position - start == len(b"/*") and source[start + 1] != _SLASH:
                    return False  # a comment without an end
                self._comments.append((start, position))
            else:
                position = self._slash(start)
        for at in words[next_word:]:
            self._keep_outside(at)
        return position >= 0 and not stack

    def _keep_outside(self, position: int) -> None:
        blocks = all(
            opened >= 0 and _BLOCK.search(self._source, max(0, opened - 200), opened)
            for opened in self._open
        )
        if blocks:
            self.outside.append(position)

    def _template(self, position: int) -> int:
        """Return the offset after the next end or hole of a template; -1 without one."""
        match = _TEMPLATE.match(self._source, position)
        if match is None:
            return -1
        if match.group(1) != b"`":
            self._open.append(-1)
        return match.end()

    def _slash(self, start: int) -> int:
        """Return the offset after a division sign or a regular expression."""
        end = self.regexes.end(start)
        if end < 0:
            return start + 1
        before = self._before(start)
        last = self._source[before - 1] if before else 0
        if last in NAME_BYTES:
            head = self._source[max(0, before - 16) : before]
            word = _LAST_WORD.search(head)
            is_keyword = word is not None and word.group() in _BEFORE_REGEX
            is_member = word is not None and head[: word.start()].endswith(b".")
            return end if is_keyword and not is_member else start + 1
        if last in b")}":
            if _DIFFERS.search(self._source, start, end) or self._source[end : end + 1] == b"/":
                self._doubtful = True
            return end if _USED_AS_REGEX.match(self._source, end) else start + 1
        is_value = before > 0 and last in b"]\"'`"
        if is_value or self._source[max(0, before - 2) : before] in (b"++", b"--"):
            return start + 1
        return end

    def _before(self, position: int) -> int:
        """Return the end of what precedes a position, not counting white space and comments."""
        index = len(self._comments)
        if index and self._comments[-1][1] > position:
            index = bisect_left(self._comments, (position,))
        index -= 1
        while True:
            while position and self._source[position - 1] in _SPACE:
                position -= 1
            if index < 0 or self._comments[index][1] != position:
                return position
            position = self._comments[index][0]
            index -= 1


def _within(spans: Sequence[_Span], position: int) -> bool:
    """Return True if a position is in one of the spans, which are in order."""
    index = bisect_left(spans, (position + 1,)) - 1
    return index >= 0 and position < spans[index][1]
