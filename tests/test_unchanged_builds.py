"""A build after which nothing has changed gives the same, and one after a change what it must.

Every result is compared with that of a build whose cache knows nothing of the project.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rigs import musl
from sealift.findings import Finding
from sealift.packing import payload_cache
from sealift.packing.payload_cache import PayloadCache
from sealift.result import BuildResult
from support.bytecode_builds import Build, MakeProject, digests, package
from support.damaged_files import flip_bit

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no change time")

FILES = {
    "package.json": package(
        "app", bin="index.js", dependencies={"dep": "1", "rc": "1"}, pkg={"assets": "data/*.txt"}
    ),
    "index.js": "require('./a'); require('dep'); require('rc'); \nimport('./module.mjs');\n",
    "a.js": "exports.a = () => 1;\n",
    "module.mjs": "export default 1;\n",
    "data/1.txt": "text",
    "node_modules/dep/package.json": package("dep", license="MIT"),
    "node_modules/dep/index.js": "exports.dep = (f) => f.toString().length;\n",
    "node_modules/rc/package.json": package("rc", license="MIT"),
    "node_modules/rc/index.js": "require('./lib/utils');\n",
    "node_modules/rc/lib/utils.js": "exports.file = () => find(process.cwd(), rel);\n",
}
TARGETS = ("node24-linux-x64", "node24-alpine-x64")
FORMS: Mapping[str, dict[str, Any]] = {
    "source": {"sea": True},
    "bytecode": {},
    "compressed": {"sea": True, "compress": "Zstd"},
}
Report = tuple[list[str], tuple[Finding, ...], list[object]]
MakeReport = Callable[..., Report]


@pytest.fixture
def packings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A key for each packing whose result was to be kept."""
    found: list[str] = []
    keep = PayloadCache.keep

    def noted(self: PayloadCache, packed: Any) -> None:
        found.append(self._key)
        keep(self, packed)

    monkeypatch.setattr(PayloadCache, "keep", noted)
    return found


@pytest.fixture
def app(make_project: MakeProject) -> Path:
    root = make_project(FILES)
    time.sleep(0.15)  # the clock of every file system moves on
    return root


@pytest.fixture
def built(build: Build, tmp_path: Path) -> MakeReport:
    """Callable: builds, and returns what there is to compare."""

    def run(root: Path, *targets: str, cache: str = "cache", **options: Any) -> Report:
        if any("alpine" in target for target in targets):
            musl.musl("x64")
            shutil.copytree(
                musl.cache() / "loaders", tmp_path / cache / "loaders", dirs_exist_ok=True
            )
        return report(build(root, *targets, cache=tmp_path / cache, **options))

    return run


def report(result: BuildResult) -> Report:
    about = [
        (one.target, one.size, one.files_size, one.scripts, len(one.project.files))
        for one in result.executables
    ]
    return digests(result), result.findings, list(about)


def rewrite(path: Path) -> None:
    """Change a file in place; its length and modification time stay."""
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b"1", b"2").replace(b"e", b"f"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


CHANGES: dict[str, Callable[[Path], object]] = {
    "script": lambda app: rewrite(app / "a.js"),
    "module": lambda app: rewrite(app / "module.mjs"),
    "asset": lambda app: rewrite(app / "data/1.txt"),
    "changed text": lambda app: rewrite(app / "node_modules/rc/lib/utils.js"),
    "new match": lambda app: (app / "data/2.txt").write_text("2"),
    "resolves first": lambda app: (app / "a").write_text("exports.first = 1"),
    "removed": lambda app: (app / "data/1.txt").unlink(),
    "version": lambda app: (app / "package.json").write_text(
        (app / "package.json").read_text().replace("1.0.0", "2.0.0")
    ),
    "touched": lambda app: os.utime(app / "a.js"),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_unchanged_build_is_the_same(
    form: str, app: Path, built: MakeReport, packings: list[str]
) -> None:
    options = FORMS[form]
    first = built(app, *TARGETS, **options)
    assert len(packings) == 1
    shutil.rmtree(app.parents[1] / "cache/bytecode", ignore_errors=True)
    assert built(app, *TARGETS, **options) == first
    assert len(packings) == 1
    assert built(app, *TARGETS, cache="empty", **options) == first


@pytest.mark.parametrize(
    ("form", "names"), [("source", tuple(CHANGES)), ("bytecode", ("script", "changed text"))]
)
def test_a_changed_build_is_as_if_nothing_had_been_kept(
    form: str, names: tuple[str, ...], app: Path, built: MakeReport, tmp_path: Path
) -> None:
    before = built(app, **FORMS[form])
    for name in names:
        CHANGES[name](app)
        time.sleep(0.15)
        after = built(app, **FORMS[form])
        assert built(app, cache="empty", **FORMS[form]) == after, name
        assert (after[0] == before[0]) == (name == "touched"), name
        shutil.rmtree(tmp_path / "empty")
        before = after


def test_what_has_just_changed_is_not_kept(
    app: Path, built: MakeReport, packings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (app / "data/1.txt").write_text("new")
    just_after = (app / "data/1.txt").stat().st_ctime_ns + 1
    monkeypatch.setattr(payload_cache, "time", SimpleNamespace(time_ns=lambda: just_after))
    built(app, sea=True)
    assert packings == [""]


def test_options_releases_and_versions_count(
    app: Path, built: MakeReport, packings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ways: list[tuple[tuple[str, ...], dict[str, Any]]] = [
        ((), {}),
        ((), {"sea": True}),
        ((), {"compress": "GZip"}),
        ((), {"exec_argv": ("no-warnings",)}),
        (("node22-linux-x64",), {}),
    ]
    for targets, options in [*ways, *ways]:
        assert built(app, *targets, **options) == built(app, *targets, cache="empty", **options)
        shutil.rmtree(app.parents[1] / "empty")
    count = len(packings)
    monkeypatch.setattr(payload_cache, "code_digest", lambda _: b"another version")
    built(app)
    assert len(packings) == count + 1


def _lost(file: Path) -> None:
    file.unlink()


def _truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def _fifo(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


@pytest.mark.parametrize("suffix", [".payload", ".parts"])
@pytest.mark.parametrize("damage", [_lost, flip_bit, _truncated, _fifo])
def test_a_damaged_cache_costs_time_only(
    damage: Callable[[Path], None],
    suffix: str,
    app: Path,
    built: MakeReport,
    packings: list[str],
    tmp_path: Path,
) -> None:
    first = built(app)
    (file,) = (tmp_path / "cache/payloads").glob(f"*{suffix}")
    damage(file)
    assert built(app) == first
    assert len(packings) == 2


def test_a_cache_that_cannot_be_written_costs_time_only(
    app: Path, built: MakeReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, chunks: object) -> None:
        raise OSError(28, "No space left on device", path, chunks)

    monkeypatch.setattr(payload_cache, "write_chunks", full)
    assert built(app) == built(app) == built(app, cache="empty")


def test_two_builds_of_one_project_do_not_mix(
    app: Path, built: MakeReport, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The parts of one build meet the head of another, as if both had ended at once."""
    first = built(app, sea=True)
    (head,) = (tmp_path / "cache/payloads").glob("*.payload")
    kept = head.read_bytes()
    rewrite(app / "a.js")
    time.sleep(0.15)
    second = built(app, sea=True)
    assert second != first
    head.write_bytes(kept)
    assert built(app, sea=True) == second


def test_modules_alone_are_kept_too(
    make_project: MakeProject, built: MakeReport, packings: list[str]
) -> None:
    root = make_project({"package.json": package("m", type="module", bin="m.js"), "m.js": "1;"})
    time.sleep(0.15)
    first = built(root, sea=True)
    assert built(root, sea=True) == first
    assert len(packings) == 1


def test_typescript_is_kept_too(
    make_project: MakeProject, built: MakeReport, packings: list[str]
) -> None:
    root = make_project(
        {
            "package.json": package("typed", bin="index.ts"),
            "index.ts": "const { one } = require('./one.ts'); console.log(one as number);\n",
            "one.ts": "exports.one = 1 as number;\n",
        }
    )
    time.sleep(0.15)
    first = built(root, sea=True)
    assert built(root, sea=True) == first
    assert len(packings) == 1
    rewrite(root / "one.ts")
    changed = built(root, sea=True)
    assert changed == built(root, cache="empty", sea=True)
    assert changed[0] != first[0]
