"""A source without the bodies that cannot matter, so that the parser has less to read.

tree-sitter takes about 24 bytes of memory per byte of source and is many times slower than a
regular expression. So the source is read once by a small exact tokenizer (ECMA-262, 12: strings,
templates, comments, and regular expressions told from divisions), which pairs the braces. A
``{...}`` that can only be a body or the value of an assignment, and that holds no word of
interest, keeps nothing but its line ends; so do comments. Lines therefore keep their numbers.

Why nothing is lost: text is left out only where it holds no word of interest, so a mistake of
the tokenizer can at worst break the syntax around it, which the parser then reports and the
caller answers by parsing the whole. The one exception, words in comments, is made only as long
as no ``/`` had two readings.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

# Whole strings and all that is of no account are passed over within the expression.
_TOKEN = re.compile(
    rb"""(?:[^{}"'`/]++"""
    rb"""|"[^"\\\n\r]*+(?:\\(?:\r\n|[\s\S])[^"\\\n\r]*+)*+\""""
    rb"""|'[^'\\\n\r]*+(?:\\(?:\r\n|[\s\S])[^'\\\n\r]*+)*+')*+"""
    rb"""([{}`"']|/(?:/[^\n\r]*+|\*(?:[^*]*+\*++(?:[^/*][^*]*+\*++)*+/)?)?)"""
)
_REGEX = re.compile(
    rb"/(?![*/])(?:[^\\/\[\n\r]|\\[^\n\r]|\[(?:[^\]\\\n\r]|\\[^\n\r])*\])+/[A-Za-z]*"
)
_TEMPLATE = re.compile(rb"[^`\\$]*(?:(?:\\[\s\S]|\$(?!\{))[^`\\$]*)*(`|\$\{)")
_LAST_WORD = re.compile(rb"[A-Za-z_$][\w$]*$")
_USED_AS_REGEX = re.compile(rb"\s*\.\s*(?:test|exec|source|flags|toString)\b")
_BLOCK = re.compile(
    rb"(?:\b(?:if|for|while|switch|catch|with)\b[^{};]*(?:;[^{};]*){0,2}\)|\b(?:try|else|finally|do))\s*$"
)
_AWAIT = re.compile(rb"(?<![\w$.])await(?![\w$:])")

_BEFORE_REGEX = frozenset((
    b"return", b"typeof", b"instanceof", b"in", b"of", b"new", b"delete", b"void", b"throw",
    b"case", b"do", b"else", b"yield", b"await", b"default", b"extends",
))  # fmt: skip
_BEFORE_BODY = frozenset((b"else", b"try", b"finally", b"do", b"return"))

# Between the two readings of a slash, only these make a difference to what follows.
_MATTERS = re.compile(rb"[{}\"'`]|/[/*]")

_SPACE = b" \t\n\r\v\f"
_OPEN, _SLASH, _TICK = b"{/`"
_BRACES = frozenset(b"{}")
_QUOTES = frozenset(b"\"'")
_WORD_BYTES = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$"
) | frozenset(range(0x80, 0x100))

MIN_BODY = 48
"""Bodies shorter than this, in bytes, are not worth leaving out."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A shortened source.

    Attributes:
        text: the source with what was left out replaced by its line ends.
        gaps: what was left out, as (start, end) offsets in the source, in order, comments not
            among them.
        awaits: whether ``await`` may occur outside of functions.
    """

    text: bytes
    gaps: tuple[tuple[int, int], ...]
    awaits: bool

    def leaves_out(self, position: int) -> bool:
        """Whether a position of the source is in a gap."""
        index = bisect_left(self.gaps, (position + 1,)) - 1
        return index >= 0 and position < self.gaps[index][1]


def outline(source: bytes, words: list[int], find_awaits: bool) -> Outline | None:
    """The source without the bodies that hold no word, or None where it cannot be tokenized.

    Args:
        source: the whole file.
        words: where words of interest begin, in order.
        find_awaits: keep ``await`` that may be outside of functions.
    """
    awaits = [match.start() for match in _AWAIT.finditer(source)] if find_awaits else []
    tokenizer = _Tokenizer(source, words, awaits, trust_comments=True)
    if not tokenizer.run():
        return None
    if tokenizer.doubtful and tokenizer.discounted:
        tokenizer = _Tokenizer(source, words, awaits, trust_comments=False)
        tokenizer.run()
    return tokenizer.assemble()


class _Tokenizer:
    def __init__(
        self, source: bytes, words: list[int], awaits: list[int], trust_comments: bool
    ) -> None:
        self.doubtful = False
        self.discounted = 0  # words within comments, which do not keep a body
        self._source = source
        self._words = words
        self._awaits = awaits
        self._outside: list[int] = []  # awaits that may be outside of functions
        self._trust_comments = trust_comments
        self._comments: list[tuple[int, int]] = []
        self._gaps: list[tuple[int, int]] = []
        # Per open brace its offset (-1 for the hole of a template) and the words before it.
        self._open: list[tuple[int, int]] = []

    def run(self) -> bool:
        """Read the whole source; False where it makes no sense."""
        source = self._source
        next_token = _TOKEN.match
        stack = self._open
        position = source.find(b"\n") if source.startswith(b"#!") else 0
        next_await = 0
        while position >= 0:
            token = next_token(source, position)
            if token is None:
                break
            start = token.start(1)
            position = token.end()
            first = source[start]
            if first in _BRACES:
                while next_await < len(self._awaits) and self._awaits[next_await] < start:
                    self._await(self._awaits[next_await])
                    next_await += 1
                if first == _OPEN:
                    stack.append((start, bisect_left(self._words, start) - self.discounted))
                    continue
                if not stack:
                    return False
                opened, before = stack.pop()
                if opened < 0:
                    position = self._template(position)
                elif (
                    start - opened > MIN_BODY
                    and bisect_left(self._words, start) - self.discounted == before
                ):
                    self._leave_out(opened, start)
            elif first in _QUOTES:
                return False  # a string without an end
            elif first == _TICK:
                position = self._template(position)
            elif position - start > 1:
                if position - start == len(b"/*") and source[start + 1] != _SLASH:
                    return False  # a comment without an end
                self._comments.append((start, position))
                if self._trust_comments:
                    first_word = bisect_left(self._words, start)
                    self.discounted += bisect_left(self._words, position) - first_word
            else:
                position = self._slash(start)
        for at in self._awaits[next_await:]:
            self._await(at)
        return position >= 0 and not stack

    def _await(self, position: int) -> None:
        blocks = all(
            opened >= 0 and _BLOCK.search(self._source, max(0, opened - 200), opened)
            for opened, _ in self._open
        )
        if blocks:
            self._outside.append(position)

    def _template(self, position: int) -> int:
        """The offset after the next end or hole of a template; -1 without one."""
        match = _TEMPLATE.match(self._source, position)
        if match is None:
            return -1
        if match.group(1) != b"`":
            self._open.append((-1, 0))
        return match.end()

    def _slash(self, start: int) -> int:
        """The offset after a division sign or a regular expression."""
        match = _REGEX.match(self._source, start)
        if match is None:
            return start + 1
        before = self._before(start)
        last = self._source[before - 1] if before else 0
        if last in _WORD_BYTES:
            head = self._source[max(0, before - 16) : before]
            word = _LAST_WORD.search(head)
            is_keyword = word is not None and word.group() in _BEFORE_REGEX
            is_member = word is not None and head[: word.start()].endswith(b".")
            return match.end() if is_keyword and not is_member else start + 1
        if last in b")}":
            if (
                _MATTERS.search(match.group())
                or self._source[match.end() : match.end() + 1] == b"/"
            ):
                self.doubtful = True
            return match.end() if _USED_AS_REGEX.match(self._source, match.end()) else start + 1
        is_value = before > 0 and last in b"]\"'`"
        if is_value or self._source[max(0, before - 2) : before] in (b"++", b"--"):
            return start + 1
        return match.end()

    def _before(self, position: int) -> int:
        """The end of what precedes a position, white space and comments left aside."""
        index = len(self._comments) - 1
        while True:
            while position and self._source[position - 1] in _SPACE:
                position -= 1
            if index < 0 or self._comments[index][1] != position:
                return position
            position = self._comments[index][0]
            index -= 1

    def _leave_out(self, opened: int, closed: int) -> None:
        before = self._before(opened)
        last = self._source[before - 1 : before]
        if last not in (b")", b"=") and self._source[before - 2 : before] != b"=>":
            word = _LAST_WORD.search(self._source[max(0, before - 16) : before])
            if word is None or word.group() not in _BEFORE_BODY:
                return
        gaps = self._gaps
        while gaps and gaps[-1][0] > opened:
            gaps.pop()
        gaps.append((opened + 1, closed))

    def assemble(self) -> Outline:
        """The outline of what was read."""
        source = self._source
        gaps = [
            (start, end)
            for start, end in self._gaps
            if not any(start <= at < end for at in self._outside)
        ]
        left_out = list(gaps)
        words = self._words
        for start, end in self._comments:
            index = bisect_left(gaps, (start + 1,)) - 1
            if index >= 0 and start < gaps[index][1]:
                continue
            first = bisect_left(words, start)
            if self._trust_comments or first == len(words) or words[first] >= end:
                left_out.append((start, end))
        left_out.sort()
        pieces: list[bytes] = []
        position = 0
        for start, end in left_out:
            pieces.append(source[position:start])
            pieces.append(b"\n" * source.count(b"\n", start, end) or b" ")
            position = end
        pieces.append(source[position:])
        return Outline(b"".join(pieces), tuple(gaps), bool(self._outside))
