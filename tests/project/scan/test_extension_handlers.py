"""Functions that a script sets for the files of an extension."""

from __future__ import annotations

import pytest

from sealift.project.scan import extension_handlers

E = "require.extensions"
READS = "require('fs').readFileSync(f)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"require.extensions['.foo'] = (m, f) => m._compile({READS}, f)", [(".foo", 1, True)]),
        (f'\nModule._extensions[".a-b"]=function(m, f) {{ {READS} }}', [(".a-b", 2, True)]),
        ("require.extensions[ `.x` ] =\n  load;", [(".x", 1, False)]),
        ("e.extensions['.a'] = e.extensions['.b'] = load", [(".a", 1, False), (".b", 1, False)]),
        (
            f"const o = {E}['.js']; {E}['.js'] = (m, f) => {{ o(m, f); {READS} }}",
            [(".js", 1, False)],
        ),
        (f"const o = {E}['.js']; {E}['.ts'] = (m, f) => {{ {READS} }}", [(".ts", 1, True)]),
        (f"{E}['.a'] = {E}['.js']; {READS}", [(".a", 1, True)]),
        ("require.extensions['.foo'] === load", []),
        ("require.extensions['.foo'](module, file)", []),
        ("require.extensions[name] = load", []),
        ("const { extensions } = manifest", []),
    ],
)
def test_forms(text: str, expected: list[tuple[str, int, bool]]) -> None:
    found = extension_handlers(text.encode())
    assert [(one.extension, one.line, one.reads) for one in found] == expected
