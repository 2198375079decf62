"""Scripts whose paths are kept until code starts them: nothing reads them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from .packaged_files import read_files

PACKAGE = '{"name": "program", "version": "1.0.0", "license": "UNLICENSED", "bin": "index.js"}'
HEAD = "const { Worker } = require('worker_threads'), { fork, spawn } = require('child_process');\n"
PATH = "require('path').join(__dirname, 'work.js')"


KEPT = [
    ("const c = require('./config'); new Worker(c.job)", "module.exports = {{ job: {} }}"),
    ("const {{ job }} = require('./config'); fork(job, [])", "exports.job = {}"),
    ("fork(require('./config').get().job)", "const job = {}; exports.get = () => ({{ job }})"),
    ("start({{ job: {} }}); function start(o) {{ new Worker(o.job) }}", ""),
    ("const c = require('./config'); spawn(process.execPath, [c.job])", "exports.job =\n  {}"),
    ("require(require('./config').job)", "exports.job = {}"),
    ("require('cluster').setupMaster({{ exec: require('./config').job }})", "exports.job = {}"),
]


@pytest.mark.parametrize(("index", "config"), KEPT)
def test_a_script_that_is_started_is_not_read(index: str, config: str, tmp_path: Path) -> None:
    texts = [HEAD + index.format(PATH), config.format(PATH)]
    files = {"index.js": texts[0], "config.js": texts[1], "package.json": PACKAGE, "work.js": ""}
    (work,) = (
        file for file in read_files(files, tmp_path).scripts if file.location.endswith("work.js")
    )
    assert work.read is None


@pytest.mark.parametrize(
    "use", ["fs.readFileSync(config.job)", "new Worker(config.jobs)", "fork(config.job.path)"]
)
def test_another_use_may_read_it(use: str, tmp_path: Path) -> None:
    index = f"{HEAD}const config = require('./config'), fs = require('fs'); {use}"
    config = f"module.exports = {{ job: {PATH} }}"
    files = {"index.js": index, "config.js": config, "package.json": PACKAGE, "work.js": ""}
    (work,) = (
        file for file in read_files(files, tmp_path).files if file.location.endswith("work.js")
    )
    assert work.read is not None


def test_a_long_line_takes_no_long_time(tmp_path: Path) -> None:
    filler = "f(" + "a,b?c:" * 20_000 + "1);"
    index = f"const f = () => 1, a = 1, b = 1, c = 1; {filler} const w = {{job: {PATH}}}; {filler}"
    files = {"index.js": index, "package.json": PACKAGE, "work.js": ""}
    began = time.process_time()
    read_files(files, tmp_path)
    assert time.process_time() - began < 10
