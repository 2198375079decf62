"""What bundlers in the program find in packages that client code imports."""

from __future__ import annotations

from pathlib import Path

import pytest

from .packaged_files import read_files

INDEX = "require('site-maker')"
MAKER = """{"name": "site-maker", "license": "MIT", "main": "index.js",
    "dependencies": {"vite": "1", "view": "1"}}"""
EXPORTS = """{"node": "./node.js", "module": "./module.js", "browser": "./browser.js",
    "development": "./development.js", "import": "./import.js", "default": "./default.js"}"""


def program(view: str, client: str = "import 'view'") -> dict[str, str]:
    """Return a program with a site generator, whose client code imports the package ``view``."""
    files = {
        "index.js": INDEX,
        "package.json": '{"name": "program", "dependencies": {"site-maker": "1"}}',
        "node_modules/site-maker/package.json": MAKER,
        "node_modules/site-maker/index.js": "require('vite'); module.exports = __dirname",
        "node_modules/site-maker/client/app.js": client,
        "node_modules/vite/package.json": '{"name": "vite"}',
        "node_modules/vite/index.js": "",
        "node_modules/view/package.json": view,
    }
    names = "index node module browser development import default part part.module"
    files |= {f"node_modules/view/{name}.js": "export {}" for name in names.split()}
    return files


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ('{"name": "view"}', {"index"}),
        ('{"name": "view", "module": "./module.js", "main": "index"}', {"index", "module"}),
        ('{"name": "view", "browser": "browser.js"}', {"index", "browser"}),
        ('{"name": "view", "browser": {"./index.js": "./browser.js"}}', {"index", "browser"}),
        (f'{{"name": "view", "exports": {EXPORTS}}}', {"node", "module"}),
        (
            '{"name": "view", "exports": {"node": "./node.js", "development": "./development.js", '
            '"default": "./default.js"}}',
            {"node", "development", "default"},
        ),
        (
            '{"name": "view", "exports": {".": "./index.js", '
            '"./part": {"node": "./part.js", "module": "./part.module.js"}}}',
            {"index", "part", "part.module"},
        ),
    ],
)
def test_files_for_bundlers(view: str, expected: set[str], tmp_path: Path) -> None:
    client = "import 'view'; import 'view/part'" if "part" in view else "import 'view'"
    found = read_files(program(view, client), tmp_path).files
    names = {Path(file.location).stem for file in found if "/view/" in file.location}
    assert names == {*expected, "package"}


def test_files_found_lead_on(tmp_path: Path) -> None:
    files = program('{"name": "view", "module": "./module.js", "dependencies": {"deep": "1"}}')
    files["node_modules/view/module.js"] = "import 'deep'"
    files["node_modules/deep/package.json"] = '{"name": "deep", "module": "esm.js"}'
    files |= {"node_modules/deep/index.js": "", "node_modules/deep/esm.js": ""}
    found = read_files(files, tmp_path).files
    assert [file for file in found if file.location.endswith("deep/esm.js")]


def test_without_a_bundler_nothing_is_added(tmp_path: Path) -> None:
    files = program('{"name": "view", "module": "./module.js"}')
    files["node_modules/site-maker/index.js"] = "module.exports = __dirname"
    found = read_files(files, tmp_path).files
    assert not [file for file in found if file.location.endswith("view/module.js")]


@pytest.mark.parametrize(
    ("name", "expected"), [("browserify", {"util", "browser", "deeper", "legacy"}), ("x", {"util"})]
)
def test_packages_in_place_of_modules_of_node(
    name: str, expected: set[str], tmp_path: Path
) -> None:
    """browserify names util/util.js by its path, then bundles it as for browsers."""
    replaced = '"browser": {"./node.js": "./browser.js"}'
    files = {
        "index.js": f"require('{name}')",
        "package.json": f'{{"name": "program", "dependencies": {{"{name}": "1"}}}}',
        f"node_modules/{name}/package.json": f'{{"name": "{name}"}}',
        f"node_modules/{name}/index.js": "exports.util = require.resolve('util/util.js')",
        "node_modules/util/package.json": f'{{"name": "util", {replaced}}}',
        "node_modules/util/util.js": "require('deep')",
        "node_modules/util/browser.js": "",
        "node_modules/deep/package.json": """{"name": "deep", "browser": {"a": "./deeper.js"},
            "exports": {".": "./index.js"}, "main": "legacy"}""",
        "node_modules/deep/index.js": "",
        "node_modules/deep/legacy.js": "",
        "node_modules/deep/deeper.js": "",
    }
    found = read_files(files, tmp_path).files
    names = {Path(file.location).stem for file in found}
    assert names - {"index", "package"} == expected
