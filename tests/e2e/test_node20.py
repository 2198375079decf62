"""Node 20: CommonJS and ES modules as plain source; what it cannot do is an error of the build."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.conftest import Build, Compare, Sealift
from e2e.real_projects import PROJECTS
from e2e.test_six_targets import FORMATS, identify
from rigs import Machine

HERE = "node20-linux-x64"


@pytest.mark.parametrize(
    "name",
    [
        "express-views",
        "esm-cli",
        "processes",
        "yargs",
        "typescript",
        pytest.param("fastify", marks=pytest.mark.corpus),
        pytest.param("aws-s3", marks=pytest.mark.corpus),
        pytest.param("webpack", marks=pytest.mark.corpus),
        pytest.param("prettier", marks=pytest.mark.corpus),
    ],
)
def test_linux_x64(name: str, compare: Compare) -> None:
    compare(PROJECTS[name], HERE, ("--sea",))


def test_release_without_es_modules_for_require(compare: Compare) -> None:
    compare(PROJECTS["typescript"], "node20.18.1-linux-x64", ("--sea",))


@pytest.mark.rig
@pytest.mark.parametrize("target", ["node20-linux-arm64", "node20-win-x64"])
@pytest.mark.parametrize("name", ["express-views", "esm-cli", "processes"])
def test_other_machines(name: str, target: str, compare: Compare) -> None:
    compare(PROJECTS[name], target, ("--sea",))


def test_six_targets(build: Build, tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text("console.log('hello')\n")
    built = build(tmp_path / "app.js", *(f"node20-{name}" for name in FORMATS), options=["--sea"])
    for name, expected in FORMATS.items():
        assert identify(built[f"node20-{name}"]) == expected


MOUNTING = """
    const mount = (name, directory) => process.pkg.mount(`/snapshot/app/${name}`, directory);
    const [, , directory, name] = process.argv;
    (async () => {
      mount("before", directory);
      console.log((await import(`/snapshot/app/before/${name}`)).url);
      mount("after", directory);
      const { other } = await import(`/snapshot/app/after/sub/${name}`);
      console.log(other, await import(`/snapshot/app/none/${name}`).catch(({ code }) => code));
    })();
"""


def test_import_under_mounts(build: Build, machine: Callable[..., Machine], tmp_path: Path) -> None:
    """Mounts are made in the program's thread, and files found in that of the hooks."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app/app.cjs").write_text(MOUNTING)
    plugins = tmp_path / "plugins"
    (plugins / "sub").mkdir(parents=True)
    (plugins / "one.mjs").write_text("import './sub/one.mjs'; export const { url } = import.meta;")
    (plugins / "sub/one.mjs").write_text("export const other = 'other';")
    program = build(tmp_path / "app/app.cjs", HERE, options=["--sea"])[HERE]
    done = machine("linux", "x64").run(program, str(plugins), "one.mjs")
    url = (plugins / "one.mjs").as_uri()
    assert (done.stdout, done.stderr) == (f"{url}\nother ERR_MODULE_NOT_FOUND\n", "")


def test_latest_that_is_this_release(
    sealift: Sealift,
    node_binary: Callable[..., Path],
    machine: Callable[..., Machine],
    tmp_path: Path,
) -> None:
    """Which one of a package's files `require` gets, depends on it."""
    package = tmp_path / "node_modules/both"
    package.mkdir(parents=True)
    (tmp_path / "app.cjs").write_text("console.log(process.version, require('both').kind);")
    exports = '{"exports": {"module-sync": "./a.mjs", "default": "./a.cjs"}}'
    (package / "package.json").write_text(exports)
    (package / "a.mjs").write_text("export { kind } from './b.mjs';")
    (package / "b.mjs").write_text("export const kind = 'module';")
    (package / "a.cjs").write_text("exports.kind = 'script';")
    output, node = tmp_path / "program", node_binary("20", "linux", "x64")
    options = ("--sea", "-o", output, "--node-binary", f"linux-x64={node}")
    done = sealift(tmp_path / "app.cjs", "-t", "latest-linux-x64", *options)
    assert done.code == 0, done.stderr
    said = machine("linux", "x64").run(output).stdout.split()
    assert (said[0].startswith("v20."), said[1]) == (True, "script")
    done = sealift(tmp_path / "app.cjs", "-t", "linux-x64", *options)
    assert done.code == 4
    assert "it is Node 20." in done.stderr


Refuse = Callable[..., str]


@pytest.fixture
def refuse(sealift: Sealift, binary_options: Callable[..., list[str]], tmp_path: Path) -> Refuse:
    def run(script: str, target: str, *options: str, text: str = "1;\n") -> str:
        entry = tmp_path / script
        entry.write_text(text)
        output = tmp_path / "program"
        done = sealift(entry, "-t", target, "-o", output, *options, *binary_options(target))
        assert done.code == 4
        assert not output.exists()
        return done.stderr

    return run


def test_what_it_cannot_do(refuse: Refuse) -> None:
    said = refuse("app.js", HERE)
    assert "cannot run packaged bytecode" in said
    assert "--sea" in said
    said = refuse("app.js", HERE, "--sea", "--options", "expose-gc")
    assert "--expose-gc" in said
    assert "NODE_OPTIONS" in said


def test_require_of_an_es_module_that_imports(refuse: Refuse, tmp_path: Path) -> None:
    (tmp_path / "module.mjs").write_text("import './other.mjs';\n")
    (tmp_path / "other.mjs").write_text("1;\n")
    said = refuse("app.cjs", HERE, "--sea", text="require('./module.mjs');\n")
    assert "app.cjs" in said
    assert "'./module.mjs'" in said


def test_older_releases(refuse: Refuse, build: Build, tmp_path: Path) -> None:
    older = "node20.18.1-macos-arm64"
    said = refuse("app.mjs", older, "--sea")
    assert "app.mjs" in said
    assert "20.19.0" in said
    (tmp_path / "app.cjs").write_text("1;\n")
    assert build(tmp_path / "app.cjs", older, options=["--sea"])
    said = refuse("app.js", "node20.11.1-linux-x64", "--sea")
    assert "20.16.0" in said


def test_its_end_of_life_is_told(
    sealift: Sealift, binary_options: Callable[..., list[str]], tmp_path: Path
) -> None:
    (tmp_path / "app.js").write_text("1;\n")
    output = tmp_path / "program"
    options = ("-t", HERE, "--sea", "-o", output)
    done = sealift(tmp_path / "app.js", *options, *binary_options(HERE))
    assert done.code == 0
    assert "end of life" in done.stderr
