"""Facts about published packages, each checked in the package's own source."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.project.scan import find_references, has_module_syntax

from .scan_notation import lines

pytestmark = pytest.mark.registry

# One project per fixture call, versions pinned: line by line facts depend on them.
EXPRESS = {"express": "5.2.1"}
ESLINT = {"eslint": "9.39.1"}
TYPESCRIPT = {"typescript": "5.9.3"}
JEST_WORKER = {"jest-worker": "27.5.1"}
YARGS = {"yargs": "17.7.2"}

Project = Callable[[dict[str, str]], Path]


def _scanned(project: Path, file: str) -> list[str]:
    return lines(find_references((project / "node_modules" / file).read_bytes(), module=None))


def test_express_view_engine_is_computed(npm_project: Project) -> None:
    """``var fn = require(mod).__express``, where mod is the file's extension."""
    scanned = _scanned(npm_project(EXPRESS), "express/lib/view.js")
    assert scanned == [
        "require debug", "require node:path", "require node:fs", "unproven require",
    ]  # fmt: skip


def test_eslint_formatters_are_a_pattern(npm_project: Project) -> None:
    """``path.resolve(__dirname, "../cli-engine/formatters", `${normalizedFormatName}.js`)``."""
    scanned = _scanned(npm_project(ESLINT), "eslint/lib/eslint/eslint.js")
    assert "dynamic-import pattern ../cli-engine/formatters/*.js guarded" in scanned
    assert "worker worker.js" in scanned


def test_eslint_messages_are_a_pattern(npm_project: Project) -> None:
    """``require(`../messages/${error.messageTemplate}.js`)``."""
    scanned = _scanned(npm_project(ESLINT), "eslint/bin/eslint.js")
    assert "require ../lib/cli" in scanned
    assert any(line.startswith("require pattern ../messages/*.js") for line in scanned)


def test_jest_worker_threads_and_processes(npm_project: Project) -> None:
    """Modules behind functions that Babel makes, and both kinds of child."""
    project = npm_project(JEST_WORKER)
    threads = _scanned(project, "jest-worker/build/workers/NodeThreadsWorker.js")
    assert "worker threadChild.js" in threads
    children = _scanned(project, "jest-worker/build/workers/ChildProcessWorker.js")
    assert "require-resolve ./processChild" in children
    assert "unproven require" in _scanned(project, "jest-worker/build/workers/threadChild.js")


def test_yargs_locales_and_the_require_that_it_passes_on(npm_project: Project) -> None:
    project = npm_project(YARGS)
    assert "path ../locales" in _scanned(project, "yargs/build/index.cjs")
    assert "path ../../locales" in _scanned(project, "yargs/lib/platform-shims/esm.mjs")
    assert "unproven require" in _scanned(project, "yargs/index.cjs")


def test_typescript_needs_its_directory(npm_project: Project) -> None:
    """``getExecutingFilePath() { return executingFilePath }``: the libraries lie beside it."""
    scanned = _scanned(npm_project(TYPESCRIPT), "typescript/lib/typescript.js")
    requests = {line for line in scanned if line.startswith("require ")}
    assert requests == {
        "require perf_hooks guarded", "require fs guarded", "require fs", "require path",
        "require os", "require crypto guarded", "require source-map-support guarded",
        "require inspector",
    }  # fmt: skip
    assert "unproven path" in scanned
    assert "unproven require guarded" in scanned


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to read VmHWM from")
def test_typescript_memory(npm_project: Project) -> None:
    """Nine megabytes of source in at most 100 MiB of memory, the interpreter included."""
    file = npm_project(TYPESCRIPT) / "node_modules/typescript/lib/typescript.js"
    # Not ru_maxrss: that is inherited from the process which forked.
    code = (
        "import sys; from pathlib import Path; from sealift.project.scan import find_references;"
        "find_references(Path(sys.argv[1]).read_bytes(), module=None);"
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True
    )
    assert 20_000 < int(run.stdout) < 100_000


def test_pruning_loses_nothing_in_real_packages(
    npm_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same references from pruned and from whole files, for every file of eslint's tree."""
    project = npm_project(ESLINT)
    files = sorted(p for p in project.rglob("*") if p.suffix in (".js", ".cjs", ".mjs"))
    sources = {p: p.read_bytes() for p in files if p.is_file() and p.stat().st_size < 100_000}
    assert len(sources) > 500
    short = {p: find_references(source, module=None) for p, source in sources.items()}
    monkeypatch.setattr("sealift.project.scan.scanner.MIN_PRUNED", 1 << 40)
    for path, source in sources.items():
        whole = find_references(source, module=None)
        assert lines(short[path]) == lines(whole), path
        assert short[path].module_syntax == whole.module_syntax == has_module_syntax(source), path
