"""Scripts that a package reads around its caller."""

from __future__ import annotations

import pytest

from sealift.project.scan import find_references

IMPORT = "import read from 'openapi-comment-parser';\n"
REQUIRE = "const read = require('openapi-comment-parser');\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (f"{IMPORT}read();", [("**/*.js", True)]),
        (f"{REQUIRE}read({{ include: ['./a/*', 'b.js'] }});", [("a/*", True), ("b.js", True)]),
        (f"{REQUIRE}if (x) read();", [("**/*.js", False)]),
        (f"{REQUIRE}read({{ cwd: process.cwd() }});", []),
        (REQUIRE, []),
    ],
)
def test_scripts_around_a_call(code: str, expected: list[tuple[str, bool]]) -> None:
    found = find_references(code.encode(), module=None).scripts_read
    assert [(scripts.glob, scripts.certain) for scripts in found] == expected
    assert all(scripts.package == "openapi-comment-parser" for scripts in found)
