"""In which form each script ships, and that source which must not ship is nowhere."""

from __future__ import annotations

import base64
import mmap
import subprocess
from pathlib import Path

import pytest

from sealift.errors import ProjectError, SealiftError
from sealift.findings import IncompleteProjectError, Severity
from sealift.model import ScriptCounts
from sealift.report import ReportedScripts, report
from sealift.result import BuildResult
from support.bytecode_builds import HOST, Build, MakeProject, package, packaged

# Comments are in source alone: whatever of them is in an executable was disclosed.
INLINE_MAP = base64.b64encode(b'{"sourcesContent":["SEALIFT_MARK_MAP of the original"]}').decode()
MAP_COMMENT = f"//# sourceMappingURL=data:application/json;base64,{INLINE_MAP}"
FILES = {
    "package.json": package("app", dependencies={"free": "1", "closed": "1"}),
    "index.js": "#!/usr/bin/env node\n// SEALIFT_MARK_ENTRY\n"
    "const lib = require('./lib');\nrequire('free'); require('closed');\n"
    "import('./module.mjs').then((m) => console.log(lib.add(1, 2), m.value));\n",
    "lib.js": f"exports.add = (a, b) => a + b; // SEALIFT_MARK_LIB\n{MAP_COMMENT}\n",
    "module.mjs": "// SEALIFT_MARK_MODULE\nexport const value = await Promise.resolve(7);\n"
    f"{MAP_COMMENT}\n",
    "node_modules/free/package.json": package("free", license="MIT"),
    "node_modules/free/index.js": "// SEALIFT_MARK_FREE\nexports.free = 1;\n",
    "node_modules/closed/package.json": package("closed"),
    "node_modules/closed/index.js": "/* SEALIFT_MARK_CLOSED */ exports.closed = 1;\n",
}
MARKS = [b"SEALIFT_MARK_" + name for name in (b"ENTRY", b"LIB", b"MODULE", b"CLOSED", b"FREE")]


def marks_in(path: Path) -> set[bytes]:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return {mark for mark in (*MARKS, INLINE_MAP.encode()) if data.find(mark) >= 0}


@pytest.fixture
def project(make_project: MakeProject) -> Path:
    return make_project(FILES)


def test_private_source_is_nowhere(project: Path, build: Build) -> None:
    result = build(project, HOST, "node24-win-x64")
    for executable in result.executables:
        assert marks_in(executable.path) == {b"SEALIFT_MARK_FREE"}
        assert executable.scripts == ScriptCounts(bytecode=4, both=1, source=0)
    scripts = [one.scripts for one in report(result).executables]
    assert scripts == [ReportedScripts(bytecode=4, both=1, source=0)] * 2
    done = subprocess.run([result.executables[0].path], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("3 7\n", "")


def test_the_table_shows_what_is_omitted(project: Path, build: Build) -> None:
    result = build(project)
    image = packaged(result)
    left_out = {name for name, record in image.records.items() if record.source_left_out}
    assert left_out == {
        *("app/index.js", "app/lib.js", "app/module.mjs"),
        "app/node_modules/closed/index.js",
    }
    assert set(image.bytecode) == left_out | {"app/node_modules/free/index.js"}
    for location, record in image.records.items():
        if location in image.bytecode:
            assert record.size == len(FILES[location.removeprefix("app/")].encode())
    assert {name for name, record in image.bytecode.items() if record.kind == 2} == {
        "app/module.mjs"
    }
    assert image.bytecode["app/module.mjs"].source_length == len(FILES["module.mjs"])
    # The wrapper is counted too.
    assert image.bytecode["app/lib.js"].source_length > len(FILES["lib.js"])
    assert image.bytecode["app/lib.js"].names == b'{"exports":["add"],"reexports":[]}'
    assert image.bytecode["app/module.mjs"].names == b""
    node = result.executables[0].node
    assert image.config["bytecode"]["v8"] == node.facts.v8_version


def test_what_is_public_ships_both_ways(project: Path, build: Build) -> None:
    result = build(project, public=True, public_packages=("free, closed",))
    assert result.executables[0].scripts == ScriptCounts(bytecode=0, both=5, source=0)
    assert marks_in(result.executables[0].path) >= set(MARKS)


def test_settings_disclose_too(make_project: MakeProject, build: Build) -> None:
    settings = {"public": True, "publicPackages": ["closed"]}
    manifest = package("app", dependencies={"free": "1", "closed": "1"}, pkg=settings)
    result = build(make_project({**FILES, "package.json": manifest}))
    assert result.executables[0].scripts == ScriptCounts(bytecode=0, both=5, source=0)


def test_assets_of_the_settings_keep_their_source(make_project: MakeProject, build: Build) -> None:
    manifest = package("app", pkg={"assets": "web/**"})
    page = "// SEALIFT_MARK_LIB\nfunction page() { return document.title; }\n"
    broken = "this is no JavaScript\n"
    files = {"index.js": "1;", "web/page.js": page, "web/broken.js": broken}
    result = build(make_project({**files, "package.json": manifest}))
    image = packaged(result)
    assert image.records["app/index.js"].source_left_out
    assert not image.records["app/web/page.js"].source_left_out
    assert marks_in(result.executables[0].path) == {b"SEALIFT_MARK_LIB"}
    assert "app/web/broken.js" not in image.bytecode


def test_without_bytecode_source_must_be_public(project: Path, build: Build) -> None:
    with pytest.raises(ProjectError) as caught:
        build(project, no_bytecode=True)
    assert caught.value.code == "source-not-public"
    assert "the project itself, closed@1.0.0." in caught.value.message
    assert "free" not in caught.value.message
    assert "--public-packages" in caught.value.remedy
    with pytest.raises(ProjectError, match=r"source: closed@1\.0\.0\."):
        build(project, no_bytecode=True, public=True)
    result = build(project, no_bytecode=True, public=True, public_packages=("*",))
    assert result.executables[0].scripts == ScriptCounts(bytecode=0, both=4, source=1)
    assert not any(record.source_left_out for record in packaged(result).records.values())


def test_a_setting_turns_bytecode_off(make_project: MakeProject, build: Build) -> None:
    manifest = package("app", license="MIT", pkg={"bytecode": False})
    result = build(make_project({"package.json": manifest, "index.js": "1;"}))
    assert result.executables[0].scripts == ScriptCounts(bytecode=0, both=1, source=0)


def test_source_asks_for_no_licence(project: Path, build: Build) -> None:
    result = build(project, sea=True)
    assert result.executables[0].scripts == ScriptCounts(bytecode=0, both=4, source=1)
    assert not any(record.source_left_out for record in packaged(result).records.values())


def warnings(result: BuildResult, code: str) -> list[str]:
    return [
        f"{finding.file}:{finding.line} {finding.message}"
        for finding in result.findings
        if finding.severity == Severity.WARNING and finding.code == code
    ]


def test_files_named_by_paths_are_reported(make_project: MakeProject, build: Build) -> None:
    files = {
        "package.json": package("app"),
        "index.js": "const path = require('path');\nconst fs = require('fs');\n"
        "require('./code');\nconst f = () => fs.readFileSync(path.join(__dirname, 'page.js'));\n",
        "page.js": "1;",
        "code.js": "1;",
    }
    found = warnings(build(make_project(files)), "source-left-out")
    assert len(found) == 1
    assert "page.js" in found[0]
    assert not warnings(build(make_project(files), named_scripts=True), "source-left-out")
    assert not warnings(build(make_project(files), public=True), "source-left-out")


def test_files_that_are_run_and_named_are_reported(make_project: MakeProject, build: Build) -> None:
    files = {
        "package.json": package("app"),
        "index.mjs": "import fs from 'node:fs';\nimport path from 'node:path';\n"
        "import './lib/both.mjs';\nimport './lib/later.mjs';\nimport './lib/code.mjs';\n"
        "const f = () => fs.readFileSync(new URL('lib/both.mjs', import.meta.url));\n"
        "const named = new URL('./lib/data.js', import.meta.url);\n"
        "if (f) fs.readFileSync(named);\n",
        "lib/both.mjs": "1;",
        "lib/code.mjs": "1;",
        "lib/data.js": "1;",
        "lib/later.mjs": "import fs from 'node:fs';\nimport path from 'node:path';\n"
        "const f = () => fs.readFileSync(path.join(import.meta.dirname, 'later.mjs'));\n",
    }
    root = make_project(files)
    found = warnings(build(root / "index.mjs"), "source-left-out")
    places = {
        tuple(Path(word).name for word in (text.split()[0], text.split()[4])) for text in found
    }
    assert places == {
        ("index.mjs:6", "both.mjs"),
        ("index.mjs:8", "data.js"),
        ("later.mjs:3", "later.mjs"),
    }


def test_scripts_that_are_read_by_a_pattern_or_copied_are_reported(
    make_project: MakeProject, build: Build
) -> None:
    """Also if they are loaded, unless the same file loads modules by computed names."""
    files = {
        "package.json": package("app"),
        "index.js": "const fs = require('fs'), path = require('path');\nrequire('./routes/a');\n"
        "for (const x of 'ab') fs.readFileSync(path.join(__dirname, 'routes', x + '.js'));\n"
        "try { fs.cpSync(path.join(__dirname, 'template'), x) } catch {}\nrequire('./loads');\n"
        "load(path.join(__dirname, 'lib/plugins'));\n",
        "lib/plugins/e.js": "1;",
        "loads.js": "const fs = require('fs'), path = require('path');\n"
        "fs.readdirSync(path.join(__dirname, 'commands')).forEach((x) => {"
        " require(path.join(__dirname, 'commands', x)) });\n",
        "routes/a.js": "1;",
        "routes/b.js": "1;",
        "template/c.js": "1;",
        "commands/d.js": "1;",
    }
    found = warnings(build(make_project(files)), "source-left-out")
    names = [
        {Path(word.strip(",")).name for word in text.split() if ".js" in word} for text in found
    ]
    assert names == [{"index.js:3", "a.js", "b.js"}, {"index.js:4", "c.js"}]


def test_scripts_that_are_read_and_loaded_by_computed_names_are_reported(
    make_project: MakeProject, build: Build
) -> None:
    files = {
        "package.json": package("app"),
        "index.js": "const fs = require('fs'), path = require('path');\n"
        "const dir = path.join(__dirname, 'routes');\n"
        "for (const name of fs.readdirSync(dir).filter((one) => one.endsWith('.js'))) {\n"
        "  const file = path.join(dir, name);\n"
        "  console.log(require(file), fs.readFileSync(file, 'utf8'));\n}\n",
        "routes/a.js": "1;",
        "routes/b.js": "1;",
    }
    (found,) = warnings(build(make_project(files)), "source-left-out")
    assert "index.js:5" in found
    assert "routes/a.js, routes/b.js" in found


def refused_without_source(
    root: Path, script: str, build: Build, where: Path
) -> subprocess.CompletedProcess[str]:
    """Check that line 2 of index.js needs a script's source; run what ships with it."""
    with pytest.raises(IncompleteProjectError) as raised:
        build(root)
    (finding,) = (one for one in raised.value.findings if one.severity is Severity.ERROR)
    assert (finding.code, finding.file, finding.line) == ("source-left-out", "index.js", 2)
    assert script in finding.message
    program = build(root, fallback_to_source=True).executables[0].path
    where.mkdir()
    return subprocess.run([program], cwd=where, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "read",
    [
        "fs.readFileSync(path.join(__dirname, 'data/a.js'), 'utf8')",
        "fs.cpSync(path.join(__dirname, 'data'), 'copy', { recursive: true })",
        "fs.copyFileSync(`${__dirname}/data/a.js`, 'copy.js')",
        "fs.readdirSync(`${__dirname}/data`).map((n) => fs.readFileSync(`${__dirname}/data/${n}`))",
    ],
)
def test_a_script_that_is_always_read_is_an_error(
    read: str, make_project: MakeProject, build: Build, tmp_path: Path
) -> None:
    index = f"const fs = require('fs'), path = require('path');\nconsole.log({read});\n"
    root = make_project({"package.json": package("app"), "index.js": index, "data/a.js": "1;"})
    done = refused_without_source(root, "data/a.js", build, tmp_path / "where")
    assert (done.returncode, done.stderr) == (0, "")


HANDLER = "require.extensions['{}'] = (m, f) => m._compile(fs.readFileSync(f, 'utf8'), f);\n"


def test_a_script_that_a_function_of_the_program_loads_is_an_error(
    make_project: MakeProject, build: Build, tmp_path: Path
) -> None:
    """Node would compile it as JavaScript; the function reads its source."""
    index = f"const fs = require('fs');\n{HANDLER.format('.foo')}console.log(require('./a.foo'));\n"
    root = make_project({"package.json": package("app"), "index.js": index, "a.foo": "1;"})
    done = refused_without_source(root, "a.foo", build, tmp_path / "where")
    assert (done.returncode, done.stdout) == (0, "{}\n")


def test_a_function_for_all_scripts_that_reads_them_is_reported(
    make_project: MakeProject, build: Build
) -> None:
    files = {
        "package.json": package("app"),
        "index.js": f"const fs = require('fs');\n{HANDLER.format('.js')}require('./a');\n",
        "a.js": "1;",
    }
    (found,) = warnings(build(make_project(files)), "source-left-out")
    assert found.startswith("index.js:2 ")
    assert "a.js" in found


TEXT_USED = "console.log(`(${run})()`);\n"


def test_uses_of_the_text_of_functions_are_reported(
    make_project: MakeProject, build: Build
) -> None:
    files = {
        "package.json": package("app", dependencies={"taker": "1", "public": "1"}),
        "index.js": "require('taker');\nrequire('public');\nfunction run() {}\n"
        f"exports.later = () => {{\n{TEXT_USED}}};\n",
        "node_modules/taker/package.json": package("taker", license="MIT"),
        "node_modules/taker/index.js": "\nexports.a = (f) => f.toString().match(/\\((.*?)\\)/);",
        "node_modules/public/package.json": package("public", license="MIT"),
        "node_modules/public/index.js": f"function run() {{}}\n{TEXT_USED}",
    }
    root = make_project(files)
    found = warnings(build(root), "function-text-left-out")
    assert sorted(Path(text.split()[0]).name for text in found) == ["index.js:2", "index.js:5"]
    assert not warnings(build(root, public=True), "function-text-left-out")


@pytest.mark.parametrize(
    ("index", "is_error"),
    [
        (f"function run() {{}}\n{TEXT_USED}", True),
        (f"class run {{}}\nif (1) {{}}\n{TEXT_USED}", True),
        (f"function run() {{}}\nif (process.argv[2]) {TEXT_USED}", False),
        (f"function run() {{}}\ntry {{ {TEXT_USED} }} catch {{}}", False),
        (f"function run() {{}}\nfunction later() {{ {TEXT_USED} }}", False),
    ],
)
def test_a_text_that_is_always_used_is_an_error(
    index: str, is_error: bool, make_project: MakeProject, build: Build
) -> None:
    root = make_project({"package.json": package("app"), "index.js": index})
    if is_error:
        with pytest.raises(IncompleteProjectError) as raised:
            build(root)
        (finding,) = (one for one in raised.value.findings if one.severity is Severity.ERROR)
        assert (finding.code, finding.line) == ("function-text-left-out", len(index.splitlines()))
        shipped = build(root, fallback_to_source=True)
        assert not warnings(shipped, "function-text-left-out")
        done = subprocess.run(
            [shipped.executables[0].path], capture_output=True, text=True, check=False, timeout=60
        )
        assert done.stdout.startswith(("(function run() {})", "(class run {})"))
    else:
        assert warnings(build(root), "function-text-left-out")


def test_packages_that_use_function_texts_are_reported(
    make_project: MakeProject, build: Build
) -> None:
    files = {
        "package.json": package("app", dependencies={"workerpool": "1", "dot": "1"}),
        "index.js": "require('workerpool'); require('dot');",
        "node_modules/workerpool/package.json": package("workerpool", license="Apache-2.0"),
        "node_modules/workerpool/index.js": "1;",
        "node_modules/dot/package.json": package("dot"),
        "node_modules/dot/index.js": "1;",
    }
    found = warnings(build(make_project(files)), "function-text-left-out")
    assert [text.split()[1] for text in found] == ["dot", "workerpool"]
    everything = build(make_project(files), public=True, public_packages=("dot",))
    assert not warnings(everything, "function-text-left-out")


def test_private_typescript_is_reported(make_project: MakeProject, build: Build) -> None:
    files = {
        "package.json": package("app"),
        "index.js": "require('fs').readFileSync(__dirname + '/types.ts');",
        "types.ts": "const a: number = 1;",
    }
    found = warnings(build(make_project(files)), "typescript-as-source")
    assert len(found) == 1
    assert "types.ts" in found[0]
    assert not warnings(build(make_project(files), public=True), "typescript-as-source")


def test_private_scripts_for_browsers_are_reported(make_project: MakeProject, build: Build) -> None:
    files = {
        "package.json": package("app"),
        "index.js": "require(process.argv[2]);",
        "public/js/a.js": "document.write(1);",
        "public/js/b.js": "document.write(2);",
    }
    (note,) = (one for one in build(make_project(files)).findings if one.code == "served-as-data")
    assert note.severity is Severity.NOTE
    assert note.message.endswith("public/js.")
    findings = build(make_project(files), public=True).findings
    assert not [one for one in findings if one.code == "served-as-data"]


def test_a_refused_build_writes_nothing(project: Path, build: Build, tmp_path: Path) -> None:
    with pytest.raises(SealiftError):
        build(project, no_bytecode=True)
    assert not (tmp_path / "out").exists()
