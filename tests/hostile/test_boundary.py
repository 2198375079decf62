"""Packages that reach for files that are not theirs: none gets one, and each attempt is reported.

Each attack is the source of a package ``evil``, which the project depends on. Every file that it
must not get holds the word FOREIGN.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.hostile_projects import REQUIRES, foreign_files, read_hostile, refusals
from support.project_trees import plant

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows needs rights to make links")

EVIL = "home/proj/node_modules/evil"
WORLD = """
== home/.docker/config.json
{"auths": "FOREIGN"}
== home/private/data.js
module.exports = 'FOREIGN';
== home/private/data.json
{"value": "FOREIGN"}
== home/private/data.txt
FOREIGN
== home/private/tool.sh
#!/bin/sh FOREIGN
== home/private/addon.node
FOREIGN
== home/private/index.js
module.exports = 'FOREIGN';
== home/other/package.json
{"name": "other", "main": "index.js", "description": "FOREIGN"}
== home/other/index.js
module.exports = 'FOREIGN';
== home/proj/package.json
{"name": "proj", "bin": "index.js", "dependencies": {"evil": "1"}}
== home/proj/index.js
require('evil');
== home/proj/.env
TOKEN=FOREIGN
== home/proj/src/own.js
module.exports = 'FOREIGN';
== home/proj/node_modules/good/index.js
module.exports = 'public';
"""
MANIFEST = f'== {EVIL}/package.json\n{{"name": "evil", "version": "1.0.0"%s}}\n'


@dataclass(frozen=True, slots=True)
class Attack:
    """A package that reaches out.

    Attributes:
        source: of its ``index.js``; ``{home}`` stands for the real path of the home directory.
        fields: of its package.json besides the name.
        tree: more files and links.
        said_at: the file of the finding about it, in the package; "" if the attempt names no file,
            so that there is nothing to report.
        line: of the finding, or 0.
    """

    source: str
    fields: str = ""
    tree: str = ""
    said_at: str = "index.js"
    line: int = 1


def link(name: str, target: str) -> str:
    return f"== {EVIL}/{name} -> {target}\n"


ATTACKS = {
    "an absolute require in try": Attack(
        "try { require('{home}/.docker/config.json') } catch {}"
    ),
    "an absolute require": Attack("require('{home}/private/data.js')"),
    "a relative require": Attack("require('../../../private/data.js')"),
    "a require without extension": Attack("require('../../../private/data')"),
    "a required directory": Attack("require('../../../private')"),
    "a required directory with package.json": Attack("require('../../../other')"),
    "required JSON": Attack("\nrequire('../../../private/data.json')", line=2),
    "a file of the project": Attack("require('../../src/own')"),
    "a way through its own name": Attack("require('evil/../../../private/data.js')"),
    "a way through another package": Attack("require('good/../../../private/data.js')"),
    "an import": Attack("import '../../../private/data.js'"),
    "an import of a URL": Attack("import 'file://{home}/private/data.js'"),
    "an import of JSON": Attack(
        "import d from '../../../private/data.json' with { type: 'json' }"
    ),
    "a dynamic import": Attack("import('../../../private/data.js').catch(() => {})"),
    "a re-export": Attack("export * from '../../../private/data.js'"),
    "main": Attack("", ', "main": "../../../private/data.js"', said_at="../../index.js"),
    "main of a subdirectory": Attack(
        "require('./sub')",
        tree=f'== {EVIL}/sub/package.json\n{{"main": "../../../../private/data.js"}}\n',
    ),
    "exports": Attack(
        "", ', "exports": "./link.js"', link("link.js", "../../../private/data.js"),
        said_at="../../index.js",
    ),
    "imports": Attack(
        "require('#x')", ', "imports": {"#x": "./link.js"}',
        link("link.js", "../../../private/data.js"),
    ),
    "require.resolve": Attack("read(require.resolve('../../../private/data.txt'))"),
    "require.resolve with paths": Attack(
        "require.resolve('./data.js', { paths: [__dirname + '/../../../private'] })"
    ),
    "import.meta.resolve": Attack("f(import.meta.resolve('../../../private/data.js'))"),
    "a created require": Attack(
        "require('module').createRequire(__dirname + '/../../../private/')('./data.js')"
    ),
    "the secrets of the project": Attack("fs.readFileSync(__dirname + '/../../.env')"),
    "a file that is read": Attack(
        "fs.readFileSync(path.join(__dirname, '..', '..', 'src', 'own.js'))"
    ),
    "a file below the home": Attack(
        "fs.readFileSync(path.resolve(__dirname, '../../../.docker/config.json'))"
    ),
    "a path without extension": Attack("read(path.join(__dirname, '../../../private/data'))"),
    "a URL": Attack("read(new URL('../../../private/data.txt', import.meta.url))"),
    "a directory that is read": Attack("fs.readdirSync(path.join(__dirname, '../../../private'))"),
    "a computed path": Attack("read(__dirname + '/../../../private/' + name + '.txt')"),
    "a computed specifier": Attack("require('../../../private/' + name)"),
    "a computed specifier in a package": Attack("require('good/../../../private/' + name)"),
    "a template": Attack("read(__dirname + '/../../../private/{name}.txt')"),
    "a link to a file, required": Attack(
        "require('./link.js')", tree=link("link.js", "../../../private/data.js")
    ),
    "a link to a file, read": Attack(
        "read(__dirname + '/link.txt')", tree=link("link.txt", "../../../private/data.txt")
    ),
    "a chain of links": Attack(
        "require('./one.js')",
        tree=link("one.js", "two.js") + link("two.js", "../../../private/data.js"),
    ),
    "a link to a directory, required": Attack(
        "require('./dir/data.js')", tree=link("dir", "../../../private")
    ),
    "a link to a directory, read": Attack(
        "fs.readdirSync(__dirname + '/dir')", tree=link("dir", "../../../private")
    ),
    "a pattern below a link": Attack(
        "read(__dirname + '/dir/' + name + '.txt')", tree=link("dir", "../../../private")
    ),
    "a link to a file in a whole package": Attack(
        "require(process.argv[2])", tree=link("x.txt", "../../../private/data.txt"),
        said_at="x.txt", line=0,
    ),
    "a link to a directory in a whole package": Attack(
        "require(process.argv[2])", tree=link("dir", "../../../private"), said_at="dir", line=0
    ),
    "a link to the project in a whole package": Attack(
        "require(process.argv[2])", tree=link("dir", "../../src"), said_at="dir", line=0
    ),
    "a link to package.json": Attack(
        "require('./sub/a.js')",
        tree=f"== {EVIL}/sub/a.js\n" + link("sub/package.json", "../../../../private/data.json"),
        said_at="sub/a.js", line=0,
    ),
    "a planted package": Attack(
        "require('stolen/data.js')", tree=link("node_modules/stolen", "../../../../private")
    ),
    "a planted package with package.json": Attack(
        "require('other')", tree=link("node_modules/other", "../../../../other")
    ),
    "a listed dependency that is planted": Attack(
        "", ', "dependencies": {"other": "file:../../../other"}',
        link("node_modules/other", "../../../../other"), said_at="package.json", line=0,
    ),
    "an addon": Attack("require('../../../private/addon.node')"),
    "a linked addon": Attack(
        "require('./addon.node')", tree=link("addon.node", "../../../private/addon.node")
    ),
    "a worker": Attack("new Worker(path.join(__dirname, '../../../private/data.js'))"),
    "a forked script": Attack("cp.fork(path.join(__dirname, '../../../private/data.js'))"),
    "a program": Attack("cp.spawn(path.join(__dirname, '../../../private/tool.sh'))"),
    "a worker of the working directory": Attack("new Worker('./src/own.js')", said_at=""),
    "settings of its own": Attack("", ', "pkg": {"assets": ["../../*"]}', said_at=""),
    "a computed path to anywhere": Attack("read(__dirname + '/../../../' + name)", said_at=""),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_no_foreign_file_and_a_finding(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attack = ATTACKS[name]
    home = tmp_path.resolve() / "home"
    source = attack.source.replace("{home}", home.as_posix())
    if "import" not in source.partition("(")[0] and "export" not in source:
        source = REQUIRES + source
    plant(WORLD + MANIFEST % attack.fields + attack.tree, tmp_path)
    (tmp_path / EVIL / "index.js").write_text(source, encoding="utf-8")
    monkeypatch.chdir(home / "proj")
    monkeypatch.setenv("HOME", str(home))

    project = read_hostile(Path())

    assert foreign_files(project) == []
    said = {(finding.file, finding.line) for finding in refusals(project)}
    expected = os.path.normpath(f"node_modules/evil/{attack.said_at}")
    assert said == ({(expected, attack.line)} if attack.said_at else set())


LAYOUTS = {
    "a package beside it": "== {evil}/index.js\nrequire('../good/index.js'); require('good');\n",
    "a file of its own": "== {evil}/index.js\nrequire('./good');\n"
    "== {evil}/good/index.js\npublic\n",
    "a link in its own files": "== {evil}/index.js\nrequire('./good');\n"
    "== {evil}/good -> lib\n== {evil}/lib/index.js\npublic\n",
    "the package.json of the project": "== {evil}/index.js\nrequire('../../package.json');\n",
    "the store of pnpm": "== {evil}/index.js\nrequire('inner'); require('inner/data.json');\n"
    "== {modules}/inner -> .pnpm/inner@1/node_modules/inner\n"
    "== {modules}/.pnpm/inner@1/node_modules/inner/index.js\nrequire('deep');\n"
    "== {modules}/.pnpm/inner@1/node_modules/inner/data.json\n{{}}\n"
    "== {modules}/.pnpm/inner@1/node_modules/deep -> ../../deep@1/node_modules/deep\n"
    "== {modules}/.pnpm/deep@1/node_modules/deep/index.js\npublic\n",
    "a store outside the project": "== {evil}/index.js\nrequire('inner');\n"
    "== {modules}/inner -> ../../store/inner@1/node_modules/inner\n"
    "== home/store/inner@1/node_modules/inner/index.js\nrequire('deep/x');\n"
    "== home/store/inner@1/node_modules/deep -> ../../deep@1/node_modules/deep\n"
    "== home/store/deep@1/node_modules/deep/x.js\npublic\n",
    "the store of Yarn": "== {evil}/index.js\nrequire('inner');\n"
    "== {modules}/inner -> .store/inner-npm-1/package\n"
    '== {modules}/.store/inner-npm-1/package/package.json\n{{"name": "inner"}}\n'
    "== {modules}/.store/inner-npm-1/package/index.js\nrequire('deep/x');\n"
    "== {modules}/.store/inner-npm-1/node_modules/deep -> ../../deep-npm-1/package\n"
    '== {modules}/.store/deep-npm-1/package/package.json\n{{"name": "deep"}}\n'
    "== {modules}/.store/deep-npm-1/package/x.js\npublic\n",
    "a linked package": "== {evil}/index.js\nrequire('linked/lib/a');\n"
    "== {modules}/linked -> ../../linked\n"
    '== home/linked/package.json\n{{"name": "linked"}}\n'
    "== home/linked/lib/a.js\nrequire('../b'); require('deep');\n== home/linked/b.js\npublic\n"
    "== home/linked/node_modules/deep/index.js\npublic\n",
    "a linked package without package.json": "== home/proj/index.js\nrequire('linked/lib/a');\n"
    "== {modules}/linked -> ../../linked\n"
    "== home/linked/lib/a.js\nrequire('../b');\n== home/linked/b.js\npublic\n",
    "a linked member of a workspace": "== home/proj/index.js\nrequire('linked');\n"
    "== {modules}/linked -> ../../mono/linked\n"
    '== home/mono/package.json\n{{"workspaces": ["*"]}}\n'
    '== home/mono/linked/package.json\n{{"name": "linked"}}\n'
    "== home/mono/linked/index.js\nrequire('../shared/a');\n== home/mono/shared/a.js\npublic\n",
    "a generated package": "== {evil}/index.js\nrequire('.prisma/client');\n"
    "== {modules}/.prisma/client/index.js\npublic\n",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_packages_take_what_they_can_resolve(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = LAYOUTS[name].format(evil=EVIL, modules="home/proj/node_modules")
    plant(WORLD + MANIFEST % "" + f"== {EVIL}/index.js\n" + layout, tmp_path)
    monkeypatch.chdir(tmp_path)
    paths = [path.resolve() for path in (tmp_path / "home").rglob("*") if path.is_file()]
    wanted = {path for path in paths if path.read_text() == "public"}

    project = read_hostile(Path("home/proj"))

    assert refusals(project) == []
    assert [finding for finding in project.findings if finding.severity == "error"] == []
    assert wanted <= {file.source for file in project.files}
    for file in project.files:
        assert all(resolution.target for resolution in file.resolutions), file.location
