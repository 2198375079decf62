"""What Node refuses, the build refuses: with Node's words, file and line, and a remedy."""

from __future__ import annotations

import subprocess

import pytest

from sealift.errors import UsageError
from sealift.findings import Finding, IncompleteProjectError, Severity
from support.bytecode_builds import Build, MakeProject, package, packaged

REFUSED = {
    "an enum": (
        "const a = 1;\n  enum A { B }\n",
        ("typescript-unsupported", 2, "column 3 (ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX"),
    ),
    "a namespace": (
        "namespace A { export const x = 1 }\n",
        ("typescript-unsupported", 1, "column 1 (ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX"),
    ),
    "a parameter property": (
        "class A { constructor(private x: number) {} }\n",
        ("typescript-unsupported", 1, "column 31 (ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX"),
    ),
    "a syntax error": (
        "\nlet b: = 3;\n",
        ("typescript-invalid", 2, "column 8 (ERR_INVALID_TYPESCRIPT_SYNTAX"),
    ),
    "JSX": ("const a = <div>;\n", ("typescript-invalid", 1, "(ERR_INVALID_TYPESCRIPT_SYNTAX")),
    "a decorator": (
        "class A {\n  @d m(): void {}\n}\n",
        ("typescript-decorator", 2, "column 3 (SyntaxError: Invalid or unexpected token"),
    ),
    "a decorator of a module": (
        "import fs from 'node:fs';\n@d class A {}\n",
        ("typescript-decorator", 2, "column 1 (SyntaxError: Invalid or unexpected token"),
    ),
    "a name declared twice": (
        "const a: number = 1;\nconst a = 2;\n",
        ("typescript-invalid", 2, "column 7 (SyntaxError: Identifier 'a'"),
    ),
}


def refused(make_project: MakeProject, build: Build, files: dict[str, str], entry: str) -> Finding:
    root = make_project({"package.json": package("app", license="MIT"), **files})
    with pytest.raises(IncompleteProjectError) as caught:
        build(root / entry, sea=True)
    (error,) = [one for one in caught.value.findings if one.severity == Severity.ERROR]
    assert error.remedy
    return error


@pytest.mark.parametrize("imported", [False, True])
@pytest.mark.parametrize("name", REFUSED)
def test_syntax(make_project: MakeProject, build: Build, name: str, imported: bool) -> None:
    source, (code, line, words) = REFUSED[name]
    files = {"index.ts": source}
    if imported:
        files = {"index.ts": "import './lib.ts';\n", "lib.ts": source}
    error = refused(make_project, build, files, "index.ts")
    assert (error.code, error.line) == (code, line)
    assert error.file.endswith("lib.ts" if imported else "index.ts")
    assert words in error.message


def test_the_remedy_for_an_enum_works(make_project: MakeProject, build: Build) -> None:
    files = {"index.ts": "enum A { B }\n"}
    error = refused(make_project, build, files, "index.ts")
    assert 'pkg.typescript to "transform"' in error.remedy
    settings = package("app", license="MIT", pkg={"typescript": "transform"})
    build(make_project({"package.json": settings, **files}) / "index.ts", sea=True)


@pytest.mark.parametrize("index", ["import 'lib';\n", "require('lib');\n"])
def test_types_in_node_modules(make_project: MakeProject, build: Build, index: str) -> None:
    files = {
        "index.js": f"\n{index}",
        "node_modules/lib/package.json": package("lib", main="lib.ts"),
        "node_modules/lib/lib.ts": "export const a: number = 1;\n",
    }
    error = refused(make_project, build, files, "index.js")
    assert (error.code, error.line) == ("typescript-installed", 2)
    assert error.file.endswith("index.js")
    assert "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING" in error.message
    assert "node_modules/lib/lib.ts" in error.message


def test_a_linked_package_is_not_installed(make_project: MakeProject, build: Build) -> None:
    """As for Node, the real path decides: workspaces link their packages."""
    root = make_project(
        {
            "package.json": package("app", workspaces=["packages/*"]),
            "index.js": "import('lib').then((lib) => console.log(lib.a));\n",
            "packages/lib/package.json": package("lib", main="lib.ts", type="module"),
            "packages/lib/lib.ts": "export const a: number = 1;\n",
        }
    )
    (root / "node_modules").mkdir()
    (root / "node_modules" / "lib").symlink_to("../packages/lib")
    build(root / "index.js")


def test_typescript_that_is_data_stays_as_it_is(make_project: MakeProject, build: Build) -> None:
    template = "enum A { B } // a template\n"
    root = make_project(
        {
            "package.json": package("app", license="MIT", pkg={"assets": "templates/**"}),
            "index.js": "const fs = require('fs');\n"
            "process.stdout.write(fs.readFileSync(__dirname + '/templates/a.ts', 'utf8'));\n",
            "templates/a.ts": template,
        }
    )
    (executable,) = build(root / "index.js", sea=True).executables
    assert template.encode() in executable.path.read_bytes()


@pytest.mark.parametrize("sea", [True, False], ids=["source", "bytecode"])
def test_typescript_that_is_loaded_all_the_same(
    make_project: MakeProject, build: Build, sea: bool
) -> None:
    """Nothing loads it by its name, so it is packaged unchanged; Node strips its types."""
    root = make_project(
        {
            "package.json": package("app", license="MIT", type="module"),
            "index.ts": "import { readdirSync } from 'node:fs';\n"
            "for (const name of readdirSync(import.meta.dirname + '/routes'))\n"
            "  console.log((await import(['./routes', name].join('/'))).x as string);\n",
            "routes/a.ts": "export const x: string = 'a';\n",
        }
    )
    (executable,) = build(root / "index.ts", sea=sea).executables
    done = subprocess.run([executable.path], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("a\n", "", 0)


def test_scripts_of_the_settings_are_stripped(make_project: MakeProject, build: Build) -> None:
    settings = {"scripts": "routes/*.ts"}
    root = make_project(
        {
            "package.json": package("app", pkg=settings),
            "index.js": "require(process.argv[2]);\n",
            "routes/a.ts": "console.log('a' as string);\n",
        }
    )
    image = packaged(build(root / "index.js"))
    assert "app/routes/a.ts" in image.bytecode
    assert image.records["app/routes/a.ts"].source_left_out


@pytest.mark.parametrize("value", ["compile", True, ["strip"]])
def test_an_unknown_mode_is_refused(make_project: MakeProject, build: Build, value: object) -> None:
    root = make_project({"package.json": package("app", pkg={"typescript": value}), "index.js": ""})
    with pytest.raises(UsageError) as caught:
        build(root / "index.js")
    assert '"strip" or "transform"' in str(caught.value)
