"""patches, deployFiles and the dictionary: of the project, of packages, and sealift's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rigs import host_target
from rigs.machine import complete
from sealift.errors import UsageError
from sealift.model import Project, SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project
from sealift.project.dictionary import DICTIONARY
from sealift.project.settings import Edit
from support.command_line import Sealift
from support.equipment import FindNode, InstallPackages
from support.project_trees import plant


@pytest.fixture(autouse=True)
def in_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tmp_path / "proj"
    directory.mkdir()
    monkeypatch.chdir(directory)


def read(tree: str, settings: dict[str, Any] | None = None, **options: Any) -> Project:
    plant(tree, Path())
    manifest = {"name": "proj", "bin": "a.js", "pkg": settings or {}}
    Path("package.json").write_text(json.dumps(manifest))
    given = BuildOptions(Path(), **options)
    work = Path.cwd().parent / "work"
    work.mkdir(exist_ok=True)
    return read_project(open_manifest(given), given, SilentObserver(), work=work)


def content(project: Project, location: str) -> str:
    return next(file.content.read_text() for file in project.files if file.location == location)


def codes(project: Project) -> list[str]:
    return [one.code for one in project.findings if one.severity != "note"]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        (["a.b", "$&.$$x"], "a.b.$x(1); a.b.$x(2)"),
        (["a.b(", "one(", "one(", "two("], "two(1); two(2)"),
        ([{"do": "erase"}, "gone"], "gone"),
        ([{"do": "prepend"}, "1;", {"do": "append"}, ";3"], "1;a.b(1); a.b(2);3"),
    ],
)
def test_patches_change_the_text(pairs: list[Any], expected: str) -> None:
    project = read("== a.js\na.b(1); a.b(2)", {"patches": {"a.js": pairs}})
    assert content(project, "proj/a.js") == expected
    assert Path("a.js").read_text() == "a.b(1); a.b(2)"
    assert codes(project) == []


def test_what_a_patch_puts_in_is_traced_and_data_is_patched_too() -> None:
    patches = {"a.js": ["load()", "require('./b')"], "c.txt": ["old", "new"]}
    tree = "== a.js\nload()\n== b.js\n\n== c.txt\nold"
    project = read(tree, {"patches": patches, "assets": "c.txt"})
    assert "proj/b.js" in [file.location for file in project.files]
    assert content(project, "proj/c.txt") == "new"


def test_patches_in_vain_are_reported() -> None:
    settings = {"patches": {"a.js": ["missing", "x"], "no.js": ["a", "b"]}}
    project = read("== a.js\n1", settings)
    assert codes(project) == ["patch-without-match", "patch-unused"]


PACKAGE = """
== a.js
require('p')
== node_modules/p/package.json
{"name": "p", "version": "1.0.0", "main": "i.js", "dependencies": {"q": "1"}%s}
== node_modules/p/i.js
exports.a = 'old'
== node_modules/p/data/d.bin
data
== node_modules/p/lib/more.js
more
== node_modules/q/package.json
{"name": "q", "version": "1.0.0"}
== node_modules/q/index.js
q
"""


def test_a_package_may_say_what_it_needs() -> None:
    own = {"assets": "data/*", "scripts": ["lib/*"], "patches": {"i.js": ["old", "new"]}}
    project = read(PACKAGE % f', "pkg": {json.dumps(own)}')
    locations = [file.location for file in project.files]
    assert "proj/node_modules/p/data/d.bin" in locations
    assert "proj/node_modules/p/lib/more.js" in locations
    assert content(project, "proj/node_modules/p/i.js") == "exports.a = 'new'"
    assert codes(project) == []


@pytest.mark.parametrize(
    "own", [{"assets": 1}, {"patches": {"i.js": ["odd"]}}, {"deployFiles": "x"}, [], "text"]
)
def test_what_a_package_says_wrongly_does_not_fail_the_build(own: Any) -> None:
    assert codes(read(PACKAGE % f', "pkg": {json.dumps(own)}')) == []


def test_a_package_cannot_reach_beyond_itself() -> None:
    own = {
        "assets": ["../../secret.txt"],
        "patches": {"../../a.js": [{"do": "append"}, "evil()"]},
        "deployFiles": [
            *(["../../secret.txt", "s"], ["i.js", "../out.js"], ["i.js", "/etc/x"]),
            *(["i.js", ".bashrc"], ["i.js", "sub/.git/hooks/pre-commit"]),
        ],
    }
    project = read(PACKAGE % f', "pkg": {json.dumps(own)}' + "== secret.txt\nsecret")
    assert "proj/secret.txt" not in [file.location for file in project.files]
    assert content(project, "proj/a.js") == "require('p')"
    assert project.deploy_files == ()
    assert codes(project) == ["deploy-file-unusable"] * 5


def test_the_dictionary_of_the_project_takes_the_place_of_the_packages_own() -> None:
    entry = {"assets": ["data/*"], "patches": {"i.js": ["old", "mine"]}}
    tree = PACKAGE % ', "pkg": {"patches": {"i.js": ["old", "own"]}}'
    project = read(tree, {"dictionary": {"p": entry}})
    assert content(project, "proj/node_modules/p/i.js") == "exports.a = 'mine'"
    assert "proj/node_modules/p/data/d.bin" in [file.location for file in project.files]
    assert "proj/node_modules/q/index.js" in [file.location for file in project.files]
    whole = {"pkg": entry, "dependencies": {"q": None}}
    project = read(tree, {"dictionary": {"p": whole}})
    assert content(project, "proj/node_modules/p/i.js") == "exports.a = 'mine'"
    assert "proj/node_modules/q/index.js" not in [file.location for file in project.files]


def test_deploy_files_are_listed_unless_they_are_copied() -> None:
    settings = {"deployFiles": [["d", "sub/d", "directory"], ["b.bin", "b.bin"]]}
    tree = "== a.js\n1\n== d/e.txt\ne\n== b.bin\nb"
    project = read(tree, settings)
    assert [one.destination for one in project.deploy_files] == ["sub/d", "b.bin"]
    assert [one.message for one in project.findings if one.code == "deploy-file"] == [
        "proj needs the directory d beside the executable, as sub/d.",
        "proj needs the file b.bin beside the executable, as b.bin.",
    ]
    assert codes(read(tree, settings, deploy=True)) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"patches": {"a.js": ["x"]}},
        {"patches": {"a.js": [1, "x"]}},
        {"patches": {"a.js": [{"do": "burn"}, "x"]}},
        {"patches": {"a.js": "x"}},
        {"patches": {"a.js": ["", "x"]}},
        {"deployFiles": ["x"]},
        {"deployFiles": [["x"]]},
        {"deployFiles": [["x", 1]]},
        {"dictionary": {"p": 1}},
        {"dictionary": {"p": {"assets": 1}}},
        {"dictionary": {"p": {"pkg": {"patches": []}}}},
        {"dictionary": {"p": {"dependencies": []}}},
    ],
)
def test_wrong_values_are_refused_with_their_path(settings: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        read("== a.js\n1", settings)
    assert caught.value.code == "config-type"
    assert f"pkg.{next(iter(settings))}" in caught.value.message


def test_entries_of_the_dictionary_can_be_turned_off() -> None:
    tree = PACKAGE.replace("node_modules/p/", "node_modules/rc/").replace('"p"', '"rc"') % ""
    tree = tree.replace("require('p')", "require('rc')").replace("i.js", "lib/utils.js")
    tree = tree.replace("exports.a = 'old'", "find(process.cwd(), rel)")
    location = "proj/node_modules/rc/lib/utils.js"
    assert "process.pkg" in content(read(tree), location)
    for off in ("rc", "rc.js", "x, rc", "*"):
        assert "process.pkg" not in content(read(tree, no_dictionary=(off,)), location)
        assert "process.pkg" not in content(read(tree, {"noDictionary": [off]}), location)
    assert "process.pkg" in content(read(tree, {"noDictionary": ["x"]}), location)


def test_the_dictionary_only_replaces_text() -> None:
    for entry in DICTIONARY.values():
        for edits in entry.patches.values():
            assert all(isinstance(one, Edit) and one.action == "replace" for one in edits)


def test_express_its_loader_and_rc_find_what_is_packaged(
    sealift: Sealift, node_binary: FindNode, npm_project: InstallPackages, tmp_path: Path
) -> None:
    node = node_binary("24", *host_target())
    packages = npm_project({"express": "4.22.1", "express-load": "1.1.16", "rc": "1.2.8"})
    Path("node_modules").symlink_to(packages / "node_modules")
    plant(
        "== parts/one.js\nmodule.exports = 1\n== views/i.html\nVIEW\n"
        '== .apprc\n{"packaged": true}\n== app.js\n'
        "const app = require('express')();\n"
        "app.engine('html', (file, _, done) => require('fs').readFile(file, 'utf8', done));\n"
        "const show = (error, text) => console.log(error ? error.message : text);\n"
        "app.render('i.html', show);\n"
        "app.set('views', './views');\n"
        "app.render('i.html', show);\n"
        "console.log(require('rc')('app').packaged);\n"
        "require('express-load')('parts').into(app);\n"
        "console.log(app.parts);\n",
        Path(),
    )
    settings = {"assets": ["views/**", ".apprc"], "scripts": "parts/*.js"}
    Path("package.json").write_text(json.dumps({"name": "p", "bin": "app.js", "pkg": settings}))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def lines(*options: str) -> list[str]:
        output = tmp_path / "out.exe"
        arguments = ("pkg", ".", "-t", "node24", "-o", output, *options)
        done = sealift(*arguments, cwd=Path.cwd(), env={"PKG_NODE_PATH": str(node)})
        assert done.code == 0, done.stdout
        ran = complete([output], cwd=elsewhere, env={}, timeout=60)
        return sorted(ran.stdout.split("\n"))

    assert lines() == ["", "VIEW", "VIEW", "true", "{ one: 1 }"]
    without = lines("--no-dict", "*")
    assert "VIEW" not in without
    assert "undefined" in without
