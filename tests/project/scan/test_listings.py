"""Loops that read every file of a directory, and loops that may leave some out."""

from __future__ import annotations

import pytest

from sealift.project.scan import find_references

HEAD = "const fs = require('fs'), path = require('path'), d = path.join(__dirname, 'routes');\n"
READ = "fs.readFileSync(path.join(d, n))"


def certain_patterns(source: str) -> list[tuple[str, ...]]:
    files = find_references((HEAD + source).encode(), module=False).files
    return [one.parts for one in files if one.certain]


@pytest.mark.parametrize(
    "source",
    [
        f"for (const n of fs.readdirSync(d)) console.log({READ});",
        f"const names = fs.readdirSync(d); for (const n of names) {{ use(1); f({READ}); }}",
        f"fs.readdirSync(d).forEach((n) => {READ});",
        f"const all = fs.readdirSync(d).map(function (n) {{ return {READ} }});",
        "for (const n of fs.readdirSync(__dirname + '/routes')) f(fs.readFileSync(`${d}/${n}`));",
    ],
)
def test_every_file_of_a_listed_directory_is_read(source: str) -> None:
    assert certain_patterns(source) == [("routes/", "")]


@pytest.mark.parametrize(
    "source",
    [
        f"for (const n of fs.readdirSync(d)) if (n.endsWith('.css')) f({READ});",
        f"for (const n of fs.readdirSync(d)) {{ if (a) continue; f({READ}); }}",
        f"fs.readdirSync(d).filter((n) => n.endsWith('.css')).forEach((n) => {READ});",
        f"for (const n of fs.readdirSync(other)) f({READ});",
        f"for (const n of fs.readdirSync(d, {{ withFileTypes: true }})) f({READ});",
        f"function later() {{ for (const n of fs.readdirSync(d)) f({READ}); }}",
        f"if (a) fs.readdirSync(d).forEach((n) => {READ});",
        f"for (const n in fs.readdirSync(d)) f({READ});",
        f"try {{ fs.readdirSync(d).forEach((n) => {READ}); }} catch {{}}",
        READ,
    ],
)
def test_some_files_may_not_be_read(source: str) -> None:
    assert certain_patterns(source) == []
