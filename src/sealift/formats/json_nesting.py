"""How deep a JSON text is nested, found without a parser that recurses.

Parsers of JSON recurse once for each level, and RFC 8259 sets no limit. So a text from others is
measured before it is parsed.
"""

from __future__ import annotations

import re

# Matches leave no gaps: each ends at a bracket or at the end. Strings are skipped, an unterminated
# one to the end. The quantifiers are possessive, so the time is linear.
_BRACKET = re.compile(rb'(?:[^\[\]{}"]++|"(?:[^"\\]++|\\.)*+(?:"|\\?\Z))*+([\[{\]}]|\Z)', re.DOTALL)
_OPENING = (b"[", b"{")


def is_nested_deeper(text: bytes, limit: int) -> bool:
    """Return True if arrays and objects of a JSON text are nested more than ``limit`` deep.

    Text that is not JSON gets an answer too; its parser refuses it.
    """
    if text.count(b"{") + text.count(b"[") <= limit:
        return False
    depth = 0
    for match in _BRACKET.finditer(text):
        depth += 1 if match[1] in _OPENING else -1 if match[1] else 0
        if depth > limit:
            return True
    return False
