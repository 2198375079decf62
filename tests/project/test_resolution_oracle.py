"""Resolution against Node itself: every constant specifier of real projects, both ways."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import NodeBinaryFixture, NpmProjectFixture, host_target
from project.trees import plant
from sealift.model import LinkKind
from sealift.project.disk import Disk
from sealift.project.exports import ResolutionError
from sealift.project.package import Packages
from sealift.project.resolve import Resolver

ORACLE = Path(__file__).with_name("resolve_oracle.cjs")
SPECIFIER = re.compile(
    rb"""(?:require\(|require\.resolve\(|from\s|import\s|import\()\s*(['"])([^'"\n$]{1,80})\1"""
)
Pairs = list[tuple[str, str]]
Answers = list[list[str | None]]
Ask = Callable[[Pairs], Answers]


@pytest.fixture(params=["22", "24", "26"])
def node(request: pytest.FixtureRequest, node_binary: NodeBinaryFixture) -> Ask:
    binary = node_binary(request.param, *host_target())

    def ask(pairs: Pairs) -> Answers:
        flags = ["--no-warnings", "--experimental-import-meta-resolve"]
        done = subprocess.run(
            [binary, *flags, ORACLE],
            input=json.dumps(pairs).encode(),
            capture_output=True,
            check=True,
        )
        answers: Answers = json.loads(done.stdout)
        return answers

    return ask


def ours(pairs: Pairs) -> Answers:
    resolver = Resolver(Disk(), Packages())

    def answer(kind: LinkKind, directory: str, specifier: str) -> str | None:
        try:
            found = resolver.resolve(kind, specifier, directory)
        except ResolutionError:
            return None
        return found.path or "built in"

    return [[answer(kind, *pair) for kind in LinkKind] for pair in pairs]


def files_only(answers: Answers) -> Answers:
    """What is no file (a built-in module, ``data:``) in one word."""
    return [
        ["built in" if text and not text.startswith("/") else text for text in row]
        for row in answers
    ]


def specifiers_below(top: Path) -> Pairs:
    pairs = set()
    for path in top.rglob("*.*js"):
        if path.is_file():
            for match in SPECIFIER.finditer(path.read_bytes()):
                pairs.add((str(path.parent.resolve()), match[2].decode("utf-8", "replace")))
    return sorted(pairs)


@pytest.mark.parametrize("name", ["express", "eslint", "fastify"])
def test_real_projects(name: str, node: Ask, npm_project: NpmProjectFixture) -> None:
    pairs = specifiers_below(npm_project(name))
    assert len(pairs) > 400

    expected = files_only(node(pairs))

    found = ours(pairs)
    differences = [
        (pair, row, mine)
        for pair, row, mine in zip(pairs, expected, found, strict=True)
        if row != mine
    ]
    assert differences == []


TREE = """
== app/package.json
{"name": "app", "imports": {"#in": "./in.js", "#dep": "dep", "#fs": "fs", "#node": "node:fs",
  "#pat/*": "./lib/*.js", "#pat/private/*": null, "#up": "../x.js", "#cond": {"import": "./lib/i.js",
  "default": "./lib/d.js"}, "#gone": "./gone.js", "#array": ["not:valid", "./in.js"], "#/slash": "./in.js"},
 "exports": {".": "./in.js", "./self": "./lib/a.js"}}
== app/in.js
== app/x.json
{}
== app/a b.js
== app/percent%41.js
== app/lib/a.js
== app/lib/i.js
== app/lib/d.js
== app/lib/private/p.js
== app/both.js
== app/both/index.js
== app/dir/package.json
{"main": "./nowhere"}
== app/dir/index.json
{}
== app/dir2/package.json
{"main": "sub"}
== app/dir2/sub/index.node
== app/dir3/package.json
{"main": "./nowhere"}
== app/node_modules/dep -> ../../store/dep
== store/dep/package.json
{"name": "dep", "main": "m"}
== store/dep/m.js
== store/dep/sub/index.js
== store/dep/file.js
== app/node_modules/ex/package.json
{"name": "ex", "exports": {".": [{"import": "./i.mjs"}, "./r.js"], "./a": "./a.js", "./deep/*": "./lib/*.js",
  "./deep/x/*": "./other/*.js", "./dirs/*/index.js": "./lib/*.js", "./null": null, "./bad": "../up.js",
  "./mod": "./node_modules/y.js", "./folder/": "./lib/", "./nested": {"node": {"require": "./r.js"}},
  "./sync": {"module-sync": "./i.mjs", "default": "./r.js"}, "./none": {"browser": "./b.js"},
  "./fall": [null, "./a.js"], "./enc": "./lib%2fa.js", "./space": "./a%20b.js", "./dir": "./lib",
  "./noext": "./a", "./double": "./lib//a.js", "./addons": {"node-addons": "./a.js"}, "./star*": "./lib/*.js"}}
== app/node_modules/ex/i.mjs
== app/node_modules/ex/r.js
== app/node_modules/ex/a.js
== app/node_modules/ex/a b.js
== app/node_modules/ex/lib/a.js
== app/node_modules/ex/lib/q/z.js
== app/node_modules/ex/other/a.js
== app/node_modules/sugar/package.json
{"name": "sugar", "exports": {"import": "./i.js", "require": "./r.js"}}
== app/node_modules/sugar/i.js
== app/node_modules/sugar/r.js
== app/node_modules/mixed/package.json
{"name": "mixed", "exports": {".": "./a.js", "import": "./a.js"}}
== app/node_modules/mixed/a.js
== app/node_modules/numeric/package.json
{"name": "numeric", "exports": {"0": "./a.js", "default": "./a.js"}}
== app/node_modules/numeric/a.js
== app/node_modules/broken/package.json
{"name": 
== app/node_modules/broken/index.js
== app/node_modules/array-root/package.json
{"name": "array-root", "exports": []}
== app/node_modules/array-root/index.js
== app/node_modules/empty/package.json
{"name": "empty", "exports": {}}
== app/node_modules/empty/index.js
== app/node_modules/nullish/package.json
{"name": "nullish", "exports": null, "main": "a.js"}
== app/node_modules/nullish/a.js
== app/node_modules/@scope/pkg/package.json
{"name": "@scope/pkg", "exports": {"./x": "./x.js"}}
== app/node_modules/@scope/pkg/x.js
== app/node_modules/legacy/package.json
{"main": "lib"}
== app/node_modules/legacy/lib/index.js
== app/node_modules/single.js
== app/node_modules/events/index.js
== app/node_modules/loop -> loop
"""
SPECIFIERS = """
./in ./in.js ./x ./a%20b.js ./percent%41.js ./percent%2541.js ./both ./both/ ./both/. ./dir ./dir/ ./dir2
./dir3 . .. ./ ../app ./lib/../in.js ./in.js?x ./in.js#y ./in.js?a#b ./lib/a.js/ ./nope ./lib%2fa.js
#in #dep #fs #node #pat/a #pat/private/p #up #cond #gone #array #/slash # #nope #in/x
app app/self app/in.js app/nope dep dep/ dep/sub dep/sub/ dep/file dep/file.js dep/package.json dep/nope
ex ex/ ex/a ex/a.js ex/deep/a ex/deep/q/z ex/deep/x/a ex/deep/../a ex/dirs/a/index.js ex/null ex/bad
ex/mod ex/folder/a.js ex/nested ex/sync ex/none ex/fall ex/enc ex/space ex/dir ex/noext ex/double
ex/addons ex/stara ex/star ex/package.json ex/deep/ ex/deep/node_modules/a
sugar sugar/x mixed numeric broken broken/index.js array-root empty nullish nullish/a @scope/pkg
@scope/pkg/x @scope @scope/ legacy legacy/lib single single.js events events/ events/index.js loop
fs node:fs node:test test sqlite node:sqlite node:nope fs/promises fs/nope fs/ .dot %41 a%b data:text/javascript,1
http://example.org/x.js unknown:x file:///nope.js
""".split()


def test_every_corner(node: Ask, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """``#/...`` is understood since Node 24.14; Node 22 refuses it, and so will the executable."""
    plant(TREE, tmp_path)
    old = request.node.callspec.params["node"] == "22"
    pairs = [
        (str(tmp_path / directory), specifier)
        for directory in ("app", "app/lib", "app/node_modules/ex")
        for specifier in SPECIFIERS
        if not (old and specifier.startswith("#/"))
    ]
    expected = files_only(node(pairs))

    found = ours(pairs)

    differences = [
        (pair, row, mine)
        for pair, row, mine in zip(pairs, expected, found, strict=True)
        if row != mine
    ]
    assert differences == []
