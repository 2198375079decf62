"""How deep a JSON text is nested, found without a parser that recurses.

Parsers of JSON recurse once for each level, and RFC 8259 sets no limit. So a text from others is
measured before it is parsed.
"""

from __future__ import annotations

import re

# One match for each bracket. Strings are skipped, an unterminated one to the end of the text. The
# quantifiers are possessive, so that the time grows with the length of the text only.
_BRACKET = re.compile(rb'(?:[^\[\]{}"]++|"(?:[^"\\]++|\\.)*+(?:"|\\?\Z))*+([\[{\]}])', re.DOTALL)
_OPENING = (b"[", b"{")


def is_nested_deeper(text: bytes, limit: int) -> bool:
    """Return True if arrays and objects of a JSON text are nested more than ``limit`` deep.

    Text that is not JSON gets an answer too; its parser refuses it.
    """
    depth = 0
    for match in _BRACKET.finditer(text):
        depth += 1 if match[1] in _OPENING else -1
        if depth > limit:
            return True
    return False
