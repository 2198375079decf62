"""Files that packaged data names: programs read them from the packaged files alone.

A package reads the file that it gets, and then whatever that names, as renderers and parsers do.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from .packaged_files import Compare, read_files

PACKAGE = '{"name": "program", "version": "1.0.0", "license": "UNLICENSED", "bin": "index.js"}'
# Reads a file, and the files of a list that lie where the first one says.
READ_ALL = """const fs = require('fs'), path = require('path');
module.exports = (first, others) => [first, ...others.map((name) => path.join(first, '..', name))]
    .map((file) => fs.readFileSync(file, 'utf8').trim()).join('|');
"""


def program(first: str, content: str, others: dict[str, str]) -> dict[str, str]:
    """Return a program that has ``others``, relative to the file ``first``, read by a package."""
    names = list(others)
    index = f"console.log(require('reads')(require('path').join(__dirname, '{first}'), {names}))"
    folder = Path(first).parent
    return {
        "index.js": index,
        "package.json": PACKAGE,
        "node_modules/reads/package.json": '{"name": "reads", "main": "index.js"}',
        "node_modules/reads/index.js": READ_ALL,
        first: content,
        **{str(Path(folder, name)): text for name, text in others.items()},
    }


NAMING = [
    ("a/p.html", "<link rel=stylesheet href=s/a.css><img src='i.svg?1'>", "s/a.css i.svg"),
    ("a/p.html", "<style>@import 'b.css';</style><script src='/b.js'></script>", "b.css b.js"),
    ("a/s.css", "@import url(b.css);\na { src: url('f.woff') }", "b.css f.woff"),
    ("a/s.scss", "@use 'b';\n@import \"c/d\";", "_b.scss c/d.scss"),
    ("a/s.scss", "@use 'b';", "b/_index.scss"),
    ("a/s.less", "@import (reference) 'b';", "b.less"),
    ("a/m.pug", "extends b\nblock c\n  include c/d.pug\n  include:md e.md", "b.pug c/d.pug e.md"),
    ("a/m.ejs", "<%- include('b', {}) %><%- include(\"c.ejs\") %>", "b.ejs c.ejs"),
    ("a/m.njk", "{% extends 'b.njk' %}{% include \"c.txt\" %}", "b.njk c.txt"),
    ("a/m.mjml", '<mj-include path="./b.mjml" />', "b.mjml"),
    ("a/s.proto", 'import "b.proto";\nimport public "c.proto";', "b.proto c.proto"),
    ("a/s.graphql", "# import Post from 'b.graphql'\n#import 'c.gql'", "b.graphql c.gql"),
    ("a/o.yaml", "a: { $ref: './b.yaml#/x' }\nb:\n  $ref: 'c.yaml'", "b.yaml c.yaml"),
    ("a/o.json", '{"a": {"$ref": "./b.json#/x"}, "extends": "c"}', "b.json c.json"),
    ("a/s.xsd", '<xs:include schemaLocation="b.xsd"/>', "b.xsd"),
]


@pytest.mark.parametrize(("first", "content", "others"), NAMING)
def test_what_a_file_names_is_there(
    first: str, content: str, others: str, compare: Compare
) -> None:
    texts = {name: f"text of {name}" for name in others.split()}
    expected = "|".join([content.strip(), *texts.values()])
    assert compare(program(first, content, texts)) == f"{expected}\n"


def test_names_lead_on(compare: Compare) -> None:
    files = program("a/m.pug", "extends b/c", {"b/c.pug": "include ../../e/f", "../e/f.pug": "f"})
    assert compare(files) == "extends b/c|include ../../e/f|f\n"


def test_names_from_a_directory_above(compare: Compare) -> None:
    files = program("p/a/s.proto", 'import "a/t.proto";', {"t.proto": "t", "../b/u.proto": "u"})
    files["p/a/t.proto"] = 'import "b/u.proto";'
    assert compare(files).endswith('|import "b/u.proto";|u\n')


@pytest.mark.parametrize(
    ("first", "content", "absent"),
    [
        ("a.html", "<a href='server.js'>its source</a>", "server.js"),  # not run by browsers
        ("a.pug", "p include b", "b.pug"),  # a text
        ("a.css", "/* b.css */ a { b: 'c.css' }", "c.css"),
        ("a/b.css", "@import '../../../outside.css';", "outside.css"),
        ("a.css", "@import 'https://x.invalid/b.css'; @import '//b.css';", "b.css"),
        ("a.json", '{"name": "b.json"}', "b.json"),
        ("a.yaml", "$ref: './.env'", ".env"),
    ],
)
def test_what_it_does_not_name_is_not_packaged(
    first: str, content: str, absent: str, tmp_path: Path
) -> None:
    files = {"p/" + name: text for name, text in program(first, content, {}).items()}
    folder = "" if "outside" in absent else "p/"
    (tmp_path / "p").mkdir()
    (tmp_path / f"{folder}{absent}").write_text("secret")
    found = read_files(
        {name.removeprefix("p/"): text for name, text in files.items()}, tmp_path / "p"
    )
    assert [file for file in found.files if file.location.endswith(first)]
    assert not [file for file in found.files if file.location.endswith(f"/{absent}")]


def test_scripts_of_a_page_ship_as_source(tmp_path: Path) -> None:
    files = program("page.html", "<script src=app.js></script>", {"app.js": "start()"})
    (script,) = (
        file for file in read_files(files, tmp_path).files if file.location.endswith("app.js")
    )
    assert script.public
