"""docs/pkg-tests.md: what holds of pkg's own tests."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct, convert

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "tests" / "e2e" / "pkg_scenarios"
_DATA = ROOT / "tests" / "e2e" / "pkg_tests.toml"


class Held(Struct, frozen=True, forbid_unknown_fields=True):
    """Tests of pkg that hold.

    Attributes:
        subject: what they are about.
        tests: their names, without ``test-``.
        by: tests of ours that check the same: paths, or names of scenarios.
    """

    subject: str
    tests: tuple[str, ...]
    by: tuple[str, ...]


class Other(Struct, frozen=True, forbid_unknown_fields=True):
    """Tests of pkg that do not hold or do not apply, and why."""

    tests: tuple[str, ...]
    reason: str


class PkgTests(Struct, frozen=True, forbid_unknown_fields=True):
    """All tests of pkg; see the head of ``tests/e2e/pkg_tests.toml``."""

    holds: tuple[Held, ...]
    differs: tuple[Other, ...]
    own: tuple[Other, ...]


def pkg_tests() -> PkgTests:
    """Return the data of the page."""
    return convert(tomllib.loads(_DATA.read_text(encoding="utf-8")), PkgTests)


def names_of(groups: Iterable[Held | Other]) -> list[str]:
    """Return the names of all tests in the groups."""
    return [name for group in groups for name in group.tests]


def path_of(name: str) -> Path:
    """Return the file that an item of ``by`` names."""
    return ROOT / name if "/" in name else SCENARIOS / f"{name}.txt"


INTRODUCTION = """\
# pkg's own tests

This page is generated from `tests/e2e/pkg_tests.toml`: run `python3 dev.py generate`.

pkg has a folder `test` with {all} tests that were found in copies of its repositories. {own} of
them call pkg's own modules and do not apply. Of the other {applicable}, {holds} hold with
`sealift pkg`, and {differs} expect something else than sealift does on purpose.

Nothing of pkg's tests was copied. A scenario is a program that was written for the same purpose: it
is built with `sealift pkg` as bytecode and with `--sea`, and has to print what plain Node prints.
[Migrating from pkg](migrating-from-pkg.md) has the single messages that differ.
"""


def pkg_tests_page() -> str:
    """Return the page."""
    tests = pkg_tests()
    counts = {
        "all": len(names_of((*tests.holds, *tests.differs, *tests.own))),
        "own": len(names_of(tests.own)),
        "holds": len(names_of(tests.holds)),
        "differs": len(names_of(tests.differs)),
    }
    introduction = INTRODUCTION.format(**counts, applicable=counts["all"] - counts["own"])
    held = [
        (group.subject, _code(group.tests), _code(map(_shown, group.by))) for group in tests.holds
    ]
    lines = [introduction, "## What holds\n"]
    lines += _table(("about", "pkg's tests", "tests of sealift"), held)
    for title, groups in (
        ("Where sealift differs on purpose", tests.differs),
        ("What does not apply", tests.own),
    ):
        lines.append(f"\n## {title}\n")
        lines += _table(
            ("pkg's tests", "why"), [(_code(group.tests), group.reason) for group in groups]
        )
    return "\n".join(lines) + "\n"


def _shown(name: str) -> str:
    return path_of(name).relative_to(ROOT).as_posix()


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows)]
