"""Find out which scripts may call ``import()``, or evaluate text, without parsing them.

Both are bits of a number, which is stored in ``sealift/bytecode-index``.
"""

from __future__ import annotations

import re

IMPORT, EVALUATION = 1, 2
"""It may call ``import()``; it may evaluate text that does."""

# White space and comments may follow the word; beyond ASCII, any character counts as white space.
# `import.source()` and `import.defer()` are calls, too. Where a word begins is checked at its end,
# here and below, so that the search is for a fixed text.
_CALL = re.compile(
    rb"import(?<!\wimport)[\s\x80-\xff]*(?:\(|/[*/]|\.[\s\x80-\xff]*(?:source|defer|/[*/]))"
)

# `@type {import('x')}` and the like. In code, no brace follows a space after `@` and a name: this
# is within a comment, string, template or regular expression, and the characters in between end
# none of them.
_TYPE = re.compile(rb"@\w+ \{[^'\"`*;$/\n\r\x80-\xff]*\bimport\s*\(")


# Any mention of `eval`, as it can be called by another name; what is done with `Function` if it is
# called, not if it is compared.
_EVALUATION = (
    re.compile(rb"eval(?<=\beval)\b"),
    re.compile(
        rb"Function(?:(?<=\bFunction)|(?<=\bAsyncFunction)"
        rb"|(?<=\bGeneratorFunction)|(?<=\bAsyncGeneratorFunction))"
        rb"\s*(?:\)?\s*\(|\.\s*(?:apply|bind|call)\b)"
    ),
    re.compile(rb"construct(?<=\bconstruct)\s*\(\s*Function\b"),
)


def calls_of(source: bytes) -> int:
    """Return what a script may call: `IMPORT`, `EVALUATION`, both or, as 0, none of them.

    Most other text that looks like a call counts as one. What evaluates text under another name is
    not found.

    Args:
        source: of a CommonJS or ES module, in UTF-8.
    """
    imports = _CALL.search(source) is not None and _CALL.search(_TYPE.sub(b"", source)) is not None
    return IMPORT * imports | EVALUATION * any(form.search(source) for form in _EVALUATION)
