"""Files that another package finds: from the entry point, by a convention or in a manifest.

See test_files_read.py for how the programs are compared.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rigs import Completed
from sealift.findings import Severity
from sealift.model import SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project

from .packaged_files import Compare, lay_out, read_files, write_files

PACKAGE = '{"name": "program", "version": "1.0.0", "bin": "index.js"}'
TOOL = '{"name": "tool", "version": "1.0.0"}'
FS = "const fs = require('fs'), path = require('path');\n"
ENTRY_DIRECTORIES = (
    "path.dirname(require.main.filename)",
    "require.main.path",
    "path.dirname(process.mainModule.filename)",
    "path.dirname(fs.realpathSync(process.argv[1]))",
    "path.resolve(process.argv[1], '..')",
)


@pytest.mark.parametrize("directory", ENTRY_DIRECTORIES)
def test_a_package_loads_files_beside_the_entry_point(directory: str, compare: Compare) -> None:
    code = f"""{FS} const top = {directory};
        exports.load = (name) => require(path.join(top, 'commands', name));
        exports.read = (name) => fs.readFileSync(path.join(top, '..', 'data', name), 'utf8');
    """
    files = {
        "bin/index.js": "const t = require('tool'); console.log(t.load('a'), t.read('b'))",
        "bin/commands/a.js": "module.exports = 'one'",
        "data/b": "two",
        "package.json": PACKAGE,
        "node_modules/tool/package.json": TOOL,
        "node_modules/tool/index.js": code,
    }
    assert compare(files) == "one two\n"


def test_the_entry_point_loads_for_a_package(compare: Compare) -> None:
    code = "module.exports = (x) => require.main.require('./a') + require.main.require('./b/' + x)"
    files = {
        "index.js": "console.log(require('tool')('c'))",
        "a.js": "module.exports = 'one'",
        "b/c.js": "module.exports = 'two'",
        "package.json": PACKAGE,
        "node_modules/tool/package.json": TOOL,
        "node_modules/tool/index.js": code,
    }
    assert compare(files) == "onetwo\n"


@pytest.mark.parametrize(
    "code",
    [
        "console.log('Usage: ' + process.argv[1]); require.main.filename === __filename;",
        "console.log(path.basename(process.argv[1]));",
        "console.log(path.join(path.dirname(process.argv[1]), 'missing', 'x'));",
    ],
)
def test_a_package_that_needs_no_file_of_the_program(code: str, tmp_path: Path) -> None:
    files = {
        "index.js": "require('tool')",
        "other.js": "",
        "package.json": PACKAGE,
        "node_modules/tool/package.json": TOOL,
        "node_modules/tool/index.js": FS + code,
    }
    read = read_files(files, tmp_path)
    assert "other.js" not in {file.location.rpartition("/")[2] for file in read.files}


COMMANDER = """
    const { spawnSync } = require('child_process'), path = require('path');
    module.exports = { program: { command(name, description, { executableFile } = {}) {
      const file = executableFile ?? `${path.parse(process.argv[1]).name}-${name.split(' ')[0]}`;
      const place = path.join(this.directory ?? path.dirname(process.argv[1]), file + '.js');
      console.log(spawnSync(process.execPath, [place], { encoding: 'utf8' }).stdout.trim());
    } } };
"""


def test_the_subcommands_of_commander(compare: Compare) -> None:
    """A stand-in does as commander does."""
    program = """const { program } = require('commander');
        program.command('install [name]', 'Install packages');
        program.command('search', 'Search', { executableFile: 'lib/find' });
    """
    files = {
        "index.js": program,
        "index-install.js": "console.log(require('./data'))",
        "data.json": '"data"',
        "lib/find.js": "console.log('found')",
        "package.json": PACKAGE,
        "node_modules/commander/package.json": '{"name": "commander", "version": "1.0.0"}',
        "node_modules/commander/index.js": COMMANDER,
    }
    assert compare(files) == "data\nfound\n"


def test_the_command_directory_of_yargs(compare: Compare) -> None:
    """A stand-in does as yargs does: it asks for the file that calls it."""
    yargs = (
        FS
        + """
        const { getCallSites } = require('util');
        exports.commandDir = (directory) => {
          const top = path.join(path.dirname(getCallSites()[1].scriptName), directory);
          for (const name of fs.readdirSync(top)) console.log(require(path.join(top, name)));
        };
    """
    )
    files = {
        "index.js": "require('./lib/cli')",
        "lib/cli.js": "require('yargs').commandDir('commands')",
        "lib/commands/a.js": "module.exports = 'one'",
        "lib/commands/b.js": "module.exports = 'two'",
        "package.json": PACKAGE,
        "node_modules/yargs/package.json": '{"name": "yargs", "version": "1.0.0"}',
        "node_modules/yargs/index.js": yargs,
    }
    assert compare(files) == "one\ntwo\n"


@pytest.mark.parametrize(
    ("apis", "expected"),
    [
        ("['./routes/*.js', 'lib/**/*.js']", ["./routes/*.js"]),
        ("[path.join(__dirname, 'routes/*.js')]", []),
        ("[path.join(__dirname, 'routes', '*.js')]", []),
        ("['/routes/*.js', './other/*.js', './{a,b}'.repeat(9)]", []),
    ],
)
def test_scripts_that_are_read_from_the_working_directory(
    apis: str, expected: list[str], tmp_path: Path
) -> None:
    index = FS + f"require('swagger-jsdoc')({{ apis: {apis} }})"
    files = {"index.js": index, "routes/a.js": "/** @openapi */", "package.json": PACKAGE}
    write_files(files, tmp_path)
    options = BuildOptions(tmp_path / "index.js", allow_missing=True)
    read = read_project(open_manifest(options), options, SilentObserver())
    found = [f for f in read.findings if f.code == "read-from-working-directory"]
    assert [f.message.split()[5] for f in found] == expected
    assert all(f.line == 2 for f in found)


def test_the_workers_of_the_package_threads(compare: Compare) -> None:
    threads = (
        FS
        + """
        const { getCallSites } = require('util');
        exports.Worker = class {
          constructor(name) {
            const caller = getCallSites()[1].scriptName;
            console.log(require(require.resolve(path.join(path.dirname(caller), name))));
          }
        };
    """
    )
    files = {
        "index.js": "require('./lib/pool')",
        "lib/pool.js": "const { Worker } = require('threads'); new Worker('./worker')",
        "lib/worker.js": "module.exports = 'one'",
        "package.json": PACKAGE,
        "node_modules/threads/package.json": '{"name": "threads"}',
        "node_modules/threads/index.js": threads,
    }
    assert compare(files) == "one\n"


def test_a_package_looks_for_files_beside_the_module_that_it_gets(compare: Compare) -> None:
    directory = (
        FS
        + """
        module.exports = (caller) => fs.readdirSync(path.dirname(caller.filename));
    """
    )
    files = {
        "index.js": "console.log(require('require-directory')(module))",
        "other.js": "",
        "package.json": PACKAGE,
        "node_modules/require-directory/package.json": '{"name": "require-directory"}',
        "node_modules/require-directory/index.js": directory,
    }
    assert "other.js" in compare(files)


LISTED = """{"name": "program", "version": "1.0.0", "bin": "bin/index.js",
    "oclif": {"plugins": ["plugin"], "commands": "./commands"}, "dependencies": {"plugin": "1"}}"""
LISTER = (
    FS
    + """
    const top = process.env.X1 ?? path.dirname(__dirname.split('node_modules')[0] + 'x');
    const { oclif } = JSON.parse(fs.readFileSync(top + '/package.json'));
    for (const place of [oclif.commands, ...oclif.plugins.map((name) => 'node_modules/' + name)])
      for (const name of fs.readdirSync(path.join(top, place, 'lib')))
        console.log(require(path.join(top, place, 'lib', name)));
"""
)


def test_what_a_package_json_lists_for_its_own_code(compare: Compare) -> None:
    """Commands of the program, and a plugin whose main file is empty."""
    files = {
        "bin/index.js": "require('tool')",
        "commands/lib/a.js": "module.exports = 'one'",
        "package.json": LISTED,
        "node_modules/tool/package.json": TOOL,
        "node_modules/tool/index.js": LISTER,
        "node_modules/plugin/package.json": '{"name": "plugin", "main": "main.js"}',
        "node_modules/plugin/main.js": "",
        "node_modules/plugin/lib/b.js": "module.exports = 'two'",
    }
    assert compare(files) == "one\ntwo\n"


def test_plugins_of_a_program_whose_entry_point_is_a_package(
    run_node: Callable[..., Completed], tmp_path: Path
) -> None:
    files = {
        "project/package.json": """{"name": "program", "bin": "node_modules/tool/cli.mjs",
            "dependencies": {"tool": "1", "tool-plugin": "1"}}""",
        "project/node_modules/tool/package.json": TOOL,
        "project/node_modules/tool/cli.mjs": "console.log((await import(process.argv[2])).default)",
        "project/node_modules/tool-plugin/package.json": (
            '{"name": "tool-plugin", "exports": {"import": "./plugin.mjs"}}'
        ),
        "project/node_modules/tool-plugin/plugin.mjs": "export default 'plugin'",
    }
    write_files(files, tmp_path)
    options = BuildOptions(tmp_path / "project")
    read = read_project(open_manifest(options), options, SilentObserver())
    place = lay_out(read, tmp_path / "elsewhere")
    shutil.rmtree(tmp_path / "project")
    assert run_node("24", str(place), "tool-plugin", cwd=tmp_path).stdout == "plugin\n"


def test_fields_of_developers_list_nothing(tmp_path: Path) -> None:
    package = """{"name": "program", "bin": "index.js", "babel": {"presets": ["./a.js", "plugin"]},
        "bundleDependencies": ["plugin"], "dependencies": {"plugin": "1"}}"""
    files = {
        "index.js": "",
        "a.js": "",
        "package.json": package,
        "node_modules/plugin/package.json": '{"name": "plugin", "main": "main.js"}',
        "node_modules/plugin/main.js": "",
        "node_modules/plugin/b.js": "",
    }
    read = read_files(files, tmp_path)
    names = {file.location.rpartition("/")[2] for file in read.files}
    assert names == {"index.js", "main.js", "package.json"}


def test_a_package_that_adds_directories_of_modules(compare: Compare) -> None:
    files = {
        "index.js": "require = require('requizzle')(module); console.log(require('own/name'))",
        "lib/own/name.js": "module.exports = 'found'",
        "package.json": '{"bin": "index.js", "dependencies": {"requizzle": "*"}}',
        "node_modules/requizzle/package.json": '{"name": "requizzle", "version": "1.0.0"}',
        "node_modules/requizzle/index.js": (
            "module.exports = (m) =>"
            " { m.paths.unshift(m.path + '/lib'); return (s) => m.require(s) }"
        ),
    }
    assert compare(files) == "found\n"


def test_a_package_reads_texts_of_the_one_that_hands_over_its_directory(compare: Compare) -> None:
    files = {
        "index.js": "console.log(require('tool').text)",
        "package.json": PACKAGE,
        "node_modules/tool/package.json": TOOL,
        "node_modules/tool/index.js": "exports.text = require('texts').load(__dirname)",
        "node_modules/tool/messages/one.md": "# one",
        "node_modules/texts/package.json": '{"name": "texts"}',
        "node_modules/texts/index.js": (
            f"{FS} exports.load = (top) => {{ const place = path.join(top, 'messages');"
            " return fs.readFileSync(path.join(place, fs.readdirSync(place)[0]), 'utf8') };"
        ),
    }
    assert compare(files) == "# one\n"


@pytest.mark.parametrize(
    "name", ["const name = 'data-of-tool/all.json'", "const { name } = JSON.parse(NAME)"]
)
def test_data_in_dependencies_that_only_texts_name(name: str, compare: Compare) -> None:
    code = f"""{FS} const NAME = '{{"name":"data-of-tool/all.json"}}'; {name};
        const load = (path, from) => require(require.resolve(path, {{ paths: [from] }}));
        const list = load(name, __dirname);
        const top = path.dirname(require.resolve('tool/package.json'));
        const place = path.join(top, '..', 'data-of-tool');
        const words = list.import.map((one) => load(one, place).file);
        const read = (file) => fs.readFileSync(path.join(place, '..', 'words', file), 'utf8');
        exports.words = words.map(read).join();
    """
    files = {
        "index.js": "console.log(require('tool').words)",
        "package.json": PACKAGE,
        "node_modules/tool/package.json": (
            '{"name": "tool", "version": "1.0.0", "dependencies": {"data-of-tool": "1"}}'
        ),
        "node_modules/tool/index.js": code,
        "node_modules/data-of-tool/package.json": (
            '{"name": "data-of-tool", "version": "1.0.0", "dependencies": {"words": "1"}}'
        ),
        "node_modules/data-of-tool/index.js": "",
        "node_modules/data-of-tool/all.json": '{"import": ["words/words.json"]}',
        "node_modules/words/package.json": (
            '{"name": "words", "version": "1.0.0", "main": "words.json"}'
        ),
        "node_modules/words/words.json": '{"file": "en.txt"}',
        "node_modules/words/en.txt": "hello",
    }
    assert compare(files) == "hello\n"


@pytest.mark.parametrize(
    ("pattern", "severity"), [("dist/*.js", Severity.WARNING), ("dist/dev.js", Severity.ERROR)]
)
def test_a_script_of_the_settings_refers_to_a_missing_module(
    pattern: str, severity: Severity, tmp_path: Path
) -> None:
    settings = f'{{"name": "program", "bin": "index.js", "pkg": {{"scripts": "{pattern}"}}}}'
    (tmp_path / "package.json").write_text(settings)
    (tmp_path / "index.js").write_text("")
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/dev.js").write_text("require('only-for-development')")
    options = BuildOptions(tmp_path)
    read = read_project(open_manifest(options), options, SilentObserver())
    assert [(f.code, f.severity) for f in read.findings] == [("unresolved-specifier", severity)]
