"""docs/configuration.md, from the keys of a configuration and their types."""

from __future__ import annotations

from collections.abc import Iterable

from sealift.project.settings.keys import (
    ARRAY,
    CYCLONEDX_OR_SPDX,
    FLAG,
    FUNCTION,
    HOOK,
    KEY_TYPES,
    OBJECT,
    STRIP_OR_TRANSFORM,
    TEXT,
    TEXTS_OR_OBJECT,
)
from sealift.project.settings.schema import DESCRIPTIONS
from sealift.project.settings.values import TEXTS

_TYPES = {
    ARRAY: "list",
    FLAG: "true or false",
    FUNCTION: "function",
    HOOK: "command, or function",
    OBJECT: "object",
    CYCLONEDX_OR_SPDX: '`"cyclonedx"` or `"spdx"`',
    STRIP_OR_TRANSFORM: '`"strip"` or `"transform"`',
    TEXT: "text",
    TEXTS_OR_OBJECT: "text, list of texts, or object",
    TEXTS: "text, or list of texts",
}

_INTRODUCTION = """\
# Configuration

This page is generated from the code: run `python3 dev.py generate`.

Settings are in one place: the key `pkg` of package.json, or `.pkgrc`, `.pkgrc.json`,
`pkg.config.js`, `pkg.config.cjs`, `pkg.config.mjs` or `pkg.config.ts` beside it, or the file that
`--config` names. Configurations in JavaScript and TypeScript are run, and may contain functions.
Options of the command line come first. A key that is unknown is reported, with the nearest one that
is known. Paths and patterns are relative to the file that contains them.

```json
{ "pkg": { "targets": ["linux-x64", "win-x64"], "assets": "views/**/*", "compress": "Zstd" } }
```

For editors there is a [JSON Schema](configuration.schema.json): name it in `$schema`.

| key | value | meaning |
|---|---|---|
"""


def configuration_page() -> str:
    """Return docs/configuration.md: a row for each key."""
    return _INTRODUCTION + "".join(_rows())


def _rows() -> Iterable[str]:
    for key in sorted(KEY_TYPES):
        meaning = DESCRIPTIONS[key].replace("*", "\\*").replace("|", "\\|")
        yield f"| `{key}` | {_TYPES[KEY_TYPES[key]]} | {meaning} |\n"
