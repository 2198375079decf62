"""Node 20: CommonJS as bytecode, ES modules as source; the build refuses the rest.

On emulated machines, CI runs each project on one machine, and the features of the language on all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.comparison import Compare
from e2e.identification import FORMATS, identify
from e2e.real_projects import BYTECODE_PROJECTS, PROJECTS
from rigs import Machine
from support.command_line import Build, Sealift
from support.samples import pairs

HERE = "node20-linux-x64"


@pytest.mark.parametrize(
    "name",
    [
        "express-views",
        "esm-cli",
        "processes",
        "yargs",
        # An older Node 20 runs it below.
        pytest.param("typescript", marks=pytest.mark.corpus),
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


@pytest.mark.rigs
@pytest.mark.parametrize(
    ("name", "target"),
    pairs(("esm-cli", "processes", "express-views"), ("node20-win-x64", "node20-linux-arm64")),
)
def test_other_machines(name: str, target: str, compare: Compare) -> None:
    compare(PROJECTS[name], target, ("--sea",))


# They have ES modules, whose source ships.
AS_SOURCE = ("--fallback-to-source",)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("features", ()),
        ("lines", AS_SOURCE),
        ("lodash", ()),
        ("express-views", ()),
        ("esm-cli", AS_SOURCE),
        ("processes", ()),
        pytest.param("terser", (), marks=pytest.mark.corpus),
        pytest.param("typescript", (), marks=pytest.mark.corpus),
    ],
)
def test_bytecode(name: str, options: tuple[str, ...], compare: Compare) -> None:
    compare(BYTECODE_PROJECTS[name], HERE, options)


@pytest.mark.rigs
@pytest.mark.parametrize(
    ("name", "options", "target"),
    [
        ("features", (), "node20-linux-arm64"),
        ("features", (), "node20-win-x64"),
        ("lines", AS_SOURCE, "node20-linux-arm64"),
        ("express-views", (), "node20-win-x64"),
        pytest.param("lines", AS_SOURCE, "node20-win-x64", marks=pytest.mark.corpus),
        pytest.param("express-views", (), "node20-linux-arm64", marks=pytest.mark.corpus),
        pytest.param("esm-cli", AS_SOURCE, "node20-linux-arm64", marks=pytest.mark.corpus),
        pytest.param("esm-cli", AS_SOURCE, "node20-win-x64", marks=pytest.mark.corpus),
    ],
)
def test_bytecode_on_other_machines(
    name: str, options: tuple[str, ...], target: str, compare: Compare
) -> None:
    compare(BYTECODE_PROJECTS[name], target, options)


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
    """The program's thread makes mounts; the thread of the hooks finds files under them."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app/app.cjs").write_text(MOUNTING)
    plugins = tmp_path / "plugins"
    (plugins / "sub").mkdir(parents=True)
    (plugins / "one.mjs").write_text("import './sub/one.mjs'; export const { url } = import.meta;")
    (plugins / "sub/one.mjs").write_text("export const other = 'other';")
    program = build(tmp_path / "app/app.cjs", HERE, options=["--sea"])[HERE]
    done = machine("linux-x64").run(program, str(plugins), "one.mjs")
    url = (plugins / "one.mjs").as_uri()
    assert (done.stdout, done.stderr) == (f"{url}\nother ERR_MODULE_NOT_FOUND\n", "")


@pytest.mark.parametrize("options", [(), ("--sea",)])
def test_script_on_the_disk(
    options: tuple[str, ...], build: Build, machine: Callable[..., Machine], tmp_path: Path
) -> None:
    """It imports before the program does, and still gets the names of re-exports."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app/app.js").write_text(
        "const run = require(process.argv[2]);\n"
        "run().then(async () => console.log((await import('./inner.js')).one));"
    )
    (tmp_path / "app/inner.js").write_text("module.exports = require('./innermost.js');")
    (tmp_path / "app/innermost.js").write_text("exports.one = 1;")
    plugin = tmp_path / "plugin.js"
    plugin.write_text(
        "module.exports = async () => console.log((await"
        " import('/snapshot/app/inner.js')).default.one, typeof (await import('node:os')).cpus);"
    )
    program = build(tmp_path / "app/app.js", HERE, options=options)[HERE]
    done = machine("linux-x64").run(program, str(plugin))
    assert (done.stdout, done.stderr) == ("1 function\n1\n", "")


def test_latest_is_node_20(
    sealift: Sealift,
    node_binary: Callable[..., Path],
    machine: Callable[..., Machine],
    tmp_path: Path,
) -> None:
    """The release decides which of a package's files `require` loads."""
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
    said = machine("linux-x64").run(output).stdout.split()
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
        assert done.code in {3, 4}
        assert not output.exists()
        return done.stderr

    return run


def test_unsupported_features_are_refused(refuse: Refuse, tmp_path: Path) -> None:
    (tmp_path / "late.mjs").write_text("1;\n")
    said = refuse("app.js", HERE, text="import('./late.mjs');\n")
    assert "late.mjs" in said
    assert "app.js" not in said
    assert "--fallback-to-source" in said
    said = refuse("app.js", HERE, "--sea", "--options", "expose-gc")
    assert "--expose-gc" in said
    assert "NODE_OPTIONS" in said


def test_only_node_20_ships_modules_as_source(
    sealift: Sealift,
    binary_options: Callable[..., list[str]],
    machine: Callable[..., Machine],
    tmp_path: Path,
) -> None:
    """Public modules ship without a finding; another release also has their bytecode."""
    package = tmp_path / "node_modules/open"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"license": "MIT", "exports": "./index.mjs"}')
    (package / "index.mjs").write_text("export const open = `open ${import.meta.filename}`;\n")
    (tmp_path / "app.js").write_text("import('open').then(({ open }) => console.log(open));\n")
    targets = (HERE, "node22-linux-x64")
    report, out = tmp_path / "report.json", tmp_path / "out"
    command = (tmp_path / "app.js", "-t", ",".join(targets), "--out-path", out, "--json", report)
    done = sealift(*command, *binary_options(*targets))
    assert done.code == 0, done.stderr
    assert "index.mjs" not in done.stderr
    built = {one["target"]: one for one in json.loads(report.read_text())["executables"]}
    assert [built[target]["scripts"] for target in targets] == [
        {"bytecode": 1, "both": 0, "source": 1},
        {"bytecode": 1, "both": 1, "source": 0},
    ]
    runner = machine("linux-x64")
    said = {runner.run(Path(one["path"])).stdout for one in built.values()}
    assert len(said) == 1
    assert said.pop().startswith("open /snapshot/")


@pytest.mark.parametrize(
    "load",
    [
        "new Function('name', 'return import(name)')",
        "(name) => (0, eval)(`import('${name}')`)",
        "new AsyncFunction('name', 'return import(name)')",
    ],
)
def test_import_in_evaluated_text(
    load: str,
    sealift: Sealift,
    binary_options: Callable[..., list[str]],
    machine: Callable[..., Machine],
    tmp_path: Path,
) -> None:
    """A script whose source ships can import; for one without source, the build warns."""
    (tmp_path / "app.js").write_text(
        f"const AsyncFunction = (async () => {{}}).constructor, load = {load};\n"
        "load('node:os').then(() => console.log('loaded'), ({ code }) => console.log(code));\n"
    )
    output, runner = tmp_path / "program", machine("linux-x64")
    command = (tmp_path / "app.js", "-t", HERE, "-o", output, *binary_options(HERE))
    done = sealift(*command)
    assert done.code == 0
    assert re.search(r"^ *app\.js:1:? ", done.stderr, re.MULTILINE), done.stderr
    code = runner.run(output).stdout.strip()
    assert code.startswith("ERR_")
    assert code in done.stderr
    done = sealift(*command, "--public")
    assert done.code == 0, done.stderr
    assert "app.js" not in done.stderr
    assert runner.run(output).stdout == "loaded\n"


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


def test_its_end_of_life_is_reported(
    sealift: Sealift, binary_options: Callable[..., list[str]], tmp_path: Path
) -> None:
    (tmp_path / "app.js").write_text("1;\n")
    output = tmp_path / "program"
    options = ("-t", HERE, "--sea", "-o", output)
    done = sealift(tmp_path / "app.js", *options, *binary_options(HERE))
    assert done.code == 0
    assert "end of life" in done.stderr
