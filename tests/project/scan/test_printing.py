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
        "const info = { here: __dirname }; console.log(info); console.error(JSON.stringify(info))",
        "console.log([1, __dirname].concat(2), __filename.toUpperCase())",
        "console.log(__dirname.split('/').slice(1).join(':'), __dirname.length)",
        "const name = __dirname.split('/').pop(); console.log(name)",
        "console.log(process.cwd() + __dirname, `${process.cwd()} ${__filename}`)",
        "console.log(crypto.createHash('md5').update(__filename).digest('hex'))",
        "console.log(new URL(import.meta.url).pathname, [import.meta.dirname])",
    ],
)
def test_a_printed_path_refers_to_nothing(source: str) -> None:
    assert scanned(source) == []


def test_the_path_of_a_file_is_a_reference_even_if_it_is_printed() -> None:
    assert scanned("console.log([__dirname + '/a.txt'])") == ["path a.txt"]


@pytest.mark.parametrize(
    "source",
    [
        "const info = { here: __dirname }; console.log(info); f(info)",
        "export const info = { here: __dirname }; console.log(info)",
        "const name = __dirname.split('/').pop(); f(name)",
        "f(__dirname.toUpperCase())",
        "hash.update(__filename)",
        "f({ directory: __dirname })",
        "console.log(f(__dirname))",
        "write({ text: [__dirname] })",
    ],
)
def test_a_path_that_a_function_gets_is_unproven(source: str) -> None:
    assert scanned(source) == ["unproven path"]
