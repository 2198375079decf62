"""What npm's pkg says about the problems that sealift reports; scripts match these words.

Source: ``lib/config.ts``, ``lib/index.ts`` and ``lib/walker.ts`` of @yao-pkg/pkg 6.21.0.
"""

from __future__ import annotations

import re

_PHRASES = {
    "bin-missing": "Property 'bin' does not exist, or its script does not exist",
    "config-unreadable": "Config file does not exist",
    "entry-missing": "Input file does not exist",
    "output-is-directory": "Refusing to overwrite non-file output",
    "output-is-input": "Refusing to overwrite input file",
    "package-missing": "Input file does not exist: package.json",
    "unproven-access": "Cannot resolve",
}
"""By the code of a message: what pkg says, before what sealift says."""

_SENTENCES = (
    (
        "target-unknown",
        r"Unknown element '(.+?)' in target '(.+?)'\.",
        r"Unknown token '\1' in '\2'.",
    ),
    ("target-unknown", r"Unknown target '(.+?)'\.", r"Unknown token '\1' in '\1'."),
    (
        "unknown-setting",
        r"pkg\.(.+) is not a setting and is ignored\.",
        r'Unknown key "\1" in pkg config — ignoring.',
    ),
    (
        "config-type",
        r"(?:pkg\.)?(\w+) must be true or false",
        r'pkg config: "\1" must be a boolean',
    ),
    (
        "config-type",
        r"(?:pkg\.)?(\w+) must be a string or an array of strings",
        r'pkg config: "\1" must be a string or string[]',
    ),
    ("config-type", r"(?:pkg\.)?(\w+) must be", r'pkg config: "\1" must be'),
    (
        "deploy-file",
        r".* needs the (file|directory) (.*) beside the executable, as (.*)\.$",
        r"Cannot include \1 %1 into executable. The \1 must be distributed with executable as %2."
        r" %1: \2 %2: path-to-executable/\3",
    ),
    (
        "not-a-script",
        r"(.*) of pkg\.scripts names files that are no scripts and ship as data: (.*)\.$",
        r"Non-javascript file is specified in 'scripts'. \1: \2",
    ),
    ("unresolved-specifier", r"(?=.* the \"main\" of )", "Entry 'main' not found: "),
)
"""Code, how sealift's sentence begins, and what pkg says in its place; the first that fits."""


def in_words_of_pkg(code: str, message: str) -> str:
    """Return a message in pkg's words, where scripts may look for them.

    Args:
        code: of an error or a finding.
        message: its sentence.
    """
    for known, pattern, replacement in _SENTENCES:
        if code == known and re.match(pattern, message):
            return re.sub(pattern, replacement, message, count=1)
    phrase = _PHRASES.get(code)
    return f"{phrase}: {message}" if phrase else message
