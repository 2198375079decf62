"""Paths that are only printed name no files; paths of files that are printed do."""

from __future__ import annotations

import pytest

from .scan_notation import scanned


@pytest.mark.parametrize(
    "source",
    [
        "console.log(__dirname)",
        "console.log('in', { directory: __dirname }, [__filename])",
        "console.log(JSON.stringify({ a: [{ b: __dirname }] }))",
        "console.log(`${__dirname} is here`, __dirname + ':')",
        "process.stdout.write(__dirname + '\\n')",
        "process.stderr.write(`${__filename}\\n`)",
        "console.log(util.inspect(process.argv[2] ? __dirname : 0))",
        "console.log(util.format('%s', __dirname), { require })",
        "console.log(new URL(import.meta.url).pathname, [import.meta.dirname])",
    ],
)
def test_a_printed_path_refers_to_nothing(source: str) -> None:
    assert scanned(source) == []


def test_the_path_of_a_file_is_a_reference_even_if_it_is_printed() -> None:
    assert scanned("console.log([__dirname + '/a.txt'])") == ["path a.txt"]


@pytest.mark.parametrize(
    "source",
    ["f({ directory: __dirname })", "console.log(f(__dirname))", "write({ text: [__dirname] })"],
)
def test_a_path_that_a_function_gets_is_unproven(source: str) -> None:
    assert scanned(source) == ["unproven path"]
