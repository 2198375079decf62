"""A project that nothing has changed is not read again; every change counts."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sealift.findings import Severity
from sealift.model import SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, project_cache
from sealift.project.filesystem import FileSystem
from sealift.project.project_cache import ProjectCache
from sealift.project.reader import read_variants
from support.damaged_files import flip_bit
from support.kept_projects import VARIANTS, read, settle
from support.project_trees import plant

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no change time")

FIXTURES = Path(__file__).parent / "fixtures"
Change = Callable[[Path], None]


@pytest.fixture
def app(kept_app: Path) -> Path:
    return kept_app


def rewrite(path: Path) -> None:
    """Change a file in place; its length and modification time stay."""
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b"1", b"2").replace(b"data", b"view"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def relink(path: Path, target: str) -> None:
    path.unlink()
    path.symlink_to(target)


CHANGES: dict[str, Change] = {
    "content": lambda app: (app / "one.js").write_text("require('./folder')") and None,
    "content, same length and time": lambda app: rewrite(app / "one.js"),
    "content of an asset": lambda app: (app / "data.txt").write_text("more") and None,
    "touched": lambda app: os.utime(app / "one.js"),
    "mode": lambda app: (app / "one.js").chmod(0o755),
    "resolves first": lambda app: (app / "one").write_text("exports.first = 1") and None,
    "resolves instead": lambda app: (app / "folder.js").write_text("exports.file = 1") and None,
    "found now": lambda app: (app / "absent.js").write_text("1") and None,
    "nearer package": lambda app: plant("== node_modules/lib/index.js\n2", app / "folder"),
    "package.json of a directory": lambda app: plant(
        '== folder/package.json\n{"main": "deep.json"}', app
    ),
    "main": lambda app: plant(
        '== node_modules/lib/package.json\n{"name": "lib", "main": "other.js"}', app
    ),
    "own package.json": lambda app: plant('== package.json\n{"name": "x", "main": "one.js"}', app),
    "removed": lambda app: (app / "node_modules/lib/extra.js").unlink(),
    "removed asset": lambda app: (app / "views/a.html").unlink(),
    "new match": lambda app: (app / "views/b.html").write_text("b") and None,
    "new file of a whole package": lambda app: plant("== node_modules/lib/more.js\n1", app),
    "renamed directory": lambda app: (app / "views").rename(app / "pages") and None,
    "replaced directory": lambda app: (
        shutil.move(app / "folder", app / "f")
        and shutil.copytree(app / "f", app / "folder")
        and None
    ),
    "link": lambda app: relink(app / "node_modules/far", "../../store/far-2"),
    "behind a link": lambda app: rewrite(app.parent / "store/far-1/index.js"),
    "file to link": lambda app: relink(app / "data.txt", "one.js"),
    "directory to link": lambda app: (
        (app / "folder").rename(app / "real") and (app / "folder").symlink_to("real")
    ),
    "workspace around": lambda app: plant("== pnpm-workspace.yaml\npackages: [app]", app.parent),
}
NOT_READ = {"content of an asset", "touched", "replaced directory", "behind a link"}
"""Changes of contents that give the same answers to what reading has asked about them."""
SAME = {"touched", "replaced directory", "behind a link", "workspace around"}
"""Changes after which the project is the same, or differs in the contents of files only."""


def test_an_unchanged_project_is_not_read(
    app: Path, tmp_path: Path, seen: list[FileSystem]
) -> None:
    first = read(app, tmp_path / "cache")
    assert len(seen) == 1 and seen[0].dependencies(time.time_ns()) is not None
    assert read(app, tmp_path / "cache") == first
    assert len(seen) == 1


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_is_noticed(
    name: str, app: Path, tmp_path: Path, seen: list[FileSystem]
) -> None:
    before = read(app, tmp_path / "cache")
    CHANGES[name](app)
    after = read(app, tmp_path / "cache")
    assert len(seen) == (1 if name in NOT_READ else 2)
    assert after == read(app, tmp_path / "empty")
    settle()
    assert read(app, tmp_path / "cache") == after
    readings = len(seen)
    assert read(app, tmp_path / "cache") == after
    assert len(seen) == readings
    if name not in SAME:
        assert after != before


def test_options_and_the_working_directory_count(
    app: Path, tmp_path: Path, seen: list[FileSystem], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    read(app, cache)
    assert read(app, cache, traced_only=True) == read(app, tmp_path / "empty", traced_only=True)
    monkeypatch.chdir(app)
    assert read(app, cache) == read(app, tmp_path / "other")
    assert len(seen) == 5
    monkeypatch.setattr(project_cache, "code_digest", lambda _: b"another version")
    read(app, cache)
    assert len(seen) == 6


def test_the_output_does_not_count(app: Path, tmp_path: Path, seen: list[FileSystem]) -> None:
    read(app, tmp_path / "cache", output=tmp_path / "a")
    read(app, tmp_path / "cache", output=tmp_path / "b")
    assert len(seen) == 1


def test_what_has_just_changed_is_not_kept(
    app: Path, tmp_path: Path, seen: list[FileSystem], monkeypatch: pytest.MonkeyPatch
) -> None:
    (app / "data.txt").write_text("new")
    just_after = (app / "data.txt").stat().st_ctime_ns + 1
    monkeypatch.setattr(project_cache, "time", SimpleNamespace(time_ns=lambda: just_after))
    read(app, tmp_path / "cache")
    monkeypatch.setattr(project_cache, "time", time)
    assert not list((tmp_path / "cache").glob("projects/*.project"))
    settle()
    read(app, tmp_path / "cache")
    read(app, tmp_path / "cache")
    assert len(seen) == 2


def test_what_changes_while_it_is_read_is_not_kept(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_file = FileSystem.open_real

    def changed_afterwards(self: FileSystem, path: str, **how: bool) -> Any:
        opened = read_file(self, path, **how)
        if path.endswith("one.js"):
            relink(app / "node_modules/far", "../../store/far-2")
        return opened

    monkeypatch.setattr(FileSystem, "open_real", changed_afterwards)
    read(app, tmp_path / "cache")
    monkeypatch.undo()
    assert read(app, tmp_path / "cache") == read(app, tmp_path / "empty")


def test_files_that_reading_makes_are_made_again(tmp_path: Path, seen: list[FileSystem]) -> None:
    plant(
        '== app/package.json\n{"name": "app", "bin": "index.js", "dependencies": {"rc": "1"}}\n'
        "== app/index.js\nrequire('rc')\n"
        '== app/node_modules/rc/package.json\n{"name": "rc", "version": "1.0.0"}\n'
        "== app/node_modules/rc/index.js\nrequire('./lib/utils')\n"
        "== app/node_modules/rc/lib/utils.js\nexports.file = find(process.cwd(), rel)\n",
        tmp_path,
    )
    settle()
    first = read(tmp_path / "app", tmp_path / "cache")
    (changed,) = [file for file in first[0].files if file.replacement is not None]
    assert "process.pkg" in str(changed.replacement)
    assert read(tmp_path / "app", tmp_path / "cache") == first
    assert len(seen) == 1


def test_an_executable_of_an_earlier_build_does_not_count(
    tmp_path: Path, seen: list[FileSystem]
) -> None:
    plant(
        '== app/package.json\n{"name": "app", "bin": "index.js"}\n'
        "== app/index.js\nrequire('fs').readdirSync(__dirname + '/' + process.argv[2])\n",
        tmp_path,
    )
    app, out = tmp_path / "app", tmp_path / "app/out"
    fuse = b"NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2" + b":1"
    content = b"\x7fELF" + bytes(30 << 20) + fuse

    def write_output() -> None:
        (app / ".tmp").write_bytes(content)
        (app / ".tmp").rename(out)

    write_output()
    settle()
    first = read(app, tmp_path / "cache")
    write_output()
    assert read(app, tmp_path / "cache") == first
    assert len(seen) == 1
    out.write_text("a file of the project")
    assert read(app, tmp_path / "cache") == read(app, tmp_path / "empty") != first


def test_a_broken_project_is_not_kept(app: Path, tmp_path: Path, seen: list[FileSystem]) -> None:
    (app / "one.js").write_text("require('./no such file')")
    settle()
    first = read(app, tmp_path / "cache")
    assert any(finding.severity is Severity.ERROR for finding in first[0].findings)
    assert read(app, tmp_path / "cache") == first
    assert len(seen) == 2


def _truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def _directory(file: Path) -> None:
    file.unlink()
    (file / "in the way").mkdir(parents=True)


@pytest.mark.parametrize("damage", [_truncated, flip_bit, Path.unlink, _directory])
def test_a_damaged_cache_costs_time_only(
    damage: Change, app: Path, tmp_path: Path, seen: list[FileSystem]
) -> None:
    first = read(app, tmp_path / "cache")
    (kept,) = (tmp_path / "cache/projects").glob("*.project")
    damage(kept)
    assert read(app, tmp_path / "cache") == first
    assert len(seen) == 2


def test_a_cache_that_cannot_be_written_costs_time_only(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, *_: object) -> None:
        raise OSError(28, "No space left on device", path)

    monkeypatch.setattr(project_cache, "write_sealed", full)
    assert read(app, tmp_path / "cache") == read(app, tmp_path / "cache")


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The paths that Python passes to the system, as soon as the set has one."""
    found: set[str] = set()

    def note(path: Any) -> None:
        if found and isinstance(path, str | os.PathLike):
            found.add(os.fspath(path))

    def noting(function: Callable[..., Any]) -> Callable[..., Any]:
        def called(path: Any, *arguments: Any, **named: Any) -> Any:
            note(path)
            return function(path, *arguments, **named)

        return called

    for name in ("stat", "lstat", "readlink", "scandir", "listdir", "open", "access"):
        monkeypatch.setattr(os, name, noting(getattr(os, name)))
    sys.addaudithook(lambda event, arguments: note(arguments[0]) if event == "open" else None)
    yield found
    found.clear()


@pytest.mark.parametrize("name", sorted(path.name for path in FIXTURES.iterdir()))
def test_every_path_that_is_looked_at_is_a_dependency(
    name: str,
    tmp_path: Path,
    seen: list[FileSystem],
    looked_at: set[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tree = (FIXTURES / name / "tree.txt").read_text(encoding="utf-8")
    head = dict(
        line.split(": ", 1) for line in tree.partition("\n== ")[0].splitlines() if ": " in line
    )
    top = tmp_path / "top"
    plant(tree, top)
    settle()
    monkeypatch.chdir(top)
    options = BuildOptions(
        Path(head.get("entry", "proj")), **dict.fromkeys(head.get("options", "").split(), True)
    )
    manifest = open_manifest(options)
    kept = ProjectCache(tmp_path / "cache", manifest, options, VARIANTS, None)
    work = tmp_path / "work"
    work.mkdir()
    looked_at.add("start")
    silent = SilentObserver()
    read_variants(manifest, options, silent, VARIANTS, None, work, None, None)
    paths = {path for path in looked_at if path.startswith(f"{tmp_path}{os.sep}top")}
    looked_at.clear()
    read_variants(manifest, options, silent, VARIANTS, None, work, None, kept)
    (filesystem,) = seen
    known = filesystem.dependencies(time.time_ns())
    assert known is not None
    assert paths and paths <= known.states.keys() | known.listings.keys()
