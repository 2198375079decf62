"""The cache of compiled scripts does not grow for ever."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from sealift.cache.evict import DAY, OLDEST, evict, touch
from support.bytecode_builds import Build, MakeProject, digests, package
from support.compiled_projects import script_files

FILES = {"package.json": package("app"), "index.js": "require('./b');", "b.js": "1;"}


def fill(directory: Path, ages: dict[str, float]) -> None:
    for name, days in ages.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(1000))
        age(path, days)


def age(path: Path, days: float) -> None:
    then = time.time() - days * DAY
    os.utime(path, (then, then))


def left(directory: Path) -> set[str]:
    files = (path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix() for path in files} - {"evicted"}


def test_what_is_old_goes(tmp_path: Path) -> None:
    ages = {"n/aa/1.unit": 91.0, "n/aa/2.unit": 89.0, "relocations/t.table": 91.0, "n/.x.tmp": 91.0}
    fill(tmp_path, {**ages, "somebody-s.own": 400.0})
    evict(tmp_path)
    assert left(tmp_path) == {"n/aa/2.unit", "somebody-s.own"}


def test_what_is_too_much_goes_least_recently_used_first(tmp_path: Path) -> None:
    fill(tmp_path, {f"n/{days}.unit": float(days) for days in range(10)})
    evict(tmp_path, largest=4500)
    assert left(tmp_path) == {f"n/{days}.unit" for days in range(4)}


def test_nothing_goes_that_another_build_may_need(tmp_path: Path) -> None:
    fill(tmp_path, {"n/1.unit": 0.0, "n/2.unit": 1.5, "n/3.unit": 2.5})
    evict(tmp_path, largest=0)
    assert left(tmp_path) == {"n/1.unit", "n/2.unit"}


def test_once_a_day(tmp_path: Path) -> None:
    evict(tmp_path)
    fill(tmp_path, {"n/1.unit": 91.0})
    evict(tmp_path)
    assert left(tmp_path) == {"n/1.unit"}
    age(tmp_path / "evicted", 1.1)
    evict(tmp_path)
    assert left(tmp_path) == set()


def test_a_missing_directory(tmp_path: Path) -> None:
    evict(tmp_path / "nowhere")
    touch(tmp_path / "nothing")


def test_what_builds_use_stays(make_project: MakeProject, build: Build, tmp_path: Path) -> None:
    root, cache = make_project(FILES), tmp_path / "cache" / "bytecode"
    first = build(root)
    kept = script_files(tmp_path / "cache")
    assert len(kept) == 1
    for path in [*kept, *cache.rglob("*.table"), cache / "evicted"]:
        age(path, OLDEST / DAY + 1)
    fill(cache, {"other/aa/1.unit": 91.0})
    shutil.rmtree(tmp_path / "cache" / "payloads", ignore_errors=True)
    # This build uses them, and then deletes what is old.
    assert digests(build(root)) == digests(first)
    assert script_files(tmp_path / "cache") == kept
    assert len(list(cache.rglob("*.table"))) == 1
