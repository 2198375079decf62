"""The files that small programs read: they print the same from the packaged files alone.

Each program runs under plain Node twice: in its project, and from the packaged files, laid out
in another directory while the project is absent.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.findings import Severity
from sealift.model import Role, SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project

from .packaged_files import Compare, read_files

FS = "const fs = require('fs'), path = require('path');\n"
CALLS = "console.log(load(path.join(__dirname, 'a/1.txt')), load(path.join(__dirname, 'b/2.txt')))"
PACKAGE = '{"name": "program", "version": "1.0.0", "bin": "index.js"}'


@pytest.mark.parametrize(
    "helper",
    [
        "const load = (p) => fs.readFileSync(p, 'utf8');",
        "const load = function (p) { const q = p; return fs.readFileSync(q, 'utf8') };",
        "const io = { read(p) { return fs.readFileSync(p, 'utf8') } }, load = (p) => io.read(p);",
        "class IO { static read(p) { return fs.readFileSync(p, 'utf8') } } const load = IO.read;",
        "const load = (...p) => fs.readFileSync(...p, 'utf8');",
    ],
)
def test_a_helper_reads_several_files(helper: str, compare: Compare) -> None:
    files = {"index.js": FS + helper + CALLS, "package.json": PACKAGE}
    assert compare({**files, "a/1.txt": "one", "b/2.txt": "two"}) == "one two\n"


def test_a_helper_reads_urls(compare: Compare) -> None:
    index = """import { readFileSync } from 'node:fs';
        const text = (url) => readFileSync(url, 'utf8');
        console.log(text(new URL('./a', import.meta.url)), text(new URL('./b', import.meta.url)))
    """
    assert compare({"index.mjs": index, "a": "one", "b": "two"}) == "one two\n"


def test_a_helper_in_another_file_adds_the_extension(compare: Compare) -> None:
    index = FS + "console.log(require('./render')(path.join(__dirname, 'views/home')))"
    render = "module.exports = (p) => require('fs').readFileSync(p + '.html', 'utf8')"
    files = {"index.js": index, "render.js": render, "package.json": PACKAGE}
    assert compare({**files, "views/home.html": "<p>", "views/other.html": "-"}) == "<p>\n"


DICTIONARY = "fs.readdirSync(path.join(require.resolve('dat'), '../../dict'))"


@pytest.mark.parametrize(
    "index",
    [
        f"require('dat'); console.log({DICTIONARY})",
        f"console.log({DICTIONARY}); require('dat')",
        f"try {{ require('dat') }} catch {{}} console.log({DICTIONARY})",
        f"require.resolve('dat'); console.log({DICTIONARY})",
    ],
)
def test_a_package_is_required_and_its_files_are_located(index: str, compare: Compare) -> None:
    files = {"index.js": FS + index, "package.json": PACKAGE}
    files["node_modules/dat/package.json"] = '{"name": "dat", "main": "lib/main.js"}'
    files["node_modules/dat/lib/main.js"] = ""
    assert compare({**files, "node_modules/dat/dict/a.dic": ""}) == "[ 'a.dic' ]\n"


DATA = {"style.css": ":root{a:b}", "a.svg": "<svg/>", "b.vue": "<p>", "c.html": "<p>", "d.md": "#",
        "e.txt": "}", "f.foo": "{{", "g.scss": "$a: 1"}  # fmt: skip


def test_what_is_resolved_and_read_is_data(compare: Compare) -> None:
    reads = [f"fs.readFileSync(require.resolve('./{name}'), 'utf8')" for name in DATA]
    files = {"index.js": FS + f"console.log({', '.join(reads)})", "package.json": PACKAGE, **DATA}
    assert compare(files) == " ".join(DATA.values()) + "\n"


@pytest.mark.parametrize("settings", ["", ', "pkg": {"assets": "*"}'])
def test_data_is_not_read_as_javascript(tmp_path: Path, settings: str) -> None:
    """Also if a loader of the program reads it: ``require.extensions['.css']``."""
    loads = "".join(
        f"require('./{name}');" if name != "f.foo" else "require.resolve('./f.foo');"
        for name in DATA
    )
    files = {"index.js": loads, "package.json": PACKAGE.replace("}", settings + "}"), **DATA}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    options = BuildOptions(tmp_path / "index.js")
    read = read_project(open_manifest(options), options, SilentObserver())
    roles = {file.location.rpartition("/")[2]: file.role for file in read.files}
    assert {roles[name] for name in DATA} == {Role.ASSET}
    assert not [f for f in read.findings if f.code == "syntax-error"]


def test_a_package_of_style_sheets_is_data(tmp_path: Path) -> None:
    package = tmp_path / "node_modules" / "styles"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"name": "styles", "main": "main.css"}')
    (package / "main.css").write_text("a{}")
    (tmp_path / "package.json").write_text(
        PACKAGE.replace("}", ', "dependencies": {"styles": "1"}}')
    )
    (tmp_path / "index.js").write_text("")
    options = BuildOptions(tmp_path / "index.js")
    read = read_project(open_manifest(options), options, SilentObserver())
    roles = {file.location.rpartition("/")[2]: file.role for file in read.files}
    assert roles["main.css"] is Role.ASSET


BUN = "typeof Bun !== 'undefined'"
ABSENT = {
    "alternatives": "if (process.env.NODE_ENV === 'x') require('./gone'); console.log(1)",
    "one of several": "let p = './package.json'; if (process.env.X1) p = './gone.json';"
    " console.log(require(p).name)",
    "in a function": "function f() { return require.resolve('./gone') } console.log(typeof f)",
    "a package in a function": "function f() { return require('gone') } console.log(typeof f)",
    "resolve in try": "try { require.resolve('./gone') } catch { console.log(1) }",
    "another runtime": f"console.log({BUN} ? require('bun:sqlite') : 1)",
    "another runtime's constant": f"const b = {BUN}; console.log(b ? require('bun:sqlite') : 1)",
    "a member of globalThis": "console.log(globalThis.Deno ? require('npm:x') : 1)",
    "a version": "console.log(process.versions.bun ? require('bun') : 1)",
    "the user agent": "if (navigator.userAgent === 'Cloudflare-Workers') import('cloudflare:x');"
    " console.log(1)",
    "an address": "const f = () => import('https://x.example/y.js'); console.log(typeof f)",
    "a branch's file": f"if ({BUN}) require('./bun'); console.log(1)",
    "a branch's module": f"if ({BUN}) import('./bun.mjs'); console.log(1)",
}
OTHERS = {"bun.js": "require('bun:ffi'); require('./gone')", "bun.mjs": "import x from 'bun'"}


@pytest.mark.parametrize("kind", ABSENT)
def test_what_node_never_loads_may_be_absent(kind: str, compare: Compare) -> None:
    compare({"index.js": ABSENT[kind], "package.json": PACKAGE, **OTHERS})


@pytest.mark.parametrize(
    ("index", "severity"),
    [
        ("require('bun:sqlite')", Severity.ERROR),
        ("require('./gone')", Severity.ERROR),
        ("(() => require('./gone'))()", Severity.ERROR),
        ("if (x) require('./gone')", Severity.WARNING),
        ("if (x) require('bun:sqlite')", Severity.NOTE),
        ("if (x) require('./other')", Severity.NOTE),
        ("const b = typeof Bun !== 'undefined'; b ? require('bun-x') : 1", Severity.NOTE),
        ("const b = process.versions.bun; if (b) require('gone')", Severity.NOTE),
        ("require('./other')", Severity.ERROR),
        ("require.resolve('./other')", Severity.NOTE),
        ("require.resolve('./gone')", Severity.ERROR),
        ("require('./commands/' + x)", Severity.WARNING),
    ],
)
def test_the_severity_of_a_missing_module(index: str, severity: Severity, tmp_path: Path) -> None:
    (tmp_path / "index.js").write_text(index)
    (tmp_path / "other.js").write_text("require('npm:x')")
    (tmp_path / "commands").mkdir()
    (tmp_path / "commands" / "one.js").write_text("require('gone')")
    (tmp_path / "package.json").write_text(PACKAGE)
    options = BuildOptions(tmp_path / "index.js")
    read = read_project(open_manifest(options), options, SilentObserver())
    codes = ("unresolved-specifier", "unresolved-optional")
    assert [f.severity for f in read.findings if f.code in codes] == [severity]


LOCATES = """const fs = require('fs'), path = require('path');
module.exports = (name) => {
  const manifest = require.resolve(name + '/package.json', { paths: [__dirname] });
  return fs.readFileSync(path.join(path.dirname(manifest), require(manifest).data), 'utf8');
};
"""
PLUGIN = '{"name": "plugin", "version": "1.0.0", "main": "main.js", "data": "data/a.txt"}'


@pytest.mark.parametrize("lister", ["program", "tool"])
def test_a_package_is_located_by_a_computed_name(lister: str, compare: Compare) -> None:
    """Its name is in no source, and the file that is read lies beside its main file."""
    lists = '{"name": "%s", "version": "1.0.0", "dependencies": {"plugin": "1"}}'
    index = "console.log(require('tool')([...'nigulp'].reverse().join('')))"
    files = {
        "index.js": index,
        "package.json": PACKAGE,
        "node_modules/tool/package.json": '{"name": "tool", "version": "1.0.0"}',
        "node_modules/tool/index.js": LOCATES,
        "node_modules/plugin/package.json": PLUGIN,
        "node_modules/plugin/main.js": "",
        "node_modules/plugin/data/a.txt": "one",
    }
    place = "package.json" if lister == "program" else "node_modules/tool/package.json"
    assert compare({**files, place: lists % lister}) == "one\n"


BACKWARDS = "[...'nigulp'].reverse().join('')"
LOCATES_BY_PATH = [
    f"path.join(path.dirname(require.resolve({BACKWARDS})), 'data/a.txt')",
    f"path.join(require.resolve('plu' + {BACKWARDS}.slice(3)), '../data/a.txt')",
    f"path.join(require.resolve(`plu${{{BACKWARDS}.slice(3)}}/package.json`), '../data/a.txt')",
    f"new URL('data/a.txt', require('url').pathToFileURL(require.resolve({BACKWARDS})))",
]


@pytest.mark.parametrize("place", LOCATES_BY_PATH)
def test_a_path_is_made_of_the_path_of_a_package(place: str, compare: Compare) -> None:
    files = {
        "index.js": FS + f"console.log(fs.readFileSync({place}, 'utf8'))",
        "package.json": PACKAGE.replace("}", ', "dependencies": {"plugin": "1"}}'),
        "node_modules/plugin/package.json": PLUGIN,
        "node_modules/plugin/main.js": "",
        "node_modules/plugin/data/a.txt": "one",
    }
    assert compare(files) == "one\n"


def test_another_package_names_the_directory_of_a_located_package(compare: Compare) -> None:
    """Directories of examples are otherwise left out: the package itself does not name them."""
    registry = FS + "module.exports = (at) => fs.readdirSync(path.join(at.directory, 'examples'))"
    files = {
        "index.js": "const directory = require('path').dirname(require.resolve('nodes'));"
        "console.log(require('registry')({ directory }))",
        "package.json": PACKAGE,
        "node_modules/registry/package.json": '{"name": "registry", "main": "index.js"}',
        "node_modules/registry/index.js": registry,
        "node_modules/nodes/package.json": '{"name": "nodes", "main": "index.js"}',
        "node_modules/nodes/index.js": "",
        "node_modules/nodes/examples/flow.json": "{}",
        "node_modules/nodes/test/a.js": "",
    }
    assert compare(files) == "[ 'flow.json' ]\n"


def test_only_a_located_package_is_taken_whole(tmp_path: Path) -> None:
    names = {"node_modules/plugin/package.json": PLUGIN, "node_modules/plugin/main.js": ""}
    files = {**names, "node_modules/plugin/data/a.txt": "", "index.js": "require(x + '/y.json')"}
    files["package.json"] = PACKAGE.replace("}", ', "dependencies": {"plugin": "1"}}')
    read = read_files(files, tmp_path)
    assert {
        file.location.rpartition("/")[2] for file in read.files if "plugin" in file.location
    } == {
        "main.js",
        "package.json",
    }


NAMES = (
    ".env .eslintrc.json .gitignore .npmignore .prettierrc.json README.md a.d.ts a.js a.js.map"
    " a.spec.ts a.ts package-lock.json test/x.js .github/x.yml __tests__/y.js docs/z.md"
)
TEMPLATE = dict.fromkeys(NAMES.split(), "x")
FIND = FS + (
    "const find = (d) => fs.existsSync(path.join(d, 'package.json')) ? d : find(path.dirname(d));\n"
)


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("templates/app", "path.join(find(__dirname), 'templates', process.env.X ?? 'app')"),
        ("templates/app", "`${find(__dirname)}/templates/${process.env.X ?? 'app'}`"),
        ("templates/app", "path.resolve(find(__dirname), './templates/' + 'ppa'[2] + 'pp')"),
        ("lib/files/app", "path.join(find(__dirname), 'lib', 'files', process.env.X ?? 'app')"),
        ("examples/one", "path.join(find(__dirname), 'examples', process.env.X ?? 'one')"),
        ("docs", "path.join(find(__dirname), process.env.X ?? 'docs')"),
    ],
)
@pytest.mark.parametrize("helper", ["index.js", "lib/copy.js"])
def test_all_of_a_directory_that_a_package_copies(
    place: str, code: str, helper: str, compare: Compare
) -> None:
    """The files that a package taken whole lacks otherwise: tests, documentation, settings."""
    reads = f"module.exports = () => fs.readdirSync({code}, {{ recursive: true }}).sort();"
    files = {
        "index.js": "console.log(require('tool')().join(' '))",
        "package.json": PACKAGE,
        "node_modules/tool/package.json": '{"name": "tool", "version": "1.0.0"}',
        "node_modules/tool/index.js": f"module.exports = require('./{helper}')",
        f"node_modules/tool/{helper}": FIND + reads,
    }
    files |= {f"node_modules/tool/{place}/{name}": text for name, text in TEMPLATE.items()}
    assert len(compare(files).split()) == len(TEMPLATE) + 4


def test_what_a_whole_package_does_not_read_is_left_out(tmp_path: Path) -> None:
    """Names in other texts, and in the authors' own scripts, are no paths of the program."""
    code = """
        if (process.env.NODE_ENV === 'test') console.log('docs', 'https://x.example/examples/1');
        require('./lib'); require(process.argv[2]);
    """
    files = {
        "index.js": "require('tool')",
        "package.json": PACKAGE,
        "node_modules/tool/package.json": '{"name": "tool", "version": "1.0.0"}',
        "node_modules/tool/index.js": code,
        "node_modules/tool/lib/index.js": "",
        "node_modules/tool/other.js": "",
        "node_modules/tool/eslint.config.js": "module.exports = { files: ['test/**', 'docs/*'] }",
        "node_modules/tool/scripts/build.js": "require('path').join(x, 'examples')",
    }
    out = ("test/a.js", "docs/a.md", "examples/a.js", "lib/index.d.ts", "lib/index.js.map")
    files |= {f"node_modules/tool/{name}": "" for name in (*out, "README.md", ".eslintrc")}
    read = read_files(files, tmp_path)
    found = {file.location.partition("tool/")[2] for file in read.files}
    assert found - {""} == {
        "index.js", "lib/index.js", "other.js", "package.json", "eslint.config.js",
        "scripts/build.js",
    }  # fmt: skip


def test_all_of_a_directory_that_a_pattern_names(compare: Compare) -> None:
    """The templates of a package whose files are proven; its own tests are left out."""
    reads = """const name = process.argv[2] ?? 'app';
        const place = path.resolve(__filename, '../..', `template-${name}`);
        module.exports = () => fs.readdirSync(place, { recursive: true }).sort();
    """
    files = {
        "index.js": "console.log(require('tool')().join(' '))",
        "package.json": PACKAGE,
        "node_modules/tool/package.json": '{"name": "tool", "version": "1.0.0", "main": "lib/a"}',
        "node_modules/tool/lib/a.js": FS + reads,
    }
    files |= {f"node_modules/tool/template-app/{name}": text for name, text in TEMPLATE.items()}
    assert len(compare(files).split()) == len(TEMPLATE) + 4


FRESH = """const path = require('path');
module.exports = (name) => require(path.resolve(path.dirname(module.parent.filename), name));
"""


@pytest.mark.parametrize(
    "index",
    [
        "const fresh = require('fresh');\nconsole.log(fresh('./lib/a'))",
        "console.log(require('fresh')('./lib/a.js'))",
    ],
)
def test_a_package_loads_a_module_that_it_is_given(index: str, compare: Compare) -> None:
    files = {
        "index.js": index,
        "package.json": PACKAGE,
        "lib/a.js": "module.exports = 'one'",
        "node_modules/fresh/package.json": '{"name": "fresh", "main": "index.js"}',
        "node_modules/fresh/index.js": FRESH,
    }
    assert compare(files) == "one\n"


def test_texts_that_name_no_script_are_not_modules(tmp_path: Path) -> None:
    index = "const glob = require('glob'), path = require('path');\nglob('./src/*.js');\n"
    index += "path.join('./lib/a'); glob('./gone'); other('./lib/a')"
    package = '{"name": "glob", "main": "index.js"}'
    files = {"index.js": index, "package.json": PACKAGE, "lib/a.js": "", "src/b.js": ""}
    files |= {"node_modules/glob/package.json": package, "node_modules/glob/index.js": ""}
    read = read_files(files, tmp_path)
    assert not [one for one in read.files if one.location.endswith(("a.js", "b.js"))]
    assert not [one for one in read.findings if one.code == "reference-missing"]
