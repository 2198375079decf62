"""The process that strips types, and the cache of its results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.errors import NodeError
from sealift.model import SilentObserver
from sealift.nodes import obtain
from sealift.options import NodeOptions
from sealift.project import TypeScriptError
from sealift.target import Arch, NodeRange, Platform, Target
from sealift.target_build import ChosenRelease, TargetBuild
from sealift.typescript import Stripper
from support.bytecode_builds import HOST


@pytest.fixture
def make_stripper(
    node_binary: Callable[[str, str, str], Path], tmp_path: Path
) -> Callable[[], Stripper]:
    options = NodeOptions(
        binaries={HOST: node_binary(*HOST.removeprefix("node").split("-"))},
        cache=tmp_path / "cache",
        offline=True,
    )
    target = Target(NodeRange((24,)), Platform.LINUX, Arch.X64)
    binary = obtain(target, options, SilentObserver())
    chosen = ChosenRelease(binary.version, binary=binary)
    record = TargetBuild(target, tmp_path / "out", chosen=chosen)

    def make() -> Stripper:
        work = tmp_path / "work"
        work.mkdir(exist_ok=True)
        return Stripper(work, options, SilentObserver(), [record])

    return make


def cached(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache" / "typescript").rglob("*.js"))


def test_places_are_kept(make_stripper: Callable[[], Stripper]) -> None:
    source = "const é: Long<'ß'> = 1;\r\ninterface A {\n}\nlet b = <T,>(a: T) => a!;\n"
    with make_stripper() as stripper:
        text = stripper.strip(source.encode(), "/a.ts", transform=False).text.decode()
    assert [len(line) for line in text.split("\n")] == [len(line) for line in source.split("\n")]
    assert text.index("= 1") == source.index("= 1")
    assert text.index("(a") == source.index("(a")


def test_results_are_cached_by_content(
    make_stripper: Callable[[], Stripper], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = b"let a: number = 1;"
    with make_stripper() as stripper:
        first = stripper.strip(source, "/a.ts", transform=False)
        again = stripper.strip(source, "/b.ts", transform=False)
    assert first.text == again.text
    assert first.path.read_bytes() == again.path.read_bytes() == first.text
    assert len(cached(tmp_path)) == 1
    monkeypatch.setattr("sealift.typescript.stripper.StripperProcess", None)
    with make_stripper() as stripper:
        assert stripper.strip(source, "/c.ts", transform=False).text == first.text


def test_a_damaged_cache_is_not_used(make_stripper: Callable[[], Stripper], tmp_path: Path) -> None:
    with make_stripper() as stripper:
        text = stripper.strip(b"let a: number = 1;", "/a.ts", transform=False).text
    (path,) = cached(tmp_path)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with make_stripper() as stripper:
        assert stripper.strip(b"let a: number = 1;", "/a.ts", transform=False).text == text


def test_a_problem_is_not_the_end(make_stripper: Callable[[], Stripper]) -> None:
    with make_stripper() as stripper:
        with pytest.raises(TypeScriptError) as caught:
            stripper.strip(b"\n enum A {}", "/a.ts", transform=False)
        assert (caught.value.line, caught.value.column) == (2, 2)
        assert stripper.strip(b"let a;", "/a.ts", transform=False).text == b"let a;"
        assert b"A || {}" in stripper.strip(b"enum A {}", "/a.ts", transform=True).text


def test_a_process_that_dies_is_an_error(
    make_stripper: Callable[[], Stripper], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sealift.typescript.process.script", lambda: b"process.exit(3)")
    with make_stripper() as stripper, pytest.raises(NodeError) as caught:
        stripper.strip(b"let a;", "/a.ts", transform=False)
    assert caught.value.code == "stripper-failed"
    assert "exit code 3" in caught.value.message


def test_without_a_node_nothing_is_stripped(tmp_path: Path) -> None:
    options = NodeOptions(cache=tmp_path / "cache", offline=True)
    stripper = Stripper(tmp_path, options, SilentObserver())
    with stripper, pytest.raises(NodeError) as caught:
        stripper.strip(b"let a;", "/a.ts", transform=False)
    assert caught.value.code == "type-stripper-missing"
    assert "--node-binary" in caught.value.remedy
