"""Names of executables: pkg's table, without its faults."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.errors import UsageError
from sealift.plan.outputs import name_outputs, require_writable_place
from sealift.target import Arch, NodeRange, Platform, Target, parse_targets

HOST = (Platform.LINUX, Arch.X64)


def names(targets: str, base: str, entry: str = "main.js", explicit: bool = False) -> list[str]:
    here = Path.cwd()
    outputs = name_outputs(parse_targets([targets], HOST), here / base, here / entry, explicit)
    return [path.name for path in outputs.values()]


@pytest.mark.parametrize(
    ("targets", "base", "expected"),
    [
        ("linux,macos,win", "app", ["app-linux", "app-macos", "app-win.exe"]),
        ("linux,macos,win", "out.exe", ["out.exe-linux", "out.exe-macos", "out.exe-win.exe"]),
        ("linux", "out.exe", ["out.exe"]),
        ("win", "out", ["out.exe"]),
        ("win", "out.exe", ["out.exe"]),
        ("win", "out.EXE", ["out.EXE"]),
        ("win", "out.bin", ["out.bin.exe"]),
        ("win", "my.app.v2", ["my.app.v2.exe"]),
        ("node22,node24", "app", ["app-node22", "app-node24"]),
        ("win-x64,win-arm64", "app", ["app-x64.exe", "app-arm64.exe"]),
        ("linux,linux,host", "app", ["app"]),
        ("linux", ".hidden", [".hidden"]),
    ],
)
def test_names(targets: str, base: str, expected: list[str]) -> None:
    assert names(targets, base) == expected


def test_a_name_that_is_too_long_fails_where_it_is_written(tmp_path: Path) -> None:
    require_writable_place(tmp_path / ("n" * 300), None)


def test_the_entry_is_never_overwritten() -> None:
    assert names("linux", "app", entry="app") == ["app-linux"]
    assert names("win", "app", entry="app") == ["app.exe"]
    with pytest.raises(UsageError, match="is the entry point itself"):
        names("linux", "app.js", entry="app.js", explicit=True)


def test_an_output_that_is_the_entry_by_another_name(tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text("1")
    (tmp_path / "alias").hardlink_to(tmp_path / "main.js")
    targets = parse_targets(["linux"], HOST)
    with pytest.raises(UsageError, match="is the entry point itself"):
        name_outputs(targets, tmp_path / "alias", tmp_path / "main.js", explicit=True)


@given(
    st.sets(
        st.builds(
            Target,
            st.sampled_from(
                [NodeRange(()), NodeRange((22,)), NodeRange((22, 1)), NodeRange((24,))]
            ),
            st.sampled_from(list(Platform)),
            st.sampled_from(list(Arch)),
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["app", "app.exe", "app-linux", "app-x64", "app.EXE"]),
    st.sampled_from(["app", "app-linux", "app-x64", "app-linux-x64", "app.exe"]),
)
def test_two_targets_never_write_one_file(targets: set[Target], base: str, entry: str) -> None:
    here = Path.cwd()
    outputs = name_outputs(tuple(targets), here / base, here / entry, explicit=False)
    assert len({str(path).lower() for path in outputs.values()}) == len(targets)
    assert here / entry not in outputs.values()
