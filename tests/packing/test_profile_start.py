"""``--profile-start``: code caches of source have the functions that a run has called."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from rigs.machine import complete
from sealift.bytecode import sample_start
from sealift.errors import ProjectError
from sealift.findings import Severity
from sealift.inspection import inspect_executable
from support.bytecode_builds import Build, MakeProject, assets_of, package

FindNode = Callable[[str, str, str], Path]

FILES = {
    "package.json": package("app", bin="index.js"),
    "index.js": """#!/usr/bin/env node
require('node:fs').appendFileSync(`${require('node:os').tmpdir()}/ran`, process.argv[2] + ',');
const { early, late, Shape } = require('./lib');
console.log(process.execArgv.length, require.main === module, new Shape().area);
try {
  if (process.argv[2] === 'first') early(); else late();
} catch (error) {
  console.log(error.stack.split('\\n').slice(0, 3).join('|').replaceAll(__dirname, ''));
}
if (process.argv[2] === 'broken') process.exitCode = 3;
""",
    "lib.js": """\ufeff// The first line has a byte order mark before it.
exports.early = function early() {
  const told = () => { throw new Error('only early'); };
  told();
};
exports.late = () => { throw new TypeError('only late'); };
exports.Shape = class { #side = 3; get area() { return this.#side ** 2; } };
""",
}


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Callable: the first arguments of all runs of the program so far."""
    directory = tmp_path / "told"
    directory.mkdir()
    for name in ("TMPDIR", "TMP", "TEMP"):
        monkeypatch.setenv(name, str(directory))
    told = directory / "ran"
    return lambda: told.read_text().split(",")[:-1] if told.exists() else []


def caches(executable: Path) -> bytes:
    return assets_of(executable)["sealift/bytecode"]


@pytest.mark.parametrize("major", ["22", "24", "26"])
def test_starts_are_those_of_plain_node(
    major: str,
    runs: Callable[[], list[str]],
    node_binary: FindNode,
    make_project: MakeProject,
    build: Build,
    tmp_path: Path,
) -> None:
    root = make_project(FILES)
    targets = [f"node{major}-linux-x64", f"node{major}-win-x64", f"node{major}-linux-arm64"]
    profiled = build(root, *targets, sea=True, profile_start=("first",))
    plain = build(root, targets[0], sea=True, out_path=tmp_path / "plain")
    assert runs() == ["first"]
    assert not [one for one in profiled.findings if one.code == "start-unrecorded"]
    linux = profiled.executables[0].path
    assert (b"only early" in caches(linux), b"only late" in caches(linux)) == (True, False)
    assert b"only early" not in caches(plain.executables[0].path)
    node = node_binary(major, "linux", "x64")
    for argument in ("first", "second"):
        expected = complete([node, root / "index.js", argument], cwd=None, env={}, timeout=60)
        ran = complete([linux, argument], cwd=None, env={}, timeout=60)
        assert expected.code == 0, expected.stderr
        mounted = expected.stdout.replace(str(root), "/snapshot/app")
        assert (ran.code, ran.stdout, ran.stderr) == (0, mounted, expected.stderr)


def test_the_program_runs_again_only_after_a_change(
    runs: Callable[[], list[str]], make_project: MakeProject, build: Build, tmp_path: Path
) -> None:
    root = make_project(FILES)
    first = build(root, sea=True, profile_start=("first",)).executables[0]
    again = build(root, sea=True, profile_start=("first",), out_path=tmp_path / "2").executables[0]
    assert runs() == ["first"]
    assert first.sha256 == again.sha256
    build(root, sea=True, profile_start=("second", "of two"))
    (root / "lib.js").write_text(FILES["lib.js"] + "exports.more = 1;\n")
    build(root, sea=True, profile_start=("first",))
    assert runs() == ["first", "second", "first"]


def test_public_source_beside_bytecode_has_them_too(
    runs: Callable[[], list[str]], make_project: MakeProject, build: Build
) -> None:
    result = build(make_project(FILES), public=True, profile_start=("first",))
    assert runs() == ["first"]
    held = caches(result.executables[0].path)
    assert (b"only early" in held, b"only late" in held) == (True, False)


def test_a_hook_that_changes_a_script_has_the_last_word(
    runs: Callable[[], list[str]], make_project: MakeProject, build: Build
) -> None:
    """V8 would accept the recorded cache: both texts have the same length."""
    config = (
        "module.exports = { transform: (file, content) =>"
        " file.endsWith('lib.js') ? String(content).replace('only early', 'new reason') : undefined"
        " };"
    )
    root = make_project({**FILES, "pkg.config.js": config})
    (executable,) = build(root, sea=True, profile_start=("first",)).executables
    assert runs() == ["first"]
    ran = complete([executable.path, "first"], cwd=None, env={}, timeout=60)
    assert "Error: new reason" in ran.stdout


def test_a_server_is_recorded_while_it_runs(make_project: MakeProject, build: Build) -> None:
    server = """const answer = (request, response) => response.end('only when asked');
require('node:http').createServer(answer).listen(0, () => { console.log('only at start'); });
"""
    (executable,) = build(
        make_project({"index.js": server}) / "index.js", sea=True, profile_start=()
    ).executables
    held = caches(executable.path)
    assert (b"only at start" in held, b"only when asked" in held) == (True, False)
    # A large young generation would cost it memory for good.
    assert inspect_executable(executable.path).own_options == ("--min-semi-space-size=3",)


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("process.exit(3);", "exit code 3"),
        ("process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 9);", "signal 9"),
        ("require('fs').writeSync(1, 'x'.repeat(1 << 20)); for (;;);", "more than 5 seconds"),
        ("require('./absent');", "exit code 1"),
    ],
)
def test_a_run_that_fails_is_an_error(
    program: str,
    reason: str,
    make_project: MakeProject,
    build: Build,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sample_start, "_PATIENCE", 5.0)
    entry = make_project({"index.js": program}) / "index.js"
    with pytest.raises(ProjectError) as caught:
        build(entry, sea=True, profile_start=("--one",), allow_missing=True)
    assert caught.value.code == "start-failed"
    assert "node index.js --one" in caught.value.message
    assert reason in caught.value.message
    assert not list((tmp_path / "out").glob("*"))


@pytest.mark.parametrize(
    ("files", "targets", "reason"),
    [
        ({"index.mjs": "console.log(1);"}, (), "no CommonJS module"),
        ({"index.js": "console.log(1);"}, ("node20-linux-x64",), "Node 20"),
    ],
)
def test_what_it_cannot_do_is_said(
    files: dict[str, str],
    targets: Iterable[str],
    reason: str,
    make_project: MakeProject,
    build: Build,
) -> None:
    (name,) = files
    result = build(make_project(files) / name, *targets, sea=True, profile_start=())
    (finding,) = [one for one in result.findings if one.code == "start-unrecorded"]
    assert finding.severity is Severity.WARNING
    assert reason in finding.message


def test_a_release_without_bytecode_is_named(make_project: MakeProject, build: Build) -> None:
    entry = make_project({"index.js": "console.log(1);"}) / "index.js"
    options = {"public": True, "fallback_to_source": True, "profile_start": ()}
    result = build(entry, "node22.15.0-linux-x64", **options)
    (finding,) = [one for one in result.findings if one.code == "start-unrecorded"]
    assert "Node 22.15.0" in finding.message


PROGRAMS = {
    "as it is": (0, ()),
    "with 3 MiB": (1.5, ("--min-semi-space-size=3",)),
    "with 8 MiB": (4, ("--min-semi-space-size=8",)),
    "with 16 MiB": (10, ("--min-semi-space-size=16",)),
    "not at all": (40, ("--min-semi-space-size=3",)),
}


@pytest.mark.parametrize(("size", "options"), PROGRAMS.values(), ids=PROGRAMS)
def test_the_young_generation_is_as_large_as_the_start_needs(
    size: float, options: tuple[str, ...], make_project: MakeProject, build: Build
) -> None:
    text = f"""
const all = [];
for (let made = 0; made < {size} * 1048576; made += 1016) all.push(new Array(125).fill(0));
"""
    root = make_project({"package.json": package("app", bin="index.js"), "index.js": text})
    executable = build(root, "node24-linux-x64", sea=True, profile_start=()).executables[0].path
    found = inspect_executable(executable)
    assert (found.own_options, found.node_options) == (options, ())


def test_a_young_generation_is_for_v8_that_keeps_its_code_caches_with_it(
    make_project: MakeProject, build: Build
) -> None:
    root = make_project(FILES)
    for target, expected in {
        "node22-linux-x64": (),
        "node24-linux-x64": ("--min-semi-space-size=3",),
        "node26-linux-x64": ("--min-semi-space-size=3",),
    }.items():
        executable = build(root, target, sea=True).executables[0].path
        assert inspect_executable(executable).own_options == expected


WHERE = """
const { Worker, isMainThread, parentPort } = require('node:worker_threads');
const { fork } = require('node:child_process');
const options = JSON.stringify(process.execArgv);
if (!isMainThread) parentPort.postMessage(options);
else if (process.send) { process.send(options); process.disconnect(); }
else {
  console.log(options);
  new Worker(__filename).on('message', (found) => {
    console.log(found);
    new Worker(__filename, { execArgv: ['--no-warnings'] }).on('message', (own) => {
      console.log(own);
      fork(__filename).on('message', (forked) => console.log(forked));
    });
  });
}
"""


@pytest.mark.parametrize("sea", [True, False], ids=["source", "bytecode"])
@pytest.mark.parametrize("profile", [None, ()], ids=["plain", "profiled"])
def test_programs_do_not_see_the_options(
    sea: bool, profile: tuple[str, ...] | None, make_project: MakeProject, build: Build
) -> None:
    root = make_project({"package.json": package("app", bin="index.js"), "index.js": WHERE})
    (executable,) = build(root, "node24-linux-x64", sea=sea, profile_start=profile).executables
    ran = complete([executable.path], cwd=None, env={}, timeout=60)
    assert (ran.stdout, ran.stderr) == ('[]\n[]\n["--no-warnings"]\n[]\n', "")
