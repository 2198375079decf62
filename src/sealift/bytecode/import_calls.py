"""Find out which scripts may call ``import()``, without parsing them."""

from __future__ import annotations

import re

# White space and comments may follow the word; beyond ASCII, any character counts as white space.
# `import.source()` and `import.defer()` are calls, too. Where the word begins is checked at its
# end, so that the search is for a fixed text.
_CALL = re.compile(
    rb"import(?<!\wimport)[\s\x80-\xff]*(?:\(|/[*/]|\.[\s\x80-\xff]*(?:source|defer|/[*/]))"
)

# `@type {import('x')}` and the like. In code, no brace follows a space after `@` and a name: this
# is within a comment, string, template or regular expression, and the characters in between end
# none of them.
_TYPE = re.compile(rb"@\w+ \{[^'\"`*;$/\n\r\x80-\xff]*\bimport\s*\(")


def may_call_import(source: bytes) -> bool:
    """Return whether a script may call ``import()``.

    Args:
        source: of a CommonJS or ES module, in UTF-8.

    Returns:
        False: it does not. True: it may; most other text that looks like a call counts as one.
    """
    return _CALL.search(source) is not None and _CALL.search(_TYPE.sub(b"", source)) is not None
