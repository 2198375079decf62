"""Other processes scan scripts; what is read does not depend on them."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.model import Project, ProjectVariant, SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, scan_ahead
from sealift.project.reader import read_variants
from sealift.project.scan_ahead import ScanAhead
from sealift.project.scan_cache import ScanCache
from sealift.tools import children
from support.equipment import InstallPackages
from support.project_trees import plant

VARIANT = ProjectVariant()
Read = tuple[Project, bytes]
MANY = 400
HEAD = "import sys; sys.path[:] = sys.argv[1:]; "
SERVE = "from sealift.project.scan_process import serve; serve()"
TREE = """
== app/package.json
{"name": "app", "type": "commonjs", "dependencies": {"lib": "1", "open": "1"}}
== app/index.js
require('./m/0'); require('lib'); require('open'); import('./late.mjs')
== app/late.mjs
import * as all from './m/1.js'; export default await all
== app/data.txt
text
== app/node_modules/lib/package.json
{"name": "lib", "version": "1.0.0", "license": "MIT"}
== app/node_modules/lib/index.js
module.exports = (name) => require('./part/' + name + '.js')
== app/node_modules/lib/part/one.js
syntax error here (
== app/node_modules/open/package.json
{"name": "open", "version": "1.0.0"}
== app/node_modules/open/index.js
exports.text = (f) => f.toString().match(/x/); require(process.env.WHICH)
== app/node_modules/open/unused.js
module.exports = require('\\ud800')
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A project with many scripts."""
    return generated(tmp_path)


def generated(folder: Path) -> Path:
    plant(TREE, folder)
    modules = folder / "app" / "m"
    modules.mkdir()
    for number in range(MANY):
        kinds = (
            f"require('./{2 * number + 1}'); require('./{2 * number + 2}');",
            f"try {{ require('./gone{number}') }} catch {{}}",
            "require('node:fs').readFileSync(__dirname + '/../data.txt');",
            f"exports.f{number} = (f) => String(f);",
        )
        (modules / f"{number}.js").write_text("\n".join((kinds[0], kinds[1 + number % 3])))
    for number in range(MANY, 2 * MANY + 1):
        (modules / f"{number}.js").write_text(f"exports.last = {number}")
    return folder / "app"


@pytest.fixture(params=[2, 4])
def several_cores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_ahead, "cores", lambda: request.param)


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_ahead, "cores", lambda: 2)


def read(app: Path, cache: Path) -> Read:
    """Return the project, and what is kept of the scans."""
    options = BuildOptions(entry=app, allow_missing=True)
    manifest = open_manifest(options)
    scans = ScanCache(cache, manifest.entry)
    project = read_variants(manifest, options, SilentObserver(), [VARIANT], scans=scans)[VARIANT]
    scans.keep()
    (kept,) = (cache / "scans").glob("*.scan")
    return project, kept.read_bytes()


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Read]:
    """Callable: what one process reads of a project."""

    def run(app: Path) -> Read:
        with monkeypatch.context() as patch:
            patch.setattr(scan_ahead, "cores", lambda: 1)
            return read(app, tmp_path / "alone")

    return run


@pytest.fixture
def several_processes(several_cores: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trace goes on when another process has scanned something."""
    wait_for = ScanAhead.wait_for

    def waiting(self: ScanAhead, path: str) -> None:
        wait_for(self, path)
        with self._changed:
            self._changed.wait_for(
                lambda: not self._threads or self._scans._learned or self._is_over
            )

    monkeypatch.setattr(ScanAhead, "wait_for", waiting)


def check(app: Path, alone: Read, scanned: list[bytes], cache: Path) -> None:
    scanned.clear()
    assert read(app, cache) == alone
    assert 0 < len(scanned) < len(alone[0].scripts), "no other process has scanned anything"
    assert children._RUNNING == {}
    assert not [one for one in threading.enumerate() if one.name == "scan ahead"]


@pytest.mark.usefixtures("several_processes")
def test_several_processes_read_what_one_reads(
    app: Path, alone: Callable[[Path], Read], scanned: list[bytes], tmp_path: Path
) -> None:
    check(app, alone(app), scanned, tmp_path / "cache")


@pytest.mark.usefixtures("several_processes")
@pytest.mark.parametrize("name", ["eslint", "fastify"])
def test_several_processes_read_what_one_reads_of_real_projects(
    name: str,
    npm_project: InstallPackages,
    alone: Callable[[Path], Read],
    scanned: list[bytes],
    tmp_path: Path,
) -> None:
    app = npm_project(name) / "node_modules" / name
    check(app, alone(app), scanned, tmp_path / "cache")


@pytest.mark.usefixtures("two_cores")
@pytest.mark.parametrize(
    "program",
    [
        "raise SystemExit(1)",
        "not Python",
        "print('neither length nor message', flush=True)",
        "import os; os.write(1, b'\\4\\0\\0\\0\\x90\\x90\\x90\\x90'); " + SERVE,
        "import time; time.sleep(0.2); " + SERVE,
        "import sys, threading; threading.Timer(0.3, sys.stdout.close).start(); " + SERVE,
        "import os, threading; threading.Timer(0.3, os._exit, [1]).start(); " + SERVE,
        "import time; time.sleep(600)",
    ],
)
def test_a_process_that_fails_costs_time_only(
    program: str,
    app: Path,
    alone: Callable[[Path], Read],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = alone(app)
    monkeypatch.setattr(scan_ahead, "_PROGRAM", HEAD + program)
    monkeypatch.setattr(scan_ahead, "_SECONDS", 1.0)
    assert read(app, tmp_path / "cache") == expected
    assert children._RUNNING == {}


@pytest.mark.usefixtures("two_cores")
def test_a_script_that_changes_meanwhile_is_read_as_it_is_at_the_end(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = app / "m" / f"{MANY}.js"
    wait_for = ScanAhead.wait_for

    def changing(self: ScanAhead, path: str) -> None:
        wait_for(self, path)
        if path == str(last):
            last.write_text("require('../new')")

    (app / "new.js").write_text("")
    monkeypatch.setattr(ScanAhead, "wait_for", changing)
    project, _ = read(app, tmp_path / "cache")
    assert "new.js" in {file.source.name for file in project.scripts}


@pytest.mark.usefixtures("two_cores")
def test_known_and_few_scripts_start_no_process(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read(app, tmp_path / "cache")
    plant("== few/index.js\nrequire('./other')\n== few/other.js\n\n", tmp_path)

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a process has started")

    monkeypatch.setattr(subprocess, "Popen", refused)
    assert read(app, tmp_path / "cache") == before
    read(tmp_path / "few" / "index.js", tmp_path / "other")


@pytest.mark.parametrize("name", ["", "blender", "/opt/app/server.exe"])
def test_a_program_that_embeds_python_is_not_started_again(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", name)
    scans = ScanCache(tmp_path, tmp_path / "index.js")
    assert ScanAhead(scans)._is_over


def test_the_process_ends_with_its_input() -> None:
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", HEAD + SERVE, *sys.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdin is not None
        time.sleep(0.1)
        process.stdin.close()
        assert process.wait(30) == 0
